package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// defaultFreeze is how long consumers are paused at most, unless they ask for another time.
const defaultFreeze = "30s"

// workloadAttributes are the attributes that apps and services have in common.
func workloadAttributes(ctx context.Context) map[string]schema.Attribute {
	out := map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Name, a DNS label of at most 40 characters. Others reach it as `<name>.internal`. " +
				"A change replaces the instances; data and passwords stay.",
		},
		"renamed_from": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Name that it had before, for the command, which has no state to know it from. Terraform's state knows: there it only finds " +
				"the data that a service of that name has left, and is refused while one is live that the state does not know as this. " +
				"It may stay, and may go once the change is applied everywhere.",
		},
		"version": schema.StringAttribute{
			Optional: true,
			Computed: true,
			MarkdownDescription: "What version constraints on this compare with. Defaults to the version in `type`, then to the " +
				"image's label `org.opencontainers.image.version`, then to the image's tag.",
		},
		"labels": schema.MapAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "Labels of the containers. Names that start with `io.bayplan.` are taken.",
		},
		"port": schema.Int64Attribute{
			CustomType:          whole{},
			Optional:            true,
			Computed:            true,
			MarkdownDescription: "Port that relationships to this lead to. Defaults to that of the type, then of the health check.",
		},
		"scheme": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: "URL scheme that is spoken at `port`. Defaults to that of the type, then to `http`.",
		},
		"endpoints": endpointsAttribute(true, "What this listens on, by name, for relationships that choose an `endpoint`. "+
			"Defaults to `default` with `port` and `scheme`."),
		"timeouts": timeouts.Attributes(ctx, timeouts.Opts{Create: true, Update: true, Delete: true}),
	}
	for _, more := range []map[string]schema.Attribute{programAttributes(), confinementAttributes(), rolloutAttributes(), workloadResults()} {
		maps.Copy(out, more)
	}
	return out
}

// programAttributes are what is run, and what it is given.
func programAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"entrypoint": schema.ListAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "Program to run and its first arguments, in place of the image's.",
		},
		"command": schema.ListAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "Arguments of the entrypoint, in place of the image's command.",
		},
		"user": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "User, or `user:group`, to run as. Defaults to the image's.",
		},
		"working_dir": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Directory to run in. Defaults to the image's.",
		},
		"env": schema.MapAttribute{
			Optional:    true,
			ElementType: types.StringType,
			MarkdownDescription: "Environment variables. They win over those that relationships give. " +
				"Mark a value with `sensitive` to hide just that one in plans.",
		},
		"secrets": schema.MapAttribute{
			Optional:    true,
			WriteOnly:   true,
			ElementType: types.StringType,
			MarkdownDescription: "Secrets, each of which is a file in `/run/secrets` of the instances, by its name. Their values are in memory alone: " +
				"in no plan, state, variable, label or log, and after a restart of the engine or its machine they are absent until they are applied again. " +
				"A host that swaps may write its memory to disk.",
		},
		"secrets_version": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Version of `secrets`. Raise it when a value changes: Terraform, which keeps none, sees no other difference, and the instances are replaced. " +
				"The command sees a changed value too.",
		},
	}
}

// confinementAttributes are what instances may reach, write and use up.
func confinementAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"relationships": relationshipsAttribute(),
		"mounts":        mountsAttribute(),
		"read_only": schema.BoolAttribute{
			Optional:            true,
			Computed:            true,
			Default:             booldefault.StaticBool(true),
			MarkdownDescription: "Whether the root filesystem is read-only; what may be written is declared in `mounts`. Defaults to `true`.",
		},
		"init": schema.BoolAttribute{
			Optional: true,
			Computed: true,
			Default:  booldefault.StaticBool(false),
			MarkdownDescription: "Whether the engine's own small init is the first process, which passes signals on to the program " +
				"and reaps processes that nobody waits for. Defaults to `false`, which leaves it to how the engine is set up.",
		},
		"ports": schema.ListAttribute{
			Optional:    true,
			ElementType: types.StringType,
			MarkdownDescription: "Published ports, `[address:]host:container[/udp]`. " +
				"A missing address means `127.0.0.1`, never all interfaces.",
		},
		"replicas": schema.Int64Attribute{
			CustomType:          whole{},
			Optional:            true,
			Computed:            true,
			Default:             int64default.StaticInt64(1),
			MarkdownDescription: "Number of instances. Defaults to `1`.",
		},
		"cpus": schema.Float64Attribute{
			Optional:            true,
			MarkdownDescription: "Limit of processor time, in processors, such as `0.5`. Changed without a restart.",
		},
		"memory": schema.StringAttribute{
			Optional:            true,
			PlanModifiers:       []planmodifier.String{keepSpelling[topology.Size]{}},
			MarkdownDescription: "Limit of memory, such as `64m` or `1g`, in powers of 1024. Changed without a restart.",
		},
		"pids": schema.Int64Attribute{
			CustomType: whole{},
			Optional:   true,
			Computed:   true,
			Default:    int64default.StaticInt64(2048),
			MarkdownDescription: "Limit of processes and threads of an instance, which keeps one that multiplies from taking the whole machine; " +
				"`-1` for none. Defaults to `2048`. Changed without a restart.",
		},
		"capabilities": schema.SetAttribute{
			Optional:    true,
			ElementType: types.StringType,
			MarkdownDescription: "What the processes may do beyond nothing, as capabilities of Linux without `CAP_`, such as `NET_RAW`. " +
				"All others are dropped, of root too: without `DAC_OVERRIDE`, it writes just where its user may. " +
				"Ports below 1024 need none.",
		},
		"security_opt": schema.ListAttribute{
			Optional:    true,
			ElementType: types.StringType,
			MarkdownDescription: "How the engine confines the processes otherwise than it does by itself: `apparmor=PROFILE`, `seccomp=` and a profile as JSON " +
				"(`\"seccomp=${file(\"profile.json\")}\"`) or `unconfined`, `label=` and an option of SELinux. `no-new-privileges` always holds.",
		},
	}
}

