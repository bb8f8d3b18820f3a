package catalog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// What each type decides itself, with why, spelled as its server takes it; and
// what looks like it and is for a configuration to say.
func TestTypesDecide(t *testing.T) {
	const data, network, process = "where its volume is", "at port %d", "how it runs and as whom"
	types := map[string]struct {
		refused map[string]string
		taken   []string
	}{
		"caddy": {}, "nginx": {}, // which take no settings
		"varnish": {taken: []string{"default_ttl", "port"}},
		"postgresql": {
			map[string]string{
				"data_directory": data, "Data-Directory": data, "port": network, "PORT": network, "listen_addresses": network,
				"unix_socket_directories": network,
			},
			[]string{"data_checksums", "port_", "log_directory", "data"},
		},
		"mariadb": {
			map[string]string{
				"datadir": data, "datad": data, "loose_datadir": data, "innodb_data_home_dir": data, "innodb-undo-directory": data,
				"innodb_log_group_home_dir": data, "aria_log_dir_path": data, "port": network, "bind_address": network, "bind": network,
				"skip_networking": network, "socket": network, "user": process,
			},
			[]string{"innodb", "skip-name-resolve", "max-connections", "DATADIR", "port-open-timeout", "tmpdir"},
		},
		"mysql": {
			map[string]string{
				"datadir": data, "datad": data, "loose-datadir": data, "innodb_data_home_dir": data, "innodb_undo_directory": data,
				"innodb-log-group-home-dir": data, "port": network, "bind-address": network, "skip_networking": network,
				"socket": network, "user": process,
			},
			[]string{"innodb", "skip-name-resolve", "max-connections", "mysqlx-port"},
		},
		"mongodb": {
			map[string]string{
				"dbpath": data, "port": network, "bind_ip": network, "bind_ip_all": network, "configsvr": network, "shardsvr": network,
				"fork": process,
			},
			[]string{"wiredTigerCacheSizeGB", "dbPath", "db"},
		},
		"redis": {
			map[string]string{"dir": data, "DIR": data, "port": network, "bind": network, "daemonize": process},
			[]string{"maxmemory", "di", "tcp-backlog", "dbfilename"},
		},
		"valkey": {
			map[string]string{"dir": data, "Dir": data, "port": network, "bind": network, "daemonize": process},
			[]string{"maxmemory", "di", "tcp-backlog"},
		},
		"memcached": {
			map[string]string{"port": network, "por": network, "listen": network, "unix-socket": network, "user": process, "daemon": process},
			[]string{"memory-limit", "PORT", "unix-mask"},
		},
		"rabbitmq": {
			map[string]string{"data_dir": data, "tcp_listeners": network, "default_user": process, "default_pass": process},
			[]string{"heartbeat", "channel_max"},
		},
		"elasticsearch": {
			map[string]string{
				"path.data": data, "ES_SETTING_PATH_DATA": data, "http.port": network, "ES_SETTING_HTTP_BIND__HOST": network,
				"network.host": network, "xpack.security.http.ssl.enabled": network, "ELASTIC_PASSWORD": process,
			},
			[]string{"cluster.name", "path.repo", "PATH.DATA", "ES_JAVA_OPTS"},
		},
		"opensearch": {
			map[string]string{"path.data": data, "http.port": network, "network.host": network},
			[]string{"cluster.name", "path.repo", "discovery.type"},
		},
		"kafka": {
			map[string]string{
				"log.dirs": data, "LOG_DIRS": data, "log-dirs": data, "log.dir": data, "metadata.log.dir": data, "listeners": network,
				"Advertised.Listeners": network, "controller.quorum.voters": network, "node.id": process, "process_roles": process,
			},
			[]string{"log.retention.hours", "log", "offsets.topic.replication.factor"},
		},
		"zookeeper": {
			map[string]string{
				"dataDir": data, "dataLogDir": data, "clientPort": network, "clientPortAddress": network, "admin.serverPort": network,
				"admin.enableServer": network,
			},
			[]string{"tickTime", "datadir"},
		},
	}
	for _, name := range catalog.Names() {
		tt, ok := types[name]
		if !ok {
			t.Errorf("nobody says what %s decides itself", name)
		}
		for setting, why := range tt.refused {
			kind, _, _ := catalog.Lookup(name + ":1")
			if why == network {
				why = fmt.Sprintf(network, kind.Port)
			}
			errs := configured(name, setting)
			if len(errs) != 1 || errs[0].Field != "configuration" || errs[0].Key != setting || errs[0].Hint == "" ||
				!strings.HasPrefix(errs[0].Err.Error(), name+" decides ") || !strings.Contains(errs[0].Err.Error(), why) {
				t.Errorf("%s: %s: %v; want one that says %q", name, setting, errs, why)
			}
		}
		for _, setting := range slices.Sorted(slices.Values(tt.taken)) {
			if errs := configured(name, setting); len(errs) > 0 {
				t.Errorf("%s: %v", name, errs[0])
			}
		}
	}
}

func configured(name, setting string) []*topology.FieldError {
	_, errs := catalog.Complete(scope, db, topology.Workload{Name: "db", Type: name + ":1", Configuration: map[string]string{setting: "x"}})
	return errs
}
