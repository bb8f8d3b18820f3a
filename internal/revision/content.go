package revision

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Content is what may be secret of a revision: the whole topology that was
// wanted, as it was resolved.
type Content struct {
	Topology topology.Topology
	// Follows says which addresses others come after though the topology does not say so.
	Follows map[topology.Address][]topology.Address `json:",omitempty"`
	// Written are the fields that the configuration has.
	Written map[topology.Address][]string `json:",omitempty"`
	// Hidden are the fields, such as env["TOKEN"], whose values are not to be shown.
	Hidden map[topology.Address][]string `json:",omitempty"`
}

const sealedContent = "revision"

// Seal sets what is sealed of a revision.
func (b *Begun) Seal(key topology.Key, c Content) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	b.KeyID = key.ID()
	b.Sealed, err = Seal(key, sealedContent, packed.Bytes(), b.beside(c.Topology.Scope))
	return err
}

// Open returns what is sealed of a revision of a scope.
func (b Begun) Open(key topology.Key, scope topology.Scope) (Content, error) {
	c := NewContent(scope)
	packed, err := Unseal(key, sealedContent, b.Sealed, b.beside(scope))
	if err != nil {
		return c, fmt.Errorf("revision %d: %w", b.Number, err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return c, fmt.Errorf("revision %d: %w", b.Number, err)
	}
	text, err := io.ReadAll(r)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		return c, fmt.Errorf("revision %d: %w", b.Number, err)
	}
	return c, nil
}

// beside is what the sealed content is bound to: its place in the ledger.
func (b Begun) beside(scope topology.Scope) []byte {
	return fmt.Appendf(nil, "%s %s %d %s", scope.Project, scope.Environment, b.Number, b.ID)
}

// NewContent returns the content of a scope that has nothing.
func NewContent(scope topology.Scope) Content {
	return Content{
		Topology: topology.Topology{
			Scope:         scope,
			Workloads:     map[topology.Address]topology.Workload{},
			Relationships: map[topology.Address]topology.Relationship{},
			Volumes:       map[topology.Address]topology.Volume{},
		},
		Follows: map[topology.Address][]topology.Address{},
		Written: map[topology.Address][]string{},
		Hidden:  map[topology.Address][]string{},
	}
}

// Take makes what is wanted of an address, or that nothing is, what another
// content has of it.
func (c Content) Take(a topology.Address, from Content) {
	take(c.Topology.Workloads, from.Topology.Workloads, a)
	take(c.Topology.Relationships, from.Topology.Relationships, a)
	take(c.Topology.Volumes, from.Topology.Volumes, a)
	take(c.Follows, from.Follows, a)
	take(c.Written, from.Written, a)
	take(c.Hidden, from.Hidden, a)
}

func take[T any](into, from map[topology.Address]T, a topology.Address) {
	delete(into, a)
	if v, ok := from[a]; ok {
		into[a] = v
	}
}
