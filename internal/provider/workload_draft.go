package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// ModifyPlan fills in what follows from the configuration and says what the
// change costs. It looks at nothing live but what Read has kept, an image that
// is new, and, for what is about to be made, what else is on the engine.
func (r *workloadResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		var w topology.Workload
		_, err := decode(req.State.Raw, &w)
		if err == nil && w.DeletionProtection {
			err = errProtected(r.at(w.Name))
		}
		report(&resp.Diagnostics, "delete", r.at(w.Name), err)
		return
	}
	modify(ctx, r, req, resp)
}

func (r *workloadResource) complete(ctx context.Context, d *draft, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	w, err := r.newDraft(ctx, d, req)
	if err == nil {
		err = w.complete(ctx)
	}
	if err == nil && w.session != nil {
		err = w.plan(ctx)
	}
	if err != nil {
		report(&resp.Diagnostics, "plan", w.address, err)
		return
	}
	report(&resp.Diagnostics, "plan", w.address, w.unlocked(ctx, &resp.Diagnostics))
	report(&resp.Diagnostics, "plan", w.address, w.rooted(ctx, &resp.Diagnostics))
	if !w.create {
		report(&resp.Diagnostics, "plan", w.address, remember(ctx, resp.Private, w.kept))
	}
}

func errProtected(a topology.Address) error {
	return &topology.FieldError{
		Address: a, Field: "deletion_protection", Err: fmt.Errorf("%s is protected from deletion", a),
		Hint: "Apply deletion_protection = false first.",
	}
}

// workloadDraft is a workload while it is planned.
type workloadDraft struct {
	*draft
	*session
	address topology.Address
	want    topology.Workload
	unknown unknowns

	create bool
	makes  bool // it makes instances
	state  tftypes.Value
	prior  topology.Workload
	kept   keep
}

func (r *workloadResource) newDraft(ctx context.Context, d *draft, req resource.ModifyPlanRequest) (*workloadDraft, error) {
	create := req.State.Raw.IsNull()
	w := &workloadDraft{draft: d, session: r.session, address: r.at(""), create: create, makes: create, state: req.State.Raw}
	var err error
	if w.unknown, err = w.decode(&w.want); err != nil {
		return w, err
	}
	w.address = r.at(w.want.Name)
	if err := checkGiven(w.address, d.config); err != nil {
		return w, err
	}
	secrets, unknown, err := secretsOf(d.config)
	if err != nil {
		return w, err
	}
	w.want.Secrets = secrets
	maps.Copy(w.unknown, unknown)
	if w.create {
		return w, nil
	}
	if _, err := decode(req.State.Raw, &w.prior); err != nil {
		return w, err
	}
	w.kept, _, err = recall(ctx, req.Private)
	return w, err
}

// derivedFrom lists what each computed attribute is derived from, name aside.
var derivedFrom = map[string][]string{
	"image":        {"type", "build"},
	"image_digest": {"type", "image", "build"},
	"base_images":  {"build"},
	"version":      {"type", "image", "build"},
	"port":         {"type", "healthcheck", "endpoints"},
	"scheme":       {"type", "healthcheck", "endpoints", "port"},
	"endpoints":    {"type", "healthcheck", "port", "scheme"},
	"path":         {"endpoints"},
	"username":     {"type"},
	"database":     {"type"},
	"data_volume":  {"type", "mounts", "renamed_from"},
	"principal":    {"type", "mounts", "renamed_from", "credentials_version"},
	"restart":      {"job"},
	"condition":    {"job"},
	"status":       {"job"},
}

