package provider

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// claims holds what the resources of one run want that only one can have.
// Terraform shows a provider one resource at a time; this is what lets a plan
// fail for two of them. Nothing else may rest on it: an apply need not see
// what is unchanged. It is safe for concurrent use.
type claims struct {
	mu      sync.Mutex
	ports   map[topology.Address][]topology.Port
	writers map[string]map[topology.Address]bool // by volume id
	shared  map[string]bool                      // by volume id, as far as declared in this run
	created map[topology.Address]bool
}

func newClaims() *claims {
	return &claims{
		ports:   map[topology.Address][]topology.Port{},
		writers: map[string]map[topology.Address]bool{},
		shared:  map[string]bool{},
		created: map[topology.Address]bool{},
	}
}

// create claims that one resource creates an address.
func (c *claims) create(a topology.Address) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.created[a] {
		return &topology.FieldError{
			Address: a, Field: "name", Err: fmt.Errorf("two resources are named %s", a),
			Hint: "Give each its own name: it is what names the containers, networks and volumes.",
		}
	}
	c.created[a] = true
	return nil
}

// publish claims host ports. What is no port claims nothing.
func (c *claims) publish(a topology.Address, ports []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var wanted []topology.Port
	for _, spelled := range ports {
		if p, err := topology.ParsePort(spelled); err == nil {
			wanted = append(wanted, p)
		}
	}
	delete(c.ports, a)
	for _, other := range slices.SortedFunc(maps.Keys(c.ports), compareAddresses) {
		for _, held := range c.ports[other] {
			i := slices.IndexFunc(wanted, held.Clashes)
			if i < 0 {
				continue
			}
			return &topology.FieldError{
				Address: a, Field: "ports", Err: fmt.Errorf("%s is also published by %s, as %s", wanted[i], other, held),
			}
		}
	}
	c.ports[a] = wanted
	return nil
}

// declare tells whether a volume is shared.
func (c *claims) declare(id string, shared bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shared[id] = shared
}

// write claims to write to the volumes of mounts. Whether one that this run
// does not declare is shared is asked of isShared.
func (c *claims) write(a topology.Address, mounts map[string]topology.Mount, isShared func(id string) bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, writers := range c.writers {
		delete(writers, a)
	}
	for _, at := range slices.Sorted(maps.Keys(mounts)) {
		m := mounts[at]
		if m.Volume == "" || m.ReadOnly {
			continue
		}
		if err := c.alone(a, at, m.Volume, isShared); err != nil {
			return err
		}
		if c.writers[m.Volume] == nil {
			c.writers[m.Volume] = map[topology.Address]bool{}
		}
		c.writers[m.Volume][a] = true
	}
	return nil
}

func (c *claims) alone(a topology.Address, at, id string, isShared func(id string) bool) error {
	others := slices.SortedFunc(maps.Keys(c.writers[id]), compareAddresses)
	others = slices.DeleteFunc(others, func(other topology.Address) bool { return other == a })
	if len(others) == 0 {
		return nil
	}
	shared, declared := c.shared[id]
	if shared || !declared && isShared(id) {
		return nil
	}
	return &topology.FieldError{
		Address: a, Field: "mounts", Key: at,
		Err:  fmt.Errorf("volume %s is also written to by %s, and it is not shared", id, others[0]),
		Hint: "Set shared = true on the volume if its writers agree with each other, or read_only = true on a mount.",
	}
}

func compareAddresses(a, b topology.Address) int {
	switch {
	case a.Less(b):
		return -1
	case b.Less(a):
		return 1
	}
	return 0
}
