package testenv_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// upLimit bounds how long a service may take to its first answer here.
const upLimit = 90 * time.Second

// answers waits until a command in a container prints what is wanted.
func (b *bench) answers(id, want string, command ...string) {
	b.Helper()
	testenv.Eventually(b, upLimit, strings.Join(command, " "), func() error {
		if err := b.running(id); err != nil {
			return err
		}
		got, err := b.exec(id, command...)
		if err == nil && got != want {
			err = fmt.Errorf("got %q, want %q", got, want)
		}
		return err
	})
}

// serves waits until a URL answers 200 with a body that contains text.
func (b *bench) serves(url, text string) {
	b.Helper()
	web := &http.Client{Timeout: 5 * time.Second}
	testenv.Eventually(b, upLimit, "GET "+url, func() error {
		response, err := web.Get(url)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err == nil && (response.StatusCode != http.StatusOK || !strings.Contains(string(body), text)) {
			err = fmt.Errorf("%s: %.80s", response.Status, body)
		}
		return err
	})
}

func TestPostgres(t *testing.T) {
	for name, s := range map[string]spec{
		"hardened": {user: "999:999", tmpfs: map[string]string{
			"/var/run/postgresql": "uid=999,gid=999", "/tmp": "",
		}},
		"as root": {open: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			s.image, s.alias = "postgres:15", "db"
			s.env = []string{"POSTGRES_USER=shop", "POSTGRES_PASSWORD=it's \\ secret", "POSTGRES_DB=goods"}
			s.command = []string{"postgres", "-c", "shared_buffers=16MB"}
			server := b.start(s)
			client := b.start(spec{image: "postgres:15", user: "999", entrypoint: []string{"sleep", "600"}})
			b.answers(client, "goods shop 16MB", "psql", "-AtF ",
				"host=db user=shop dbname=goods password='it\\'s \\\\ secret' connect_timeout=2",
				"-c", "SELECT current_database(), current_user, current_setting('shared_buffers')")
			if out, err := b.exec(client, "psql", "host=db user=shop dbname=goods password=wrong", "-c", "SELECT 1"); err == nil {
				t.Errorf("a wrong password was let in: %s", out)
			}
			b.answers(server, "", "sh", "-c", "pg_isready -q && pg_dump -U shop goods >/dev/null")
			b.answers(server, "999", "stat", "-c", "%u", "/proc/1")
		})
	}
}

func TestPostgresWithoutPassword(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.start(spec{image: "postgres:15", open: true})
	testenv.Eventually(t, upLimit, "exit", func() error {
		c, err := b.Docker.ContainerInspect(t.Context(), id)
		if err == nil && c.State.Status != "exited" {
			err = errors.New(c.State.Status)
		}
		return err
	})
	if out := b.logs(id); !strings.Contains(out, "POSTGRES_PASSWORD is not set") {
		t.Errorf("the log does not name the missing variable:\n%s", out)
	}
}

func TestMariaDB(t *testing.T) {
	for name, s := range map[string]spec{
		"hardened": {user: "999:999", tmpfs: map[string]string{"/run/mysqld": "uid=999,gid=999", "/tmp": ""}},
		"as root":  {open: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			s.image, s.alias = "mariadb:10.11", "db"
			s.env = []string{
				"MARIADB_ROOT_PASSWORD=root", "MARIADB_DATABASE=go_ods",
				"MYSQL_USER=shop", "MYSQL_PASSWORD=it's \\ secret",
			}
			server := b.start(s)
			client := b.start(spec{image: "mariadb:10.11", user: "999", entrypoint: []string{"sleep", "600"}})
			b.answers(client, "go_ods shop@%", "mariadb", "-hdb", "-ushop", "-pit's \\ secret", "-BN", "go_ods",
				"-e", "CREATE TABLE IF NOT EXISTS t (n INT) ENGINE=InnoDB; SELECT CONCAT(DATABASE(), ' ', CURRENT_USER())")
			b.answers(client, "root@%", "mariadb", "-hdb", "-uroot", "-proot", "-BN", "-e", "SELECT CURRENT_USER()")
			if out, err := b.exec(client, "mariadb", "-hdb", "-ushop", "-pwrong", "-e", "SELECT 1"); err == nil {
				t.Errorf("a wrong password was let in: %s", out)
			}
			b.answers(server, "", "healthcheck.sh", "--connect", "--innodb_initialized")
			b.answers(server, "999", "stat", "-c", "%u", "/proc/1")
		})
	}
}

