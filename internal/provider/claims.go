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
	kept    map[topology.Address]bool             // what is there and keeps its name
	renamed map[topology.Address]topology.Address // what is renamed: the address of old

	workloads map[string]topology.Address // by name
}

func newClaims() *claims {
	return &claims{
		ports:   map[topology.Address][]topology.Port{},
		writers: map[string]map[topology.Address]bool{},
		shared:  map[string]bool{},
		created: map[topology.Address]bool{},
		kept:    map[topology.Address]bool{},
		renamed: map[topology.Address]topology.Address{},

		workloads: map[string]topology.Address{},
	}
}

// name claims the name of an address, which is that of its host, instances and
// volume. Of two resources with the same address a second creation is refused:
// it is all that tells them apart.
func (c *claims) name(a topology.Address, create bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, renamed := c.renamed[a]
	if err := c.only(a, renamed || create && c.created[a]); err != nil {
		return err
	}
	c.created[a] = c.created[a] || create
	c.kept[a] = c.kept[a] || !create
	return nil
}

// rename claims the name of an address for what was at another. Nobody else
// may come to have it, nor keep it.
func (c *claims) rename(before, a topology.Address) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	other, renamed := c.renamed[a]
	if err := c.only(a, c.created[a] || c.kept[a] || renamed && other != before); err != nil {
		return err
	}
	c.renamed[a] = before
	return nil
}

// settle takes note that what was at one address is now at another: it keeps
// its name from then on.
func (c *claims) settle(before, a topology.Address) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.renamed, a)
	delete(c.created, before)
	delete(c.kept, before)
	if c.workloads[before.Name] == before {
		delete(c.workloads, before.Name)
	}
}

// only refuses an address that is taken, or whose name another kind has.
func (c *claims) only(a topology.Address, taken bool) error {
	var err error
	other, named := c.workloads[a.Name]
	switch {
	case a.IsWorkload() && named && other != a:
		err = fmt.Errorf("%s has the same name", other)
	case taken:
		err = fmt.Errorf("another resource is %s too", a)
	}
	if err != nil {
		return &topology.FieldError{
			Address: a, Field: "name", Err: err,
			Hint: "Give each its own name: it is what names hosts, containers and volumes.",
		}
	}
	if a.IsWorkload() {
		c.workloads[a.Name] = a
	}
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
	if len(wanted) == 0 {
		return nil
	}
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
func (c *claims) write(a topology.Address, mounts map[string]topology.Mount, isShared func(id string) (bool, error)) error {
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

// replicate refuses several replicas that would write to a volume which is not shared.
func (c *claims) replicate(a topology.Address, w topology.Workload, isShared func(id string) (bool, error)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, at := range slices.Sorted(maps.Keys(w.Mounts)) {
		m := w.Mounts[at]
		if w.Replicas < 2 || m.Volume == "" || m.ReadOnly {
			continue
		}
		shared, err := c.isShared(m.Volume, isShared)
		if err != nil {
			return err
		}
		if shared {
			continue
		}
		return &topology.FieldError{
			Address: a, Field: "mounts", Key: at,
			Err:  fmt.Errorf("%d replicas would write to volume %s, and it is not shared", w.Replicas, m.Volume),
			Hint: "Set shared = true on the volume if its writers agree with each other, or read_only = true on the mount.",
		}
	}
	return nil
}

func (c *claims) isShared(id string, otherwise func(id string) (bool, error)) (bool, error) {
	if shared, declared := c.shared[id]; declared {
		return shared, nil
	}
	return otherwise(id)
}

func (c *claims) alone(a topology.Address, at, id string, isShared func(id string) (bool, error)) error {
	others := slices.SortedFunc(maps.Keys(c.writers[id]), compareAddresses)
	others = slices.DeleteFunc(others, func(other topology.Address) bool { return other == a })
	if len(others) == 0 {
		return nil
	}
	if shared, err := c.isShared(id, isShared); shared || err != nil {
		return err
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
