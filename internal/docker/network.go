package docker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// subnetTries bounds how many refused subnets are followed by another.
const subnetTries = 32

// createNetwork makes a bridge on a subnet of its own. The engine refuses a
// subnet that is taken, so two processes that make the same network meet there.
func (e *Engine) createNetwork(ctx context.Context, scope topology.Scope, op plan.CreateNetwork) error {
	name := op.Network.Name
	defer e.alone(name)()
	if ours, err := e.networksNamed(ctx, scope, name); err != nil || len(ours) > 0 {
		return err
	}
	options, err := networkOptions(scope, op.Network)
	if err != nil {
		return err
	}
	var taken []netip.Prefix
	refused := errors.New("every one is in use")
	tries := 0
	for subnet := range subnets(e.Pool, op.Network.Kind, name) {
		if tries == subnetTries {
			break
		}
		if overlaps(subnet, taken) {
			continue
		}
		tries++
		refused = e.createOn(ctx, name, options, subnet)
		if refused == nil {
			return e.keepOldest(ctx, scope, name)
		}
		if !e.refuses(ctx, refused) {
			return refused
		}
		ours, used, err := e.subnetsInUse(ctx, scope, name)
		if err != nil || ours {
			return err // another process made it
		}
		if errdefs.IsConflict(refused) {
			return refused // of the name, which no other subnet changes
		}
		taken = append(append(taken, used...), subnet)
	}
	return fmt.Errorf("no subnet of %s is to be had: %w", e.Pool, refused)
}

// alone waits until nobody else of this process makes a network of that name, or
// builds an image of that digest, and returns what lets the next one. Even for a
// moment there must not be two networks: the engine starts no container in one
// whose name is not unique.
func (e *Engine) alone(name string) (done func()) {
	e.mu.Lock()
	making := e.making[name]
	if making == nil {
		making = &sync.Mutex{}
		e.making[name] = making
	}
	e.mu.Unlock()
	making.Lock()
	return making.Unlock
}

func (e *Engine) createOn(ctx context.Context, name string, options network.CreateOptions, subnet netip.Prefix) error {
	options.IPAM = &network.IPAM{Driver: "default", Config: []network.IPAMConfig{{Subnet: subnet.String()}}}
	return e.do(ctx, e.ReadTimeout, "", func(ctx context.Context) error {
		_, err := e.client.NetworkCreate(ctx, name, options)
		return err
	})
}

func networkOptions(scope topology.Scope, n topology.Network) (network.CreateOptions, error) {
	labels, err := networkLabels(scope, n)
	options := network.CreateOptions{Driver: "bridge", Internal: true, Labels: labels}
	if n.Kind == topology.NetworkEgress {
		options.Internal = false
		options.Options = map[string]string{"com.docker.network.bridge.enable_icc": "false"}
	}
	return options, err
}

// networksNamed returns the scope's networks of that name, the oldest first.
func (e *Engine) networksNamed(ctx context.Context, scope topology.Scope, name string) ([]network.Summary, error) {
	f := scopeFilter(scope)
	f.Add("name", name) // which matches parts of names too
	found, err := e.listNetworks(ctx, f)
	found = slices.DeleteFunc(found, func(n network.Summary) bool { return n.Name != name })
	slices.SortFunc(found, oldestFirst)
	return found, err
}

// network returns the scope's network of that name.
func (e *Engine) network(ctx context.Context, scope topology.Scope, name string) (network.Summary, error) {
	found, err := e.networksNamed(ctx, scope, name)
	if err != nil {
		return network.Summary{}, err
	}
	if len(found) == 0 {
		return network.Summary{}, missingNetwork(name)
	}
	return found[0], nil
}

// egress returns the scope's egress network by its name, for someone about to
// join. It belongs to nobody and goes with its last member, so that it may have
// gone since it was seen to: then it is made again. Any other network that is
// missing is an error.
func (e *Engine) egress(ctx context.Context, scope topology.Scope, name string) (network.Summary, error) {
	if name != scope.EgressNetwork() {
		return network.Summary{}, missingNetwork(name)
	}
	n := topology.Network{Name: name, Kind: topology.NetworkEgress}
	if err := e.createNetwork(ctx, scope, plan.CreateNetwork{Network: n}); err != nil {
		return network.Summary{}, fmt.Errorf("create network %q: %w", name, err)
	}
	return e.network(ctx, scope, name)
}

func missingNetwork(name string) error {
	return classed{fmt.Sprintf("network %q does not exist", name), errdefs.ErrNotFound}
}