func TestRedis(t *testing.T) {
	for name, s := range map[string]spec{
		"hardened":       {user: "999:999"},
		"as root":        {open: true},
		"with a setting": {user: "999", command: []string{"--appendonly", "yes"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			s.image, s.alias = "redis:7", "cache"
			server := b.start(s)
			client := b.start(spec{image: "redis:7", user: "999", entrypoint: []string{"sleep", "600"}})
			b.answers(client, "OK", "redis-cli", "-h", "cache", "SET", "colour", "green")
			b.answers(client, "green", "redis-cli", "-h", "cache", "GET", "colour")
			b.answers(server, "OK", "redis-cli", "SAVE")
			b.answers(server, "999", "stat", "-c", "%u", "/proc/1")
		})
	}
}

func TestNginx(t *testing.T) {
	for name, s := range map[string]spec{
		"hardened": {user: "101:101", tmpfs: map[string]string{"/var/cache/nginx": "uid=101,gid=101", "/run": "uid=101,gid=101"}},
		"as root":  {open: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			s.image, s.alias, s.publish = "nginx:1", "web", "80/tcp"
			server := b.start(s)
			b.serves("http://"+b.address(server, "80/tcp"), "Welcome to nginx")
			testenv.Eventually(t, 5*time.Second, "access log in the output", func() error {
				if out := b.logs(server); !strings.Contains(out, `"GET / HTTP/1.1" 200`) {
					return errors.New(out)
				}
				return nil
			})
			// From a static program: it resolves names without the libraries of libc.
			client := b.start(spec{image: "busybox:stable", user: "1000", command: []string{"sleep", "600"}})
			b.answers(client, "1", "sh", "-c", "wget -qO- http://web | grep -c '<h1>Welcome'")
			b.answers(client, "1000", "id", "-u")
		})
	}
}

func TestCaddy(t *testing.T) {
	for name, s := range map[string]spec{
		"hardened": {user: "1000:1000", tmpfs: map[string]string{
			"/config": "uid=1000,gid=1000", "/data": "uid=1000,gid=1000",
		}},
		"as root": {open: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			s.image, s.publish = "caddy:2", "80/tcp"
			server := b.start(s)
			b.serves("http://"+b.address(server, "80/tcp"), "Caddy")
			b.answers(server, "", "wget", "-qO/dev/null", "http://127.0.0.1:2019/config/")
			b.answers(server, "/srv", "pwd")
		})
	}
}

func TestMemcached(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.start(spec{image: "memcached:1.6", alias: "cache", command: []string{"--memory-limit=32"}})
	client := b.start(spec{image: "busybox:stable", user: "1000", command: []string{"sleep", "600"}})
	b.answers(client, "STORED VALUE k 0 1 v END", "sh", "-c",
		`printf 'set k 0 0 1\r\nv\r\nget k\r\nquit\r\n' | nc -w 2 cache 11211 | tr -d '\r' | xargs`)
	b.answers(client, "33554432", "sh", "-c",
		`printf 'stats settings\r\nquit\r\n' | nc -w 2 cache 11211 | tr -d '\r' | awk '$2 == "maxbytes" { print $3 }'`)
}

