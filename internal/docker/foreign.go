package docker

import (
	"context"
	"net/netip"
	"strings"

	"github.com/docker/docker/api/types/filters"
	"golang.org/x/sync/errgroup"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// ObserveForeign reads the names of what is on the engine and not of the
// scope, and the ports that other running containers publish.
func (e *Engine) ObserveForeign(ctx context.Context, scope topology.Scope) (topology.Foreign, error) {
	foreign := topology.Foreign{
		Containers: map[string]bool{}, Networks: map[string]bool{},
		Volumes: map[string]bool{}, Ports: map[topology.Port]string{},
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		found, err := e.listContainers(ctx, filters.NewArgs())
		for _, c := range found {
			if !isOurs(c.Labels, scope) {
				addForeign(foreign, c)
			}
		}
		return err
	})
	group.Go(func() error {
		found, err := e.listNetworks(ctx, filters.NewArgs())
		for _, n := range found {
			if !isOurs(n.Labels, scope) {
				foreign.Networks[n.Name] = true
			}
		}
		return err
	})
	group.Go(func() error {
		found, err := e.listVolumes(ctx, filters.NewArgs())
		for _, v := range found {
			if !isOurs(v.Labels, scope) {
				foreign.Volumes[v.Name] = true
			}
		}
		return err
	})
	if err := group.Wait(); err != nil {
		return topology.Foreign{}, err
	}
	return foreign, nil
}

// addForeign records the names and published ports of a container.
func addForeign(foreign topology.Foreign, c listed) {
	name := c.ID
	for _, n := range c.Names {
		n = strings.TrimPrefix(n, "/")
		if !strings.Contains(n, "/") { // links of other containers have paths
			name = n
			foreign.Containers[n] = true
		}
	}
	for _, p := range c.Ports {
		address, err := netip.ParseAddr(p.IP)
		if err != nil || p.PublicPort == 0 {
			continue
		}
		port := topology.Port{Address: address, Host: p.PublicPort, Container: p.PrivatePort, Protocol: p.Type}
		foreign.Ports[port] = name
	}
}
