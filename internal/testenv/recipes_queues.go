package testenv

import (
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/strslice"
	"github.com/docker/go-connections/nat"
)

var memcached = recipe{
	tag: "memcached:1.6", program: "memcached", major: "1.6.",
	packages: []string{"memcached"},
	files:    []string{"/usr/bin/memcached"},
	account:  account{name: "memcache", home: "/nonexistent", id: 11211},
	config: container.Config{
		Env:          []string{systemPath},
		User:         "memcache",
		ExposedPorts: nat.PortSet{"11211/tcp": {}},
		Entrypoint:   strslice.StrSlice{"docker-entrypoint.sh"},
		Cmd:          strslice.StrSlice{"memcached"},
	},
}

var rabbitmq = recipe{
	tag: "rabbitmq:3.10", program: "rabbitmq-server", major: "3.10.",
	packages: append([]string{
		"rabbitmq-server", "erlang-base", "erlang-asn1", "erlang-crypto", "erlang-eldap", "erlang-inets",
		"erlang-mnesia", "erlang-os-mon", "erlang-parsetools", "erlang-public-key", "erlang-runtime-tools",
		"erlang-ssl", "erlang-syntax-tools", "erlang-tools", "erlang-xmerl", "amqp-tools",
	}, stepDown...),
	files: []string{
		"/usr/lib/rabbitmq", "/usr/lib/erlang", "/usr/bin/erl", "/usr/bin/epmd", "/usr/bin/escript", "/bin/bash", "/usr/sbin/gosu",
		"/usr/bin/amqp-publish", "/usr/bin/amqp-get", "/usr/bin/amqp-declare-queue", // clients, for tests
	},
	account: account{name: "rabbitmq", home: "/var/lib/rabbitmq", id: 999},
	own:     []string{"/var/lib/rabbitmq", "/var/log/rabbitmq", "/etc/rabbitmq"},
	config: container.Config{
		Env: []string{
			"PATH=/usr/lib/rabbitmq/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			"RABBITMQ_DATA_DIR=/var/lib/rabbitmq", "HOME=/var/lib/rabbitmq", "RABBITMQ_LOGS=-", "LANG=C.UTF-8", "RUNNING_UNDER_SYSTEMD=true",
		},
		ExposedPorts: nat.PortSet{"4369/tcp": {}, "5671/tcp": {}, "5672/tcp": {}, "15691/tcp": {}, "15692/tcp": {}, "25672/tcp": {}},
		Volumes:      map[string]struct{}{"/var/lib/rabbitmq": {}},
		Entrypoint:   strslice.StrSlice{"docker-entrypoint.sh"},
		Cmd:          strslice.StrSlice{"rabbitmq-server"},
	},
}

var varnish = recipe{
	tag: "varnish:7.1", program: "varnish", major: "7.1.",
	packages: []string{"varnish", "tcc", "libc6-dev"},
	files: []string{
		"/usr/sbin/varnishd", "/usr/bin/varnishadm", "/usr/bin/varnishstat", "/usr/lib/*/varnish", "/usr/bin/tcc", "/usr/lib/*/tcc",
		"/usr/include/stdint.h", "/usr/include/features*.h", "/usr/include/stdc-predef.h", "/usr/include/*/bits", "/usr/include/*/gnu", "/usr/include/*/sys/cdefs.h",
	},
	account: account{name: "varnish", home: "/nonexistent", id: 1000},
	own:     []string{"/var/lib/varnish", "/var/lib/varnish/varnishd"},
	config: container.Config{
		Env:          []string{systemPath, "VARNISH_SIZE=100M", "VSM_NOPID=1"},
		User:         "varnish",
		WorkingDir:   "/etc/varnish",
		ExposedPorts: nat.PortSet{"80/tcp": {}, "8443/tcp": {}},
		Entrypoint:   strslice.StrSlice{"docker-varnish-entrypoint.sh"},
	},
}