func TestRabbitMQ(t *testing.T) {
	for name, s := range map[string]spec{
		"hardened": {user: "999:999", tmpfs: map[string]string{"/tmp": "", "/var/log/rabbitmq": "uid=999,gid=999"}},
		"as root":  {open: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			s.image, s.alias = "rabbitmq:3.10", "queue"
			s.env = []string{"RABBITMQ_DEFAULT_USER=shop", "RABBITMQ_DEFAULT_PASS=secret", "RABBITMQ_NODENAME=rabbit@localhost"}
			server := b.start(s)
			client := b.start(spec{image: "rabbitmq:3.10", user: "999", entrypoint: []string{"sleep", "600"}})
			b.answers(client, "orders", "amqp-declare-queue", "--url=amqp://shop:secret@queue", "-d", "-q", "orders")
			b.answers(client, "", "amqp-publish", "--url=amqp://shop:secret@queue", "-r", "orders", "-b", "tea")
			b.answers(client, "tea", "amqp-get", "--url=amqp://shop:secret@queue", "-q", "orders")
			if out, err := b.exec(client, "amqp-get", "--url=amqp://shop:wrong@queue", "-q", "orders"); err == nil {
				t.Errorf("a wrong password was let in: %s", out)
			}
			b.answers(server, "999", "stat", "-c", "%u", "/proc/1")
		})
	}
}

func TestVarnish(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := b.start(spec{
		image: "varnish:7.1", publish: "80/tcp", command: []string{"-p", "default_ttl=7"},
		tmpfs: map[string]string{"/tmp": "", "/var/lib/varnish": "exec,uid=1000,gid=1000"},
	})
	web := &http.Client{Timeout: 5 * time.Second}
	testenv.Eventually(t, upLimit, "answer", func() error {
		response, err := web.Get("http://" + b.address(server, "80/tcp"))
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.Header.Get("X-Varnish") == "" {
			return fmt.Errorf("%s without a header of Varnish", response.Status)
		}
		return nil
	})
	b.answers(server, "7", "sh", "-c", "varnishadm param.show default_ttl | awk '/Value is:/ { print $3 }' | cut -d. -f1")
}

func TestUnknownImage(t *testing.T) {
	err := testenv.Images(t.Context(), "busybox:stable", "oracle:23")
	if err == nil || !strings.Contains(err.Error(), "oracle:23") {
		t.Errorf("got %v, want an error that names the image", err)
	}
}

// Every image says which version it is, so that a test can tell what it ran.
func TestImageVersion(t *testing.T) {
	env := testenv.Require(t)
	for _, tag := range testenv.Tags() {
		got, err := env.Docker.ImageInspect(t.Context(), testenv.Image(t, tag))
		if err != nil {
			t.Fatal(err)
		}
		labels := got.Config.Labels
		_, major, _ := strings.Cut(tag, ":")
		if labels[testenv.StandInLabel] != "true" || major == "stable" {
			continue
		}
		if v := labels["org.opencontainers.image.version"]; !strings.HasPrefix(v, major+".") {
			t.Errorf("%s is of version %q", tag, v)
		}
	}
}

// Files in /docker-entrypoint-initdb.d run once, in order, in the new database.
func TestInitScripts(t *testing.T) {
	for tag, c := range map[string]struct {
		env    []string
		server string
		query  []string
	}{
		"postgres:15": {
			env:    []string{"POSTGRES_HOST_AUTH_METHOD=trust", "POSTGRES_DB=goods"},
			server: "postgres",
			query:  []string{"psql", "-h127.0.0.1", "-Upostgres", "-At", "-dgoods", "-c", "SELECT n FROM t ORDER BY n"},
		},
		"mariadb:10.11": {
			env:    []string{"MARIADB_RANDOM_ROOT_PASSWORD=1", "MARIADB_DATABASE=goods", "MARIADB_USER=u", "MARIADB_PASSWORD=u"},
			server: "mariadbd",
			query:  []string{"mariadb", "-h127.0.0.1", "-uu", "-pu", "-BN", "goods", "-e", "SELECT n FROM t ORDER BY n"},
		},
	} {
		t.Run(c.server, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			id := b.start(spec{image: tag, open: true, env: c.env, entrypoint: []string{"sh", "-ec", `
				cd /docker-entrypoint-initdb.d
				echo 'CREATE TABLE t (n INT);' >1.sql
				echo 'INSERT INTO t VALUES (1);' | gzip >2.sql.gz
				echo "echo 'INSERT INTO t VALUES (2)' | docker_process_sql" >3.sh
				exec docker-entrypoint.sh "$@"`, "sh"}, command: []string{c.server}})
			b.answers(id, "1\n2", c.query...)
		})
	}
}
