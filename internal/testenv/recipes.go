package testenv

import (
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/strslice"
	"github.com/docker/go-connections/nat"
)

const systemPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

var busybox = recipe{
	tag: "busybox:stable", program: "busybox-static", major: "1.",
	config: container.Config{Env: []string{systemPath}, Cmd: strslice.StrSlice{"sh"}},
}

var caddy = recipe{
	tag: "caddy:2", program: "caddy", major: "2.",
	packages: []string{"caddy"},
	files:    []string{"/usr/bin/caddy", "/usr/share/caddy"},
	dirs:     []string{"/config/caddy", "/data/caddy", "/srv"},
	config: container.Config{
		Env:          []string{systemPath, "XDG_CONFIG_HOME=/config", "XDG_DATA_HOME=/data"},
		ExposedPorts: nat.PortSet{"80/tcp": {}, "443/tcp": {}, "443/udp": {}, "2019/tcp": {}},
		WorkingDir:   "/srv",
		Cmd: strslice.StrSlice{
			"caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile",
		},
	},
}

var mariadb = recipe{
	tag: "mariadb:10.11", program: "mariadb-server-core", major: "10.11.",
	packages: append([]string{
		"mariadb-server", "mariadb-server-core", "mariadb-client", "mariadb-client-core", "tzdata",
	}, stepDown...),
	files: []string{
		"/usr/sbin/mariadbd", "/usr/sbin/mysqld", "/usr/bin/mariadb", "/usr/bin/mariadb-admin",
		"/usr/bin/mariadb-check", "/usr/bin/mariadb-dump", "/usr/bin/mariadb-upgrade",
		"/usr/bin/mysql", "/usr/bin/mysqladmin", "/usr/bin/mysqldump",
		"/usr/bin/mariadb-install-db", "/usr/bin/my_print_defaults", "/usr/bin/resolveip",
		"/usr/share/mysql", "/usr/lib/mysql/plugin", "/usr/share/zoneinfo", "/bin/bash", "/usr/sbin/gosu",
	},
	without: []string{"/usr/share/mysql/mini-benchmark", "/usr/share/zoneinfo/right"},
	account: account{name: "mysql", home: "/var/lib/mysql", id: 999},
	own:     []string{"/var/lib/mysql", "/run/mysqld"},
	dirs:    []string{"/docker-entrypoint-initdb.d", "/etc/mysql/conf.d", "/etc/mysql/mariadb.conf.d"},
	config: container.Config{
		Env:          []string{systemPath, "LANG=C.UTF-8"},
		ExposedPorts: nat.PortSet{"3306/tcp": {}},
		Volumes:      map[string]struct{}{"/var/lib/mysql": {}},
		Entrypoint:   strslice.StrSlice{"docker-entrypoint.sh"},
		Cmd:          strslice.StrSlice{"mariadbd"},
	},
}

var nginx = recipe{
	tag: "nginx:1", program: "nginx", major: "1.",
	packages: []string{"nginx", "nginx-common", "gettext-base"},
	files: []string{
		"/usr/sbin/nginx", "/usr/bin/envsubst", "/usr/share/nginx/html",
		"/etc/nginx/mime.types", "/etc/nginx/*_params", "/etc/nginx/fastcgi.conf",
	},
	account: account{name: "nginx", home: "/nonexistent", id: 101},
	own:     []string{"/var/cache/nginx"},
	dirs:    []string{"/docker-entrypoint.d"},
	links: map[string]string{
		"/var/log/nginx/access.log": "/dev/stdout",
		"/var/log/nginx/error.log":  "/dev/stderr",
	},
	config: container.Config{
		Env:          []string{systemPath},
		ExposedPorts: nat.PortSet{"80/tcp": {}},
		StopSignal:   "SIGQUIT",
		Entrypoint:   strslice.StrSlice{"/docker-entrypoint.sh"},
		Cmd:          strslice.StrSlice{"nginx", "-g", "daemon off;"},
	},
}

var postgres = recipe{
	tag: "postgres:15", program: "postgresql-15", major: "15.",
	packages: append([]string{"postgresql-15", "postgresql-client-15", "libc-bin", "tzdata"}, stepDown...),
	files: []string{
		"/usr/lib/postgresql/15", "/usr/share/postgresql/15", "/usr/share/zoneinfo",
		"/usr/lib/locale/C.utf8", "/usr/bin/locale", "/bin/bash", "/usr/sbin/gosu",
	},
	without: []string{
		// Compilation of queries is optional, and larger than the rest together.
		"/usr/lib/postgresql/15/lib/llvmjit*", "/usr/lib/postgresql/15/lib/bitcode",
		"/usr/lib/postgresql/15/lib/pgxs", "/usr/share/postgresql/15/man", "/usr/share/zoneinfo/right",
	},
	account: account{name: "postgres", home: "/var/lib/postgresql", id: 999},
	own:     []string{"/var/lib/postgresql", "/var/lib/postgresql/data", "/run/postgresql"},
	dirs:    []string{"/docker-entrypoint-initdb.d"},
	edit: map[string]func(string) string{
		"/usr/share/postgresql/15/postgresql.conf.sample": listenEverywhere,
	},
	config: container.Config{
		Env: []string{
			systemPath + ":/usr/lib/postgresql/15/bin", "LANG=C.UTF-8",
			"PG_MAJOR=15", "PGDATA=/var/lib/postgresql/data",
		},
		ExposedPorts: nat.PortSet{"5432/tcp": {}},
		Volumes:      map[string]struct{}{"/var/lib/postgresql/data": {}},
		StopSignal:   "SIGINT",
		Entrypoint:   strslice.StrSlice{"docker-entrypoint.sh"},
		Cmd:          strslice.StrSlice{"postgres"},
	},
}

// listenEverywhere is the official image's one change to the configuration that
// initdb starts from.
func listenEverywhere(sample string) string {
	return strings.Replace(sample, "#listen_addresses = 'localhost'", "listen_addresses = '*'", 1)
}

var redis = recipe{
	tag: "redis:7", program: "redis-server", major: "7.",
	packages: append([]string{"redis-server", "redis-tools", "tzdata"}, stepDown...),
	files: []string{
		"/usr/bin/redis-server", "/usr/bin/redis-cli", "/usr/bin/redis-benchmark",
		"/usr/bin/redis-check-aof", "/usr/bin/redis-check-rdb", "/bin/bash", "/usr/sbin/gosu",
	},
	account: account{name: "redis", home: "/data", id: 999},
	own:     []string{"/data"},
	config: container.Config{
		Env:          []string{systemPath},
		ExposedPorts: nat.PortSet{"6379/tcp": {}},
		Volumes:      map[string]struct{}{"/data": {}},
		WorkingDir:   "/data",
		Entrypoint:   strslice.StrSlice{"docker-entrypoint.sh"},
		Cmd:          strslice.StrSlice{"redis-server"},
	},
}
