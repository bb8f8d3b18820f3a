package docker

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"golang.org/x/sync/errgroup"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Observe reads what is live of a scope, as apply.Runtime says: with addresses
// always anew; without, from a snapshot that all readers of the scope share
// until a step is performed or for 10 seconds. The result is not to be changed.
func (e *Engine) Observe(ctx context.Context, scope topology.Scope, about ...topology.Address) (topology.Live, error) {
	if len(about) > 0 {
		live, err := e.read(ctx, scope, about)
		return e.withAdopted(ctx, live, about, err)
	}
	live, err := e.snapshot(scope).get(ctx, func(ctx context.Context) (topology.Live, error) {
		return e.read(ctx, scope, nil)
	})
	return e.withAdopted(ctx, live, nil, err)
}

// read makes one list call each for containers, networks and volumes, and an
// inspect for each instance and each keeper that runs.
func (e *Engine) read(ctx context.Context, scope topology.Scope, about []topology.Address) (topology.Live, error) {
	live := topology.Live{Scope: scope}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return e.readContainers(ctx, scope, about, &live) })
	group.Go(func() (err error) {
		live.Networks, err = e.readNetworks(ctx, scope)
		return err
	})
	group.Go(func() error { return e.readVolumes(ctx, scope, &live) })
	if err := group.Wait(); err != nil {
		return topology.Live{}, err
	}
	return live, nil
}