// rolloutAttributes are how instances are checked, replaced and ended.
func rolloutAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"healthcheck": healthcheckAttribute(),
		"stop_signal": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Signal that asks an instance to end, such as `SIGTERM`. Defaults to the image's.",
			PlanModifiers:       []planmodifier.String{keepSpelling[topology.Signal]{}},
		},
		"stop_grace_period": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			Default:             stringdefault.StaticString("15s"),
			PlanModifiers:       []planmodifier.String{keepSpelling[topology.Duration]{}},
			MarkdownDescription: "How long an instance has to end before it is killed. Defaults to `15s`.",
		},
		"pull": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "When the image's registry is asked. `missing`: when the engine has no image of that name. `always`: for each plan, so that " +
				"a tag that moved is a change; what the lock file has stays. `never`: not at all; an image that is not on the engine fails the plan. " +
				"Without it, as `missing`.",
		},
		"strategy": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "How instances are replaced. `rolling`: a new one is healthy and has served for 3 seconds before an old one stops, " +
				"a quarter of the replicas at a time; a plan that cannot do so fails. `recreate`: all old ones stop before a new one starts. " +
				"Without it, instances roll unless an old and a new one cannot run at once: they publish the same host port, or both write to a volume that is not shared.",
		},
		"freeze_timeout": schema.StringAttribute{
			Optional:      true,
			Computed:      true,
			Default:       stringdefault.StaticString(defaultFreeze),
			PlanModifiers: []planmodifier.String{keepSpelling[topology.Duration]{}},
			MarkdownDescription: "How long those with a relationship to this are paused at most while it is recreated, so that their clients wait instead of failing. " +
				"`0s` never pauses them. Defaults to `30s`.",
		},
		"deletion_protection": schema.BoolAttribute{
			Optional:            true,
			Computed:            true,
			Default:             booldefault.StaticBool(false),
			MarkdownDescription: "Whether a plan that deletes this fails. Defaults to `false`.",
		},
	}
}

// workloadResults are what follows from the rest.
func workloadResults() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":      computedString("Identifier, `<environment>/<name>`."),
		"address": computedString("Address, such as `app.web`."),
		"target_address": computedString("Address of what answers at `host`; the same as `address`. " +
			"It is here so that a resource can be given as a relationship's target."),
		"host":      computedString("Host name under which those with a relationship to this reach it."),
		"path":      computedString("Path of the default endpoint, if it has one."),
		"condition": computedString("What a consumer waits for before it starts: `healthy`, for a job `completed`."),
		"image_digest": computedString("What `image` stands for: the repository digest, or the id of an image that is only on the engine. " +
			"The instances run exactly this. Of a build it is the hash of what that is built from, and known before it is built."),
		"instances": schema.MapAttribute{
			Computed:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "The instances: name to container id.",
		},
		"status": computedString("State of the instance that is furthest from what it should be."),
		"impact": impactAttribute(),
	}
}