// complete fills in what follows from the configuration.
func (w *workloadDraft) complete(ctx context.Context) error {
	if w.unknown.has("name", "") {
		return nil
	}
	var scope topology.Scope
	if w.session != nil {
		scope = w.scope
		var err error
		if w.want.DataVolume, err = w.data(ctx); err != nil {
			return err
		}
		if err := w.resolveImage(ctx); err != nil {
			return err
		}
	}
	if w.want.Restart == "" {
		w.want.Restart = defaultRestart(w.want)
	}
	if err := checkWorkload(scope, w.address, &w.want, w.unknown); err != nil {
		return err
	}
	if w.session != nil && !w.lenient {
		if err := w.runtime.Able(ctx, w.address, w.want); err != nil {
			return err
		}
	}
	if err := w.fill(w.want); err != nil {
		return err
	}
	if err := w.fill(catalog.Reference(scope, w.address, w.want)); err != nil {
		return err
	}
	w.set(map[string]any{"id": scope.ID(w.address), "status": string(plan.Status(w.want))})
	for name, from := range derivedFrom {
		if w.unknown.any(from...) {
			w.forget(name)
		}
	}
	if w.session == nil {
		w.forget("id", "image_digest", "data_volume", "principal")
		if w.want.Build != nil {
			w.forget("image", "base_images")
		}
	}
	return nil
}

// data returns the managed data volume that the workload has, "" where it has
// none yet: as the state knows it or, where there is none, as it is live.
func (w *workloadDraft) data(ctx context.Context) (string, error) {
	if !w.create || w.address.Kind != topology.KindService {
		return w.prior.DataVolume, nil
	}
	live, err := w.runtime.Observe(ctx, w.scope)
	if err != nil {
		return "", err
	}
	former := topology.Address{Kind: w.address.Kind, Name: w.want.RenamedFrom}
	moves := former.Name != "" && len(live.Of(w.address)) == 0 && len(live.Of(former)) > 0
	switch has := live.DataVolumeOf(w.address); {
	case moves && !w.stateless:
		return "", &topology.FieldError{
			Address: w.address, Field: "renamed_from", Err: fmt.Errorf("%s is live, and the state does not know it as this resource", former),
			Hint: "Import it under its former name and then change the name; or, if it is in the state as another resource, add a moved block.",
		}
	case !moves && has != "" || former.Name == "":
		return has, nil
	}
	return live.DataVolumeOf(former), nil
}

func defaultRestart(w topology.Workload) topology.Restart {
	if w.Job {
		return "no"
	}
	return "unless-stopped"
}

// resolveImage sets the digest of the wanted image, and the version that an
// app's image tells: for an image that the state has already as Read found it.
func (w *workloadDraft) resolveImage(ctx context.Context) error {
	if w.unknown.any(derivedFrom["image_digest"]...) {
		return nil
	}
	if w.want.Build != nil {
		return w.resolveBuild(ctx)
	}
	completed, errs := catalog.Complete(w.scope, w.address, w.want)
	if len(errs) > 0 || completed.Image == "" {
		return nil // said by the check
	}
	if w.create || w.kept.Image.Reference != completed.Image || w.kept.Image.Digest == "" || w.prior.Pull != w.want.Pull {
		image, err := w.resolve(ctx, completed.Image)
		if err != nil {
			return err
		}
		w.kept.Image = image
	}
	w.want.ImageDigest = w.kept.Image.Digest
	if w.address.Kind == topology.KindApp && w.want.Version == "" {
		w.want.Version = w.kept.Image.Version
	}
	return w.admitImage(ctx, topology.Workload{Image: completed.Image, ImageDigest: w.want.ImageDigest})
}

// plan claims what is known to be wanted and, when all is known, says what the
// change costs.
func (w *workloadDraft) plan(ctx context.Context) error {
	if w.unknown.has("name", "") {
		return nil
	}
	if err := w.claim(ctx); err != nil || len(w.unknown) > 0 || w.stateless {
		return err // without a state, what it costs is for the plan of the whole to say
	}
	return w.cost(ctx)
}

// cost sets what the change does to the instances, and refuses what cannot be.
func (w *workloadDraft) cost(ctx context.Context) error {
	key, err := w.keys.get()
	if err != nil {
		return err
	}
	impact, err := w.impact(ctx, key)
	if err != nil {
		return err
	}
	w.makes = w.create || impact.Create+impact.Replace > 0
	values := map[string]any{}
	if impact.Create+impact.Replace+impact.Remove == 0 && !w.create {
		before, err := attributesOf(w.state)
		if err != nil {
			return err
		}
		values["instances"] = before["instances"]
		if impact.Start == 0 {
			values["status"] = before["status"]
		}
	}
	w.set(values)
	return w.settle(w.state, impact.String())
}

