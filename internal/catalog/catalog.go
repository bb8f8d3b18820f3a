// Package catalog holds the types of services as data: image, endpoints, health
// check, data path, what must be writable, which credentials the official image
// takes and how it takes settings. It does nothing with them but look up and
// fill in.
package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Type is one type of service, as its official image is used.
type Type struct {
	Name       string
	Repository string // of the official image
	Port       int64
	Scheme     string
	Endpoints  map[string]topology.Endpoint // what it listens on beside Port
	User       string                       // whom the image's process runs as; "" leaves it to the image
	Data       string                       // where its data is, "" when it has none
	Format     int                          // how many numbers of a version tell the format of the data; 0 when it has none of its own
	Dumps      bool                         // another format is not read, but has to be written out and read in
	Writable   []Tmpfs                      // what else it writes to, under a read-only root
	Scratch    []string                     // likewise, where it needs what the image has there
	CapAdd     []string                     // the capabilities it cannot do without
	Health     topology.Healthcheck         // its way and, where the usual one is too short, its start period
	Username   string                       // "" when the type knows no users
	Database   string
	// Env is what the official image is told; the placeholders {username},
	// {database}, {password} and {root-password} stand for the derived values,
	// {host} for the name by which others reach the service.
	Env map[string]string

	rotation *rotation // how its user gets another password; nil when that cannot be told it
	settings *taker    // how it takes its configuration; nil when it takes none
	decides  decided   // what it takes no configuration for
}

// Tmpfs is a writable path with its owner.
type Tmpfs struct {
	Path     string
	UID, GID int
	Exec     bool // programs and libraries are run from it
}

// Names returns the names of all types, sorted.
func Names() []string { return slices.Sorted(maps.Keys(types)) }

// Lookup returns the type that "name:version" names, and the version.
func Lookup(spelled string) (Type, string, error) {
	name, version, ok := strings.Cut(spelled, ":")
	t, known := types[name]
	if !known {
		return Type{}, "", fmt.Errorf("there is no type %q; there are %s", name, strings.Join(Names(), ", "))
	}
	if !ok || version == "" {
		return Type{}, "", fmt.Errorf("%q has no version: want %s:VERSION", spelled, name)
	}
	t.Name = name
	if major := numbers(version); name == "postgresql" && (len(major) == 0 || major[0] >= 18) {
		t.Data = "/var/lib/postgresql" // from 18 on the image keeps each major version in a directory of its own
	}
	return t, version, nil
}

// of returns the type of a workload, or the zero Type when it has none or a wrong one.
func of(w topology.Workload) Type {
	if w.Type == "" {
		return Type{}
	}
	t, _, _ := Lookup(w.Type)
	return t
}