func computedString(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func impactAttribute() schema.StringAttribute {
	return computedString("What the change costs whoever uses this: what is replaced and why, whether it is away meanwhile, " +
		"who is affected. A plan sets it for what it changes, to `nothing restarts` where there is nothing to tell; " +
		"after that it says what the last apply did.")
}

func relationshipsAttribute() schema.MapNestedAttribute {
	return schema.MapNestedAttribute{
		Optional: true,
		MarkdownDescription: "What this needs, by the name under which it knows it: the resource itself " +
			"(`db = bayplan_service.db`), a `bayplan_relationship`, or, for what is outside, an object with `host` and `port`. " +
			"For each, the variables `<KEY>_URL`, `_HOST`, `_PORT`, `_SCHEME`, `_PATH`, `_USERNAME`, `_PASSWORD` and `_DATABASE` are set, " +
			"and all of them in `BAYPLAN_RELATIONSHIPS`. Nothing else of the environment can be reached.",
		NestedObject: schema.NestedAttributeObject{Attributes: referenceAttributes()},
	}
}

// referenceAttributes are what is taken of a resource that is given as a
// relationship. All are optional: Terraform validates with unknown ones.
func referenceAttributes() map[string]schema.Attribute {
	optional := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"address":        optional("Address of the resource. Without it, the target is outside the topology."),
		"target_address": optional("Address of the app or service at the end."),
		"host":           optional("Host name."),
		"port":           schema.Int64Attribute{CustomType: whole{}, Optional: true, MarkdownDescription: "Port."},
		"scheme":         optional("URL scheme."),
		"path":           optional("URL path."),
		"username":       optional("User whose derived password is used."),
		"database":       optional("Name of the database."),
		"principal":      optional("Name that the user's password is derived from; by default that of the target."),
		"version":        optional("Version, for constraints."),
		"condition":      optional("What to wait for before starting: `started`, `healthy` or `completed`."),
		"endpoints":      endpointsAttribute(false, "What the target listens on, by name."),
	}
}

func endpointsAttribute(computed bool, description string) schema.MapNestedAttribute {
	return schema.MapNestedAttribute{
		Optional:            true,
		Computed:            computed,
		MarkdownDescription: description,
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"port":   schema.Int64Attribute{CustomType: whole{}, Optional: true, MarkdownDescription: "Port."},
			"scheme": schema.StringAttribute{Optional: true, MarkdownDescription: "URL scheme."},
			"path":   schema.StringAttribute{Optional: true, MarkdownDescription: "URL path."},
		}},
	}
}

func mountsAttribute() schema.MapNestedAttribute {
	return schema.MapNestedAttribute{
		Optional:            true,
		MarkdownDescription: "What is mounted, by absolute path: a volume or a tmpfs.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"volume": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Id of a `bayplan_volume`.",
			},
			"source_path": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Directory of the volume to mount, relative to its root, such as `site/pages`; the whole volume by default. " +
					"It has to be there when an instance starts. Takes Docker Engine 26.0 or later.",
			},
			"read_only": schema.BoolAttribute{
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(false),
				MarkdownDescription: "Whether it cannot be written to. Defaults to `false`.",
			},
			"tmpfs": schema.StringAttribute{
				Optional:            true,
				PlanModifiers:       []planmodifier.String{keepSpelling[topology.Size]{}},
				MarkdownDescription: "Size of a filesystem in memory, such as `64m`.",
			},
		}},
	}
}

func healthcheckAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "How to tell that an instance is healthy: exactly one of `test`, `http` and `tcp`. " +
			"The latter two need nothing in the image. Consumers start when what they need is healthy.",
		Attributes: map[string]schema.Attribute{
			"test": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "Command in the image, and its arguments; `[\"CMD-SHELL\", \"...\"]` for the image's shell.",
			},
			"http": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Where to ask over HTTP, such as `:8080/healthz`; a status below 400 is healthy.",
			},
			"tcp": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Where a TCP connection must be accepted, such as `:5432`.",
			},
			"interval":     healthDuration("10s", "Time between two checks."),
			"timeout":      healthDuration("3s", "Time that a check may take."),
			"start_period": optionalDuration("Time after the start in which failures do not count."),
			"retries": schema.Int64Attribute{
				CustomType:          whole{},
				Optional:            true,
				Computed:            true,
				Default:             int64default.StaticInt64(3),
				MarkdownDescription: "Failures in a row that make an instance unhealthy. Defaults to `3`.",
			},
		},
	}
}

func healthDuration(fallback, description string) schema.StringAttribute {
	a := optionalDuration(description + " Defaults to `" + fallback + "`.")
	a.Computed, a.Default = true, stringdefault.StaticString(fallback)
	return a
}

func optionalDuration(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		PlanModifiers:       []planmodifier.String{keepSpelling[topology.Duration]{}},
		MarkdownDescription: description,
	}
}
