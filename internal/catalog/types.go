package catalog

import (
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// types is the catalog. User ids are those of the official images.
var types = map[string]Type{
	"postgresql": {
		Repository: "postgres", Port: 5432, Scheme: "postgresql", User: "postgres",
		Data: "/var/lib/postgresql/data", Format: 1, Dumps: true,
		Writable: []Tmpfs{{Path: "/tmp"}, {Path: "/var/run/postgresql", UID: 999, GID: 999}},
		// Over TCP: while the image prepares the data directory its server listens on the socket alone.
		Health:   test("CMD-SHELL", `pg_isready -q -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"`),
		Username: "main", Database: "main",
		Env: map[string]string{"POSTGRES_USER": "{username}", "POSTGRES_PASSWORD": "{password}", "POSTGRES_DB": "{database}"},
		rotation: &rotation{
			command: []string{"psql", "-qX", "-v", "ON_ERROR_STOP=1", "-U", "{username}", "-d", "{database}"},
			input:   `ALTER ROLE "{username}" PASSWORD '{password}';`,
		},
		settings: arguments("-c", "{name}={value}"),
		decides: decided{
			data: []string{"data_directory"}, network: []string{"listen_addresses", "port", "unix_socket_directories"},
			same: sameParameter,
		},
	},
	"mariadb": {
		Repository: "mariadb", Port: 3306, Scheme: "mysql", User: "mysql",
		Data: "/var/lib/mysql", Format: 2,
		Writable: []Tmpfs{{Path: "/tmp"}, {Path: "/run/mysqld", UID: 999, GID: 999}},
		Health:   test("CMD", "healthcheck.sh", "--connect", "--innodb_initialized"),
		Username: "main", Database: "main",
		Env: map[string]string{
			"MARIADB_USER": "{username}", "MARIADB_PASSWORD": "{password}", "MARIADB_DATABASE": "{database}",
			"MARIADB_ROOT_PASSWORD": "{root-password}", "MARIADB_AUTO_UPGRADE": "1",
		},
		rotation: &rotation{
			command: []string{"sh", "-c", `MYSQL_PWD="$MARIADB_ROOT_PASSWORD" exec mariadb -u root`},
			input:   "ALTER USER '{username}'@'%' IDENTIFIED BY '{password}';",
		},
		settings: options,
		decides: decided{
			data:    []string{"aria-log-dir-path", "datadir", "innodb-data-home-dir", "innodb-log-group-home-dir", "innodb-undo-directory"},
			network: []string{"bind", "bind-address", "port", "skip-networking", "socket"}, process: []string{"user"},
			same: sameOption, shortened: true,
		},
	},
	"mysql": {
		Repository: "mysql", Port: 3306, Scheme: "mysql", User: "mysql",
		Data: "/var/lib/mysql", Format: 2,
		Writable: []Tmpfs{{Path: "/tmp"}, {Path: "/var/run/mysqld", UID: 999, GID: 999}},
		// Over TCP: the server that prepares the data directory has no network. A server that refuses the user is one too.
		Health:   test("CMD", "mysqladmin", "ping", "-h", "127.0.0.1"),
		Username: "main", Database: "main",
		Env: map[string]string{
			"MYSQL_USER": "{username}", "MYSQL_PASSWORD": "{password}", "MYSQL_DATABASE": "{database}",
			"MYSQL_ROOT_PASSWORD": "{root-password}",
		},
		rotation: &rotation{
			command: []string{"sh", "-c", `MYSQL_PWD="$MYSQL_ROOT_PASSWORD" exec mysql -u root`},
			input:   "ALTER USER '{username}'@'%' IDENTIFIED BY '{password}';",
		},
		settings: options,
		decides: decided{
			data:    []string{"datadir", "innodb-data-home-dir", "innodb-log-group-home-dir", "innodb-undo-directory"},
			network: []string{"bind", "bind-address", "port", "skip-networking", "socket"}, process: []string{"user"},
			same: sameOption, shortened: true,
		},
	},
	"mongodb": {
		Repository: "mongo", Port: 27017, Scheme: "mongodb", User: "mongodb",
		Data: "/data/db", Format: 2,
		Writable: []Tmpfs{{Path: "/tmp"}, {Path: "/data/configdb", UID: 999, GID: 999}},
		// By its own name: the server that prepares the data directory listens on the loopback address.
		Health:   test("CMD", "bash", "-c", `exec 3<>"/dev/tcp/$HOSTNAME/27017"`),
		Username: "main", // of the database admin, which is where clients look when none is named
		Env:      map[string]string{"MONGO_INITDB_ROOT_USERNAME": "{username}", "MONGO_INITDB_ROOT_PASSWORD": "{password}"},
		settings: options,
		decides: decided{
			data: []string{"dbpath"}, process: []string{"fork"},
			network: []string{"bind_ip", "bind_ip_all", "configsvr", "port", "shardsvr"}, // a member of a cluster has another port
		},
	},
	"redis": {
		Repository: "redis", Port: 6379, Scheme: "redis", User: "redis",
		Data: "/data", Format: 2,
		Health:   test("CMD", "redis-cli", "-h", "127.0.0.1", "ping"),
		settings: arguments("--{name}", "{value}"),
		decides:  decided{data: []string{"dir"}, network: []string{"bind", "port"}, process: []string{"daemonize"}, same: strings.ToLower},
	},
	"valkey": {
		Repository: "valkey/valkey", Port: 6379, Scheme: "redis", User: "valkey",
		Data: "/data", Format: 2,
		Health:   test("CMD", "valkey-cli", "-h", "127.0.0.1", "ping"),
		settings: arguments("--{name}", "{value}"),
		decides:  decided{data: []string{"dir"}, network: []string{"bind", "port"}, process: []string{"daemonize"}, same: strings.ToLower},
	},
	"memcached": {
		Repository: "memcached", Port: 11211, Scheme: "memcached", User: "memcache",
		Health:   topology.Healthcheck{TCP: ":11211"},
		settings: options,
		decides:  decided{network: []string{"listen", "port", "unix-socket"}, process: []string{"daemon", "user"}, shortened: true},
	},
	"rabbitmq": {
		Repository: "rabbitmq", Port: 5672, Scheme: "amqp", User: "rabbitmq",
		Endpoints: map[string]topology.Endpoint{"metrics": {Port: 15692, Scheme: "http", Path: "/metrics"}},
		Data:      "/var/lib/rabbitmq", Format: 2,
		Writable: []Tmpfs{{Path: "/tmp"}, {Path: "/var/log/rabbitmq", UID: 999, GID: 999}},
		Health:   topology.Healthcheck{TCP: ":5672"}, // opened when all else is up
		Username: "main",
		Env: map[string]string{
			"RABBITMQ_DEFAULT_USER": "{username}", "RABBITMQ_DEFAULT_PASS": "{password}",
			"RABBITMQ_NODENAME": "rabbit@localhost", // its data is under its name, which would be the container's
		},
		rotation: &rotation{command: []string{"rabbitmqctl", "-q", "change_password", "{username}"}, input: "{password}\n"},
		settings: joined("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-rabbit {name} {value}"),
		decides:  decided{data: []string{"data_dir"}, network: []string{"tcp_listeners"}, process: []string{"default_pass", "default_user"}},
	},
	"elasticsearch": {
		Repository: "elasticsearch", Port: 9200, Scheme: "http", User: "1000:0",
		Data: "/usr/share/elasticsearch/data", Format: 3,
		Writable: []Tmpfs{{Path: "/tmp", Exec: true}, {Path: "/usr/share/elasticsearch/logs", UID: 1000}},
		Scratch:  []string{"/usr/share/elasticsearch/config"}, // its key store
		Health: slowly(test("CMD-SHELL", `printf 'user = "elastic:%s"' "$ELASTIC_PASSWORD" | `+
			`curl -fsS -K - -o /dev/null 'http://127.0.0.1:9200/_cluster/health?local=true'`)),
		Username: "elastic",
		Env: map[string]string{
			"ELASTIC_PASSWORD": "{password}", "discovery.type": "single-node",
			"xpack.security.enabled": "true", "xpack.security.http.ssl.enabled": "false",
		},
		settings: variables("{name}"),
		decides: decided{
			data: []string{"path.data"}, process: []string{"ELASTIC_PASSWORD"},
			network: []string{"http.bind_host", "http.host", "http.port", "network.bind_host", "network.host", "xpack.security.http.ssl.enabled"},
			same:    sameVariable,
		},
	},
	"opensearch": {
		Repository: "opensearchproject/opensearch", Port: 9200, Scheme: "http", User: "1000:1000",
		Data: "/usr/share/opensearch/data", Format: 3,
		Writable: []Tmpfs{{Path: "/tmp", Exec: true}, {Path: "/usr/share/opensearch/logs", UID: 1000, GID: 1000}},
		Scratch:  []string{"/usr/share/opensearch/config"}, // its key store
		Health:   slowly(topology.Healthcheck{HTTP: ":9200/_cluster/health?local=true"}),
		// Its security plugin comes with certificates of a demonstration; without it there are no users.
		Env: map[string]string{
			"discovery.type": "single-node", "DISABLE_SECURITY_PLUGIN": "true", "DISABLE_INSTALL_DEMO_CONFIG": "true",
			"DISABLE_PERFORMANCE_ANALYZER_AGENT_CLI": "true",
		},
		settings: variables("{name}"),
		decides: decided{
			data: []string{"path.data"}, network: []string{"http.bind_host", "http.host", "http.port", "network.bind_host", "network.host"},
		},
	},
	"kafka": {
		Repository: "apache/kafka", Port: 9092, Scheme: "kafka", User: "appuser",
		Data: "/var/lib/kafka/data", Format: 2,
		Writable: []Tmpfs{{Path: "/tmp", Exec: true}, {Path: "/opt/kafka/logs", UID: 1000, GID: 1000}},
		Scratch:  []string{"/opt/kafka/config"}, // its properties, written from the environment
		Health:   slowly(topology.Healthcheck{TCP: ":9092"}),
		Env: map[string]string{
			"KAFKA_NODE_ID": "1", "KAFKA_PROCESS_ROLES": "broker,controller",
			"KAFKA_LISTENERS":                      "PLAINTEXT://:9092,CONTROLLER://localhost:9093",
			"KAFKA_ADVERTISED_LISTENERS":           "PLAINTEXT://{host}:9092", // where clients go after the first connection
			"KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
			"KAFKA_CONTROLLER_LISTENER_NAMES":      "CONTROLLER", "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
			"KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1", "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
			"KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1", "KAFKA_LOG_DIRS": "/var/lib/kafka/data/logs",
		},
		settings: variables("KAFKA_{NAME}"),
		decides: decided{
			data: []string{"log.dir", "log.dirs", "metadata.log.dir"}, process: []string{"node.id", "process.roles"},
			network: []string{
				"advertised.listeners", "controller.listener.names", "controller.quorum.voters", "inter.broker.listener.name",
				"listener.security.protocol.map", "listeners",
			},
			same: sameProperty,
		},
	},
	"zookeeper": {
		Repository: "zookeeper", Port: 2181, Scheme: "zookeeper", User: "zookeeper",
		Endpoints: map[string]topology.Endpoint{"admin": {Port: 8080, Scheme: "http", Path: "/commands"}},
		Data:      "/data", Format: 2,
		Writable: []Tmpfs{{Path: "/tmp"}, {Path: "/datalog", UID: 1000, GID: 1000}, {Path: "/logs", UID: 1000, GID: 1000}},
		Scratch:  []string{"/conf"}, // its configuration, written from the environment
		Health:   topology.Healthcheck{TCP: ":2181"},
		Env:      map[string]string{"ZOO_DATA_LOG_DIR": "/data"}, // its transactions are data too
		settings: joined("ZOO_CFG_EXTRA", "{name}={value}"),
		decides: decided{
			data:    []string{"dataDir", "dataLogDir"},
			network: []string{"admin.enableServer", "admin.serverAddress", "admin.serverPort", "clientPort", "clientPortAddress", "server.1"},
		},
	},
	"nginx": {
		Repository: "nginx", Port: 80, Scheme: "http",
		Writable: []Tmpfs{{Path: "/var/cache/nginx"}, {Path: "/run"}, {Path: "/tmp"}},
		CapAdd:   []string{"CHOWN", "SETGID", "SETUID"}, // its workers step down from root
		Health:   test("CMD-SHELL", "curl -fso /dev/null http://127.0.0.1/ || wget -qO /dev/null http://127.0.0.1/"),
	},
	"caddy": {
		Repository: "caddy", Port: 80, Scheme: "http",
		Data:     "/data",
		Writable: []Tmpfs{{Path: "/config"}, {Path: "/tmp"}},
		CapAdd:   []string{"NET_BIND_SERVICE"}, // the binary carries it as a file capability
		Health:   test("CMD", "wget", "-qO", "/dev/null", "http://127.0.0.1:2019/config/"),
	},
	"varnish": {
		Repository: "varnish", Port: 80, Scheme: "http", User: "varnish",
		Writable: []Tmpfs{{Path: "/tmp"}, {Path: "/var/lib/varnish", UID: 1000, GID: 1000, Exec: true}}, // its compiled VCL
		Health:   topology.Healthcheck{TCP: ":80"},
		settings: arguments("-p", "{name}={value}"),
	},
}

func test(command ...string) topology.Healthcheck { return topology.Healthcheck{Test: command} }

// slowly gives the check of what takes long to come up time to do so.
func slowly(h topology.Healthcheck) topology.Healthcheck {
	h.StartPeriod = "180s"
	return h
}
