// Package catalog holds the types of services as data: image, endpoint, health
// check, data path, what must be writable and which credentials the official
// image takes. It does nothing with them but look up and fill in.
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
	User       string   // whom the image's process runs as; "" leaves it to the image
	Data       string   // where its data is, "" when it has none
	Writable   []Tmpfs  // what else it writes to, under a read-only root
	CapAdd     []string // the capabilities it cannot do without
	Health     []string // test command, as the engine takes it
	Username   string   // "" when the type knows no users
	Database   string
	// Env is what the official image is told; the placeholders {username},
	// {database}, {password} and {root-password} stand for the derived values.
	Env map[string]string
}

// Tmpfs is a writable path with its owner.
type Tmpfs struct {
	Path     string
	UID, GID int
}

// types is the catalog. User ids are those of the official images.
var types = map[string]Type{
	"postgresql": {
		Repository: "postgres", Port: 5432, Scheme: "postgresql", User: "postgres",
		Data:     "/var/lib/postgresql/data",
		Writable: []Tmpfs{{Path: "/tmp"}, {Path: "/var/run/postgresql", UID: 999, GID: 999}},
		// Over TCP: while the image prepares the data directory its server listens on the socket alone.
		Health:   []string{"CMD-SHELL", `pg_isready -q -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"`},
		Username: "main", Database: "main",
		Env: map[string]string{"POSTGRES_USER": "{username}", "POSTGRES_PASSWORD": "{password}", "POSTGRES_DB": "{database}"},
	},
	"mariadb": {
		Repository: "mariadb", Port: 3306, Scheme: "mysql", User: "mysql",
		Data:     "/var/lib/mysql",
		Writable: []Tmpfs{{Path: "/tmp"}, {Path: "/run/mysqld", UID: 999, GID: 999}},
		Health:   []string{"CMD", "healthcheck.sh", "--connect", "--innodb_initialized"},
		Username: "main", Database: "main",
		Env: map[string]string{
			"MARIADB_USER": "{username}", "MARIADB_PASSWORD": "{password}", "MARIADB_DATABASE": "{database}",
			"MARIADB_ROOT_PASSWORD": "{root-password}",
		},
	},
	"redis": {
		Repository: "redis", Port: 6379, Scheme: "redis", User: "redis",
		Data:   "/data",
		Health: []string{"CMD", "redis-cli", "-h", "127.0.0.1", "ping"},
	},
	"nginx": {
		Repository: "nginx", Port: 80, Scheme: "http",
		Writable: []Tmpfs{{Path: "/var/cache/nginx"}, {Path: "/run"}, {Path: "/tmp"}},
		CapAdd:   []string{"CHOWN", "SETGID", "SETUID"}, // its workers step down from root
		Health:   []string{"CMD-SHELL", "curl -fso /dev/null http://127.0.0.1/ || wget -qO /dev/null http://127.0.0.1/"},
	},
	"caddy": {
		Repository: "caddy", Port: 80, Scheme: "http",
		Data:     "/data",
		Writable: []Tmpfs{{Path: "/config"}, {Path: "/tmp"}},
		CapAdd:   []string{"NET_BIND_SERVICE"}, // the binary carries it as a file capability
		Health:   []string{"CMD", "wget", "-qO", "/dev/null", "http://127.0.0.1:2019/config/"},
	},
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
