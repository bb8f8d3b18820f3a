// Package topology holds the nouns of Bayplan: apps, services, relationships
// and volumes, their addresses and names, what is wanted of them and what is
// live of them on an engine.
//
// It knows nothing of HCL, Terraform or an engine's API, does no input or
// output, and imports the standard library and go-version alone.
package topology

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Kind is the kind of thing that an address names.
type Kind string

// The four kinds that a configuration declares.
const (
	KindApp          Kind = "app"
	KindService      Kind = "service"
	KindRelationship Kind = "relationship"
	KindVolume       Kind = "volume"
)

// Address names one declared thing inside a scope: "app.shop", "service.db".
// The zero Address names nothing.
type Address struct {
	Kind Kind
	Name string
}

// String returns the address as people write it, or "" for the zero Address. A
// name that would be more than text where it is written is in quotes.
func (a Address) String() string {
	if a == (Address{}) {
		return ""
	}
	if strings.ContainsFunc(a.Name, func(c rune) bool { return c < ' ' || c >= 0x7f }) {
		return string(a.Kind) + "." + strconv.QuoteToASCII(a.Name)
	}
	return string(a.Kind) + "." + a.Name
}

// IsWorkload reports whether the address names something that has instances.
func (a Address) IsWorkload() bool { return a.Kind == KindApp || a.Kind == KindService }

// ParseAddress reads what Address.String writes.
func ParseAddress(s string) (Address, error) {
	kind, name, ok := strings.Cut(s, ".")
	switch k := Kind(kind); k {
	case KindApp, KindService, KindRelationship, KindVolume:
		if ok && ValidName(name) == nil {
			return Address{Kind: k, Name: name}, nil
		}
	}
	return Address{}, fmt.Errorf("%q is no address: want app.NAME, service.NAME, relationship.NAME or volume.NAME", s)
}

// MarshalText writes the address as String does.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (a *Address) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*a = Address{}
		return nil
	}
	*a, err = ParseAddress(string(text))
	return err
}

// Less orders addresses by kind, then by name.
func (a Address) Less(b Address) bool {
	if a.Kind != b.Kind {
		return a.Kind < b.Kind
	}
	return a.Name < b.Name
}

var dnsLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

// ValidName returns an error when name is not a DNS label (RFC 1123) of at
// most 40 characters: it becomes a part of host, container, network and volume names.
func ValidName(name string) error {
	if dnsLabel.MatchString(name) {
		return nil
	}
	return fmt.Errorf("%q is not a DNS label: use 1 to 40 lower-case letters, digits and hyphens, with a letter or digit at both ends", name)
}

// Scope is one environment of one project: what a plan looks at, and what
// keeps two topologies on one engine apart.
type Scope struct {
	Project     string
	Environment string
}

// Prefix starts the name of every engine object of the scope.
func (s Scope) Prefix() string { return s.Project + "-" + s.Environment + "-" }

// ID is the import identifier of an address: "<environment>/<name>".
func (s Scope) ID(a Address) string { return s.Environment + "/" + a.Name }

// InstanceName names instance n (from 1) of a generation (from 1) of a workload.
func (s Scope) InstanceName(a Address, generation, n int) string {
	return fmt.Sprintf("%s%s-%d-%d", s.Prefix(), a.Name, generation, n)
}

// HookName names the container that runs a hook of a workload for a generation.
func (s Scope) HookName(a Address, generation int, hook Hook) string {
	return fmt.Sprintf("%s%s-%d-%s", s.Prefix(), a.Name, generation, strings.ReplaceAll(string(hook), "_", "-"))
}

// VolumeName names a declared volume on the engine. Of one that was not made for
// the scope, and adopted, the name is that on the engine with "=" before it.
func (s Scope) VolumeName(name string) string {
	if adopted, ok := strings.CutPrefix(name, "="); ok {
		return adopted
	}
	return s.Prefix() + name
}

// AdoptedVolumeID is the identifier of a volume that was not made for the scope,
// by its name on the engine.
func (s Scope) AdoptedVolumeID(name string) string { return s.Environment + "/=" + name }

// DataVolumeName names the data volume that a service without a declared one
// gets. The dot keeps it apart from every declared volume.
func (s Scope) DataVolumeName(service string) string { return s.Prefix() + service + ".data" }

// Principal returns the name of the service that a managed data volume was
// made for, "" of any other volume.
func (s Scope) Principal(dataVolume string) string {
	name, ok := strings.CutPrefix(dataVolume, s.Prefix())
	if name, managed := strings.CutSuffix(name, ".data"); ok && managed {
		return name
	}
	return ""
}

// RelationshipNetwork names the network of a declared relationship.
func (s Scope) RelationshipNetwork(name string) string { return s.Prefix() + name }

// ImpliedNetwork names the network of one direct reference: that of the
// consumer under its own map key. Another target under the same key has
// another network, since whom a network leads to is fixed in its labels.
func (s Scope) ImpliedNetwork(consumer Address, key string, target Address) string {
	return s.Prefix() + consumer.String() + "." + key + "." + target.String()
}

// EgressNetwork names the network through which instances reach the outside
// and publish ports, without seeing each other. The dot keeps it apart from
// every declared relationship's.
func (s Scope) EgressNetwork() string { return s.Prefix() + "net.egress" }

// MarkerName names the marker volume of a generation of an address.
func (s Scope) MarkerName(a Address, generation int) string {
	return fmt.Sprintf("%s%s.marker.%d", s.Prefix(), a, generation)
}

// DataMarkerName names the marker volume of a generation of the data in a volume.
func (s Scope) DataMarkerName(volume string, generation int) string {
	return fmt.Sprintf("%s%s.written.%d", s.Prefix(), strings.TrimPrefix(volume, s.Prefix()), generation)
}

// Host is the name under which an address is reached by who has a relationship to it.
func (a Address) Host() string { return a.Name + ".internal" }