// readContainers reads instances, hooks and keepers.
func (e *Engine) readContainers(ctx context.Context, scope topology.Scope, about []topology.Address, into *topology.Live) error {
	ids, err := e.listInstances(ctx, scope, about, into)
	if err != nil {
		return err
	}
	instances := make([]*topology.Instance, len(ids))
	var declared declarations
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelReads)
	for i, id := range ids {
		group.Go(func() (err error) {
			instances[i], err = e.readInstance(ctx, id, &declared)
			return err
		})
	}
	for i := range into.Keepers {
		if k := &into.Keepers[i]; k.Status == topology.StatusRunning {
			group.Go(func() error { return e.readKeeper(ctx, k) })
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, i := range instances {
		if i != nil {
			into.Instances = append(into.Instances, *i)
		}
	}
	slices.SortFunc(into.Instances, func(a, b topology.Instance) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

// readInstance returns nil for a container that is gone since it was listed.
func (e *Engine) readInstance(ctx context.Context, id string, declared *declarations) (*topology.Instance, error) {
	c, err := e.inspect(ctx, id)
	if errdefs.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	i, err := instanceOf(c, declared)
	return &i, err
}

// listedAlone is for how many addresses containers are listed one by one: for
// more, one list of all is less.
const listedAlone = 8

// listInstances returns the ids of a scope's instances and reads the containers
// of hooks and keepers, of all or of those that belong to the addresses.
func (e *Engine) listInstances(ctx context.Context, scope topology.Scope, about []topology.Address, into *topology.Live) ([]string, error) {
	selections := []filters.Args{scopeFilter(scope)}
	owners := map[string]bool{}
	for _, a := range about {
		owners[a.String()] = true
	}
	if len(owners) > 0 && len(owners) <= listedAlone {
		selections = nil
		for owner := range owners {
			f := scopeFilter(scope)
			f.Add("label", labelOwner+"="+owner)
			selections = append(selections, f)
		}
	}
	found := make([][]listed, len(selections))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelReads)
	for i, f := range selections {
		group.Go(func() (err error) {
			found[i], err = e.listContainers(ctx, f)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var ids []string
	for _, c := range slices.Concat(found...) {
		if len(owners) > 0 && !owners[c.Labels[labelOwner]] {
			continue
		}
		var err error
		switch kind := c.Labels[labelKind]; kind {
		case string(topology.KindApp), string(topology.KindService):
			ids = append(ids, c.ID)
		case kindHook:
			err = add(&into.Hooks, c, hookOf)
		case kindKeeper:
			err = add(&into.Keepers, c, keeperOf)
		}
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(ids)
	slices.SortFunc(into.Hooks, func(a, b topology.LiveHook) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(into.Keepers, func(a, b topology.Keeper) int { return strings.Compare(a.Name, b.Name) })
	return slices.Compact(ids), nil
}

// add appends what is read of something that was listed.
func add[From, To any](list *[]To, from From, read func(From) (To, error)) error {
	one, err := read(from)
	*list = append(*list, one)
	return err
}

func (e *Engine) listContainers(ctx context.Context, f filters.Args) ([]listed, error) {
	all, err := list(ctx, e, "list containers", func(ctx context.Context) ([]listed, error) {
		query := url.Values{"all": {"1"}}
		if f.Len() > 0 {
			text, err := filters.ToJSON(f)
			if err != nil {
				return nil, err
			}
			query.Set("filters", text)
		}
		return get[[]listed](ctx, e, "/containers/json", query)
	})
	return slices.DeleteFunc(all, func(c listed) bool { return !selects(f, c.Labels) }), err
}

func (e *Engine) listNetworks(ctx context.Context, f filters.Args) ([]network.Summary, error) {
	all, err := list(ctx, e, "list networks", func(ctx context.Context) ([]network.Summary, error) {
		return e.client.NetworkList(ctx, network.ListOptions{Filters: f})
	})
	return slices.DeleteFunc(all, func(n network.Summary) bool { return !selects(f, n.Labels) }), err
}

func (e *Engine) listVolumes(ctx context.Context, f filters.Args) ([]*volume.Volume, error) {
	all, err := list(ctx, e, "list volumes", func(ctx context.Context) (volume.ListResponse, error) {
		return e.client.VolumeList(ctx, volume.ListOptions{Filters: f})
	})
	if slices.Contains(all.Volumes, nil) {
		return nil, fmt.Errorf("list volumes: %w", errIncomplete)
	}
	return slices.DeleteFunc(all.Volumes, func(v *volume.Volume) bool { return !selects(f, v.Labels) }), err
}

// selects reports whether labels have all those that a filter asks for. Podman
// lists what has any one of them, and what is another's must not look like ours.
func selects(f filters.Args, labels map[string]string) bool {
	for _, asked := range f.Get("label") {
		name, value, exact := strings.Cut(asked, "=")
		if has, there := labels[name]; !there || exact && has != value {
			return false
		}
	}
	return true
}

func (e *Engine) readNetworks(ctx context.Context, scope topology.Scope) ([]topology.Network, error) {
	found, err := e.listNetworks(ctx, scopeFilter(scope))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, oldestFirst)
	var out []topology.Network
	for _, f := range found {
		if len(out) > 0 && out[len(out)-1].Name == f.Name {
			continue // a younger duplicate, which nothing is connected to
		}
		n, err := networkOf(f.ID, f.Name, f.Labels)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

func (e *Engine) readVolumes(ctx context.Context, scope topology.Scope, into *topology.Live) error {
	found, err := e.listVolumes(ctx, scopeFilter(scope))
	if err != nil {
		return err
	}
	slices.SortFunc(found, func(a, b *volume.Volume) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range found {
		switch f.Labels[labelKind] {
		case kindVolume:
			err = add(&into.Volumes, f, volumeOf)
		case kindVault:
			err = add(&into.Vaults, f, vaultOf)
		case kindMarker:
			list := &into.Markers
			if f.Labels[labelVolume] != "" {
				list = &into.Written
			}
			err = add(list, f, markerOf)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// oldestFirst orders networks by name and then by age: names are not unique,
// and of two the oldest counts.
func oldestFirst(a, b network.Summary) int {
	if byName := strings.Compare(a.Name, b.Name); byName != 0 {
		return byName
	}
	if byAge := a.Created.Compare(b.Created); byAge != 0 {
		return byAge
	}
	return strings.Compare(a.ID, b.ID)
}