// claim takes what only one resource can have, as far as it is known. What is
// not known yet is claimed when it is: a plan is made again before it is applied.
func (w *workloadDraft) claim(ctx context.Context) error {
	if err := w.claimName(); err != nil {
		return err
	}
	if err := w.claims.publish(w.address, w.want.Ports); err != nil {
		return err
	}
	if err := w.claims.replicate(w.address, w.want, w.isShared(ctx)); err != nil {
		return err
	}
	if err := w.claims.write(w.address, w.want.Mounts, w.isShared(ctx)); err != nil {
		return err
	}
	anew := w.create || w.renamed()
	if anew || !sameOutside(w.prior, w.want) {
		return w.clashes(ctx, w.address, w.want, anew)
	}
	return nil
}

func (w *workloadDraft) claimName() error {
	if !w.renamed() {
		return w.claims.name(w.address, w.create)
	}
	before := topology.Address{Kind: w.address.Kind, Name: w.prior.Name}
	return w.claims.rename(before, w.address)
}

// renamed reports whether what is there gets another name.
func (w *workloadDraft) renamed() bool { return !w.create && w.prior.Name != w.want.Name }

// sameOutside reports whether two values of a workload take the same ports and
// networks, though not from where.
func sameOutside(before, after topology.Workload) bool {
	return before.Egress == after.Egress && slices.Equal(before.Ports, after.Ports) &&
		maps.EqualFunc(before.Relationships, after.Relationships, func(x, y topology.Reference) bool {
			return x.Address == y.Address && x.TargetAddress == y.TargetAddress
		})
}

// isShared tells of a volume that this run does not declare whether it was
// declared shared when it was made.
func (s *session) isShared(ctx context.Context) func(id string) (bool, error) {
	return func(id string) (bool, error) {
		if strings.HasPrefix(id, s.scope.AdoptedVolumeID("")) { // by one that this run does not plan
			return false, nil
		}
		a, err := s.scope.VolumeOf(id)
		if err != nil {
			return false, err
		}
		live, err := s.runtime.Observe(ctx, s.scope)
		if err != nil {
			return false, err
		}
		v, ok := live.Volume(s.scope.VolumeName(a.Name))
		return ok && v.Declared.Shared, nil
	}
}

// impact returns what the change costs. A new name is a deletion and a creation.
func (w *workloadDraft) impact(ctx context.Context, key topology.Key) (plan.Impact, error) {
	live := topology.Live{Scope: w.scope}
	if !w.create {
		live = w.kept.Live.live(w.scope)
	}
	before := topology.Address{Kind: w.address.Kind, Name: w.prior.Name}
	if w.create {
		before = w.address
	}
	if w.renamed() { // what an interrupted rename has made is no reason not to go on
		live.Instances = slices.DeleteFunc(slices.Clone(live.Instances), func(i topology.Instance) bool { return i.Address == w.address })
	}
	if err := checkKey(key, live, before); err != nil {
		return plan.Impact{}, err
	}
	want := w.want
	want.Secrets = asLive(want, live, before)
	p, err := plan.Make(plan.Input{
		Desired: w.desired(w.address, want), Live: live, Key: key, About: []topology.Address{w.address},
		Renamed: renamed(before, w.address),
	})
	if err == nil && !w.create {
		err = w.instanceClashes(ctx, w.address, p.Steps)
	}
	if err != nil {
		return plan.Impact{}, err
	}
	impact := p.Changes[0].Impact
	impact.Hits = w.kept.Dependants
	return impact, nil
}

func (s *session) desired(a topology.Address, w topology.Workload) topology.Topology {
	return topology.Topology{Scope: s.scope, Workloads: map[topology.Address]topology.Workload{a: w}}
}
