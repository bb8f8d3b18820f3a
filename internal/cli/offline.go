package cli

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/build"
	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// offline stands where there is no engine: what is live is what it is given,
// and an image that is not locked is its spelling.
type offline struct{ live topology.Live }

// offlineKey is the key without an engine. What is derived from it is compared
// with what is derived from it, and never shown.
var offlineKey = topology.Key("of no engine")

func (*offline) Endpoint() string { return "" }

func (o *offline) Observe(_ context.Context, s topology.Scope, _ ...topology.Address) (topology.Live, error) {
	if o.live.Scope != s {
		return topology.Live{Scope: s}, nil
	}
	return o.live, nil
}

func (*offline) ObserveForeign(context.Context, topology.Scope) (topology.Foreign, error) {
	return topology.Foreign{}, nil
}

func (*offline) ResolveImage(_ context.Context, reference string) (apply.Image, error) {
	if strings.HasPrefix(reference, build.DigestPrefix) {
		return apply.Image{}, unbuilt{}
	}
	return apply.Image{Digest: reference}, nil
}

// unbuilt is the error for what is built where there is no engine.
type unbuilt struct{}

func (unbuilt) Error() string { return "there is no engine that could have built it" }

// NotFound marks the error for apply.IsNotFound.
func (unbuilt) NotFound() {}

func (o *offline) LatestImage(ctx context.Context, reference string) (apply.Image, error) {
	return o.ResolveImage(ctx, reference)
}

func (*offline) ImageUser(context.Context, string, string) (user string, known bool, err error) {
	return "", false, nil
}

func (*offline) Platform(context.Context) (string, error) { return "linux/" + runtime.GOARCH, nil }

func (*offline) Able(context.Context, topology.Address, topology.Workload) error { return nil }

func (*offline) Perform(context.Context, topology.Scope, plan.Op, func(apply.Pulled)) error {
	return errors.New("there is no engine")
}

// resolved returns a topology without the digests that are only spellings.
func resolved(t topology.Topology) topology.Topology {
	t.Workloads = maps.Clone(t.Workloads)
	for a, w := range t.Workloads {
		if unresolved(w) {
			w.ImageDigest, w.BaseImages = "", nil
			t.Workloads[a] = w
		}
	}
	return t
}

// unresolved reports whether nobody knows the digest of a workload's image.
func unresolved(w topology.Workload) bool { return w.ImageDigest == "" || w.ImageDigest == w.Image }

// takeDigest makes the image of a workload the one that another knows by the same name.
func takeDigest(into *topology.Workload, from topology.Workload) {
	into.ImageDigest, into.BaseImages = from.ImageDigest, from.BaseImages
}

// alike returns two topologies in which an image of one spelling is the same
// where only one of them knows its digest.
func alike(before, after topology.Topology) (topology.Topology, topology.Topology) {
	before.Workloads, after.Workloads = maps.Clone(before.Workloads), maps.Clone(after.Workloads)
	for a, x := range before.Workloads {
		y, there := after.Workloads[a]
		switch {
		case !there || x.Image != y.Image:
		case unresolved(x):
			takeDigest(&x, y)
			before.Workloads[a] = x
		case unresolved(y):
			takeDigest(&y, x)
			after.Workloads[a] = y
		}
	}
	return before, after
}

// elsewhere is how a configuration is evaluated that is not the one the command
// was started for: another version of it, or without an engine.
type elsewhere struct {
	dir       string
	copy      config.Copy // what the directory is a copy of, if it is one
	workspace string
	inputs    []config.Input
	engine    provider.NewRuntime
	key       topology.Key // "" for that of the configuration
	strict    bool         // an image that is not to be had is an error
}

// newElsewhere returns how the working directory is evaluated with an engine.
func (c *command) newElsewhere() (elsewhere, error) {
	e := elsewhere{dir: ".", workspace: workspace(), engine: c.NewRuntime}
	for _, input := range c.flags.inputs {
		if input.File != "" {
			name, err := filepath.Abs(input.File)
			if err != nil {
				return e, err
			}
			input.File = name
		}
		e.inputs = append(e.inputs, input)
	}
	return e, nil
}

// with returns how it is evaluated where no engine is asked.
func (e elsewhere) with(engine *offline) elsewhere {
	e.key = offlineKey
	e.engine = func(provider.EngineOptions) (apply.Runtime, error) { return engine, nil }
	return e
}

// openOffline evaluates the working directory without an engine.
func (c *command) openOffline(ctx context.Context) (*project, error) {
	e, err := c.newElsewhere()
	if err != nil {
		return nil, err
	}
	return c.openDir(ctx, e.with(&offline{}))
}

// in returns how another directory is evaluated that stands for the present one. A file of
// variables that is there as well is the one of there.
func (e elsewhere) in(dir string) (elsewhere, error) {
	here, err := filepath.Abs(e.dir)
	if err != nil {
		return e, err
	}
	var inputs []config.Input
	for _, input := range e.inputs {
		if inside, err := filepath.Rel(here, input.File); input.File != "" && err == nil && filepath.IsLocal(inside) {
			if there := filepath.Join(dir, inside); exists(there) {
				input.File = there
			}
		}
		inputs = append(inputs, input)
	}
	e.dir, e.inputs = dir, inputs
	return e, nil
}

// at returns how the directory that a commit held is evaluated, as if it were where
// the present one is.
func (e elsewhere) at(tree revision.Tree) (elsewhere, error) {
	here, err := filepath.Abs(e.dir)
	if err != nil {
		return e, err
	}
	up, err := filepath.Rel(tree.Dir, tree.Root)
	if err != nil {
		return e, err
	}
	e, err = e.in(tree.Dir)
	e.copy = config.Copy{Of: here, Root: up}
	return e, err
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// openElsewhere evaluates the directory. One without configuration is an empty topology.
func (c *command) openElsewhere(ctx context.Context, e elsewhere) (*project, error) {
	if configured, err := config.Configured(e.dir); err != nil {
		return nil, err
	} else if !configured {
		return &project{config: &config.Config{}}, nil
	}
	return c.openDir(ctx, e)
}

// openDir evaluates the directory, which has configuration.
func (c *command) openDir(ctx context.Context, e elsewhere) (p *project, err error) {
	back, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	if err := os.Chdir(e.dir); err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, os.Chdir(back)) }()
	adapter := provider.NewCommand(c.Version, e.engine)
	adapter.Lenient, adapter.Key, adapter.Dir = !e.strict, e.key, e.copy.Of
	loaded, diags := config.Load(ctx, ".", adapter.Server(ctx), config.Options{
		Inputs: e.inputs, Workspace: e.workspace, Env: os.LookupEnv, Configure: true, IgnoreUndeclared: true, Copy: e.copy,
	})
	if diags.HasErrors() {
		return nil, cmp.Or(unreachable(ctx, adapter), error(&diagnosed{loaded.Files, diags}))
	}
	return newProject(loaded, adapter)
}