// keepOldest removes what this process made when another had made it before.
func (e *Engine) keepOldest(ctx context.Context, scope topology.Scope, name string) error {
	found, err := e.networksNamed(ctx, scope, name)
	if err != nil || len(found) < 2 {
		return err
	}
	for _, younger := range found[1:] {
		err := e.do(ctx, e.ReadTimeout, fmt.Sprintf("remove duplicate network %q", name), func(ctx context.Context) error {
			return e.client.NetworkRemove(ctx, younger.ID)
		})
		if err != nil && !errdefs.IsNotFound(err) {
			return err
		}
	}
	return nil
}

// removeNetwork removes the network and any duplicate of its name.
func (e *Engine) removeNetwork(ctx context.Context, scope topology.Scope, op plan.RemoveNetwork) error {
	if op.IfUnused {
		e.joining.Lock()
		defer e.joining.Unlock()
	}
	found, err := e.networksNamed(ctx, scope, op.Name)
	if err != nil {
		return err
	}
	for _, n := range found {
		if op.IfUnused {
			members, err := e.members(ctx, n)
			if err != nil {
				return err
			}
			if len(members) > 0 {
				continue
			}
		}
		if err := e.removeOne(ctx, n, op); err != nil {
			return err
		}
	}
	return nil
}

// members returns the names of the containers that are in a network or will
// be when they start, of which the engine itself counts the running ones only.
func (e *Engine) members(ctx context.Context, n network.Summary) (map[string]bool, error) {
	found, err := e.listContainers(ctx, filters.NewArgs(filters.Arg("network", n.ID), filters.Arg("network", n.Name)))
	names := map[string]bool{}
	for _, c := range found {
		at, ok := c.NetworkSettings.Networks[n.Name]
		if ok && (at.NetworkID == "" || at.NetworkID == n.ID || at.NetworkID == n.Name) { // as Podman says up to 4.3
			names[c.ID] = true
		}
	}
	return names, err
}

// removeOne removes a network, waiting a little for members that are on their
// way out and taking out endpoints whose container is gone (moby#42119).
func (e *Engine) removeOne(ctx context.Context, n network.Summary, op plan.RemoveNetwork) error {
	return poll(ctx, 10*time.Second, func(ctx context.Context) (bool, error) {
		err := e.do(ctx, e.ReadTimeout, "", func(ctx context.Context) error {
			return e.client.NetworkRemove(ctx, n.ID)
		})
		if err == nil || errdefs.IsNotFound(err) {
			return true, nil
		}
		if !e.refuses(ctx, err) {
			return true, err
		}
		running, inspectErr := e.clearEndpoints(ctx, n)
		switch {
		case inspectErr != nil:
			return true, inspectErr
		case op.IfUnused && len(running) > 0:
			return true, nil
		case len(running) > 0:
			return false, fmt.Errorf("%w (its members are %s)", err, quoted(running))
		}
		return false, fmt.Errorf("%w, though no container runs in it: restart the engine, then apply again", err)
	})
}

// targetOf reports whether a container is the target in a consumer's own
// network: one that was made while the consumer was going.
func targetOf(n network.Summary, c inspected) bool {
	return n.Labels[labelKind] == string(topology.NetworkImplied) && n.Labels[labelTarget] != "" &&
		n.Labels[labelTarget] == c.Config.Labels[labelOwner]
}

// clearEndpoints takes out the endpoints that no running container stands
// behind, and those of the target in a network that goes with its consumer. It
// returns the names of the others.
func (e *Engine) clearEndpoints(ctx context.Context, n network.Summary) (running map[string]bool, err error) {
	now, err := call(ctx, e, e.ReadTimeout, fmt.Sprintf("inspect network %q", n.Name),
		func(ctx context.Context) (network.Inspect, error) {
			return e.client.NetworkInspect(ctx, n.ID, network.InspectOptions{})
		})
	if errdefs.IsNotFound(err) {
		return nil, nil
	}
	running = map[string]bool{}
	for id, endpoint := range now.Containers {
		c, err := e.inspect(ctx, id)
		switch {
		case err == nil && c.State.Running && !targetOf(n, c):
			running[endpoint.Name] = true
			continue
		case err != nil && !errdefs.IsNotFound(err):
			return nil, err
		}
		// An error here shows in the next attempt to remove the network.
		_ = e.do(ctx, e.ReadTimeout, "", func(ctx context.Context) error {
			return e.client.NetworkDisconnect(ctx, n.ID, endpoint.Name, true)
		})
	}
	return running, err
}
