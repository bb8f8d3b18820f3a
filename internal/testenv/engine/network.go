package engine

import (
	"cmp"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	api "github.com/docker/docker/api/types/network"
)

// network is a network as it was created.
type network struct{ api.Inspect }

// subnets returns those that were asked for.
func (n *network) subnets() []netip.Prefix {
	var out []netip.Prefix
	for _, config := range n.IPAM.Config {
		if subnet, err := netip.ParsePrefix(config.Subnet); err == nil {
			out = append(out, subnet)
		}
	}
	return out
}

func (e *Engine) addNetwork(name string) *network {
	n := &network{api.Inspect{
		ID: e.newID(), Name: name, Created: time.Now(), Scope: "local", Driver: "bridge",
		Containers: map[string]api.EndpointResource{}, Labels: map[string]string{}, Options: map[string]string{},
	}}
	e.networks[n.ID] = n
	return n
}

// network finds a network by id, by name or by the beginning of its id.
func (e *Engine) network(idOrName string) (*network, error) {
	if n := e.networks[idOrName]; n != nil {
		return n, nil
	}
	var named, begun []*network
	for _, n := range e.networks {
		switch {
		case n.Name == idOrName:
			named = append(named, n)
		case strings.HasPrefix(n.ID, idOrName):
			begun = append(begun, n)
		}
	}
	for _, some := range [][]*network{named, begun} {
		switch {
		case len(some) == 1:
			return some[0], nil
		case len(some) > 1:
			return nil, refused(http.StatusBadRequest, "network %s is ambiguous (%d matches found on name)", idOrName, len(some))
		}
	}
	return nil, missing("network %s not found", idOrName)
}

func (e *Engine) listNetworks(r request) (answer, error) {
	f, err := r.filters("label", "name", "id")
	if err != nil {
		return answer{}, err
	}
	out := []api.Summary{}
	for _, n := range e.networks {
		if matches(n.Labels, f.Get("label")) && contains(f.Get("name"), n.Name) && contains(f.Get("id"), n.ID) {
			out = append(out, n.Inspect)
		}
	}
	slices.SortFunc(out, func(a, b api.Summary) int { return cmp.Compare(a.Name+a.ID, b.Name+b.ID) })
	return found(out), nil
}

// contains reports whether a text has any of the parts in it, or there are none.
func contains(parts []string, text string) bool {
	return len(parts) == 0 || slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// createNetwork refuses a subnet that is taken, and no name.
func (e *Engine) createNetwork(r request) (answer, error) {
	var options api.CreateRequest
	if err := r.into(&options); err != nil {
		return answer{}, err
	}
	asked := network{api.Inspect{IPAM: *cmp.Or(options.IPAM, &api.IPAM{})}}
	for _, subnet := range asked.subnets() {
		for _, n := range e.networks {
			if slices.ContainsFunc(n.subnets(), subnet.Overlaps) {
				return answer{}, refused(http.StatusForbidden, "Pool overlaps with other one on this address space")
			}
		}
	}
	n := e.addNetwork(options.Name)
	n.Driver, n.Internal, n.IPAM = cmp.Or(options.Driver, n.Driver), options.Internal, asked.IPAM
	n.Labels, n.Options = options.Labels, options.Options
	return made(api.CreateResponse{ID: n.ID}), nil
}

// inspectNetwork tells of the members that run, and of no others.
func (e *Engine) inspectNetwork(r request) (answer, error) {
	n, err := e.network(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	shown := n.Inspect
	shown.Containers = map[string]api.EndpointResource{}
	for _, c := range e.running(n) {
		shown.Containers[c.id] = api.EndpointResource{Name: c.name, EndpointID: c.id}
	}
	return found(shown), nil
}

// running returns the containers that run in a network.
func (e *Engine) running(n *network) []*container {
	var out []*container
	for _, c := range e.containers {
		if _, in := c.endpoints[n.ID]; in && c.hasProcess() {
			out = append(out, c)
		}
	}
	return out
}

func (e *Engine) removeNetwork(r request) (answer, error) {
	n, err := e.network(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	if len(e.running(n)) > 0 {
		return answer{}, refused(http.StatusForbidden, "error while removing network: network %s id %s has active endpoints", n.Name, n.ID)
	}
	delete(e.networks, n.ID)
	return done, nil
}

// ends returns the container and the network that a request is about. For one that
// does not run the network may be missing, as its start finds.
func (e *Engine) ends(r request, name string) (*container, *network, error) {
	c, err := e.container(name)
	if err != nil {
		return nil, nil, err
	}
	n, err := e.network(r.PathValue("id"))
	if err != nil && !c.hasProcess() {
		return c, &network{api.Inspect{ID: r.PathValue("id"), Name: r.PathValue("id")}}, nil
	}
	return c, n, err
}

func (e *Engine) connectNetwork(r request) (answer, error) {
	var options api.ConnectOptions
	if err := r.into(&options); err != nil {
		return answer{}, err
	}
	c, n, err := e.ends(r, options.Container)
	if err != nil {
		return answer{}, err
	}
	for id := range c.endpoints {
		other := e.networks[id]
		switch {
		case other == n && c.hasProcess():
			return answer{}, refused(http.StatusForbidden, "endpoint with name %s already exists in network %s", c.name, n.Name)
		case other != nil && other.Name == "none" && other != n:
			return answer{}, refused(http.StatusBadRequest, "container cannot be connected to multiple networks with one of the networks in private (none) mode")
		}
	}
	c.join(n, options.EndpointConfig)
	return found(nil), nil
}

func (e *Engine) disconnectNetwork(r request) (answer, error) {
	var options api.DisconnectOptions
	if err := r.into(&options); err != nil {
		return answer{}, err
	}
	c, n, err := e.ends(r, options.Container)
	if err != nil {
		return answer{}, err
	}
	if _, in := c.endpoints[n.ID]; !in {
		return answer{}, refused(http.StatusInternalServerError, "container %s is not connected to the network %s", c.id, n.Name)
	}
	delete(c.endpoints, n.ID)
	return found(nil), nil
}
