package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/image"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// The same topology is applied, is live and is removed wherever the engine listens.
func TestHosts(t *testing.T) {
	testenv.Image(t, "busybox:stable")
	testenv.Image(t, "redis:7")
	over := testenv.NewTLS(t)
	through := testenv.NewSSH(t)
	for name, at := range map[string]struct {
		settings string
		env      []string
	}{
		"tls": {
			settings: fmt.Sprintf("  host = %q\n  tls  = { ca_file = %q, cert_file = %q, key_file = %q }",
				over.Host, filepath.Join(over.Dir, "ca.pem"), filepath.Join(over.Dir, "cert.pem"), filepath.Join(over.Dir, "key.pem")),
		},
		"tls of the environment": {env: []string{"DOCKER_HOST=" + over.Host, "DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH=" + over.Dir}},
		"ssh": {
			settings: fmt.Sprintf("  host = %q", through.Host),
			env:      []string{"SSH_AUTH_SOCK=" + through.Agent, "PATH=" + through.Path + string(filepath.ListSeparator) + os.Getenv("PATH")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkspace(t)
			w.settings, w.env = at.settings, append(w.env, at.env...)
			w.write(`
resource "bayplan_service" "cache" {
  name = "cache"
  type = "redis:7"
}
resource "bayplan_app" "web" {
  name          = "web"
  image         = "busybox:stable"
  command       = ["sh", "-c", "echo ready >/tmp/index.html; exec httpd -f -p 8080 -h /tmp"]
  mounts        = { "/tmp" = { tmpfs = "1m" } }
  healthcheck   = { http = ":8080/index.html" }
  relationships = { cache = bayplan_service.cache }
  stop_signal   = "SIGKILL"

  secrets         = { token = "what only web knows" }
  secrets_version = 1
}`)
			w.bayplan("apply", "--auto-approve")
			if out := w.bayplan("plan", "--detailed-exitcode"); !strings.Contains(out, "No changes") {
				t.Errorf("a second plan says:\n%s", out)
			}
			web := w.containers()[w.project+"-default-web-1-1"].ID
			if out, code := w.exec(web, "sh", "-c", "nc -w 5 cache.internal 6379 </dev/null"); code != 0 {
				t.Errorf("web does not reach its cache: %s", out)
			}
			if out, _ := w.exec(web, "cat", "/run/secrets/token"); out != "what only web knows" {
				t.Errorf("web's secret is %q", out)
			}
			w.bayplan("destroy", "--auto-approve")
			w.settled()
			w.destroy()
		})
	}
}

// Terraform plans several engines at once, each through a configuration of the provider.
func TestSeveralEngines(t *testing.T) {
	testenv.Image(t, "busybox:stable")
	far := testenv.NewTLS(t)
	w := newWorkspace(t)
	app := `resource "bayplan_app" %[1]q {
  provider    = %[2]s
  name        = "web"
  image       = "busybox:stable"
  command     = ["sleep", "3600"]
  stop_signal = "SIGKILL"
}
`
	w.write(fmt.Sprintf(`provider "bayplan" {
  alias       = "far"
  project     = %q
  environment = "far"
  host        = %q
  tls         = { ca_file = "%[3]s/ca.pem", cert_file = "%[3]s/cert.pem", key_file = "%[3]s/key.pem" }
}
`, w.project, far.Host, far.Dir) + fmt.Sprintf(app, "near", "bayplan") + fmt.Sprintf(app, "far", "bayplan.far"))
	w.settled()
	var names []string
	for name := range w.containers() {
		names = append(names, name)
	}
	slices.Sort(names)
	if want := []string{w.project + "-default-web-1-1", w.project + "-far-web-1-1"}; !slices.Equal(names, want) {
		t.Errorf("there are %v, want %v", names, want)
	}
	said := w.bayplanRefuses("plan")
	for _, want := range []string{"Several engines", "main.tf line 10", "main.tf:6", "--chdir"} {
		if !strings.Contains(said, want) {
			t.Errorf("the command does not say %q:\n%s", want, said)
		}
	}
	w.destroy()
}

// An image of a registry that wants to know who asks.
func TestRegistryAuth(t *testing.T) {
	testenv.Image(t, "busybox:stable")
	r := testenv.NewDistribution(t, nil)
	w := newWorkspace(t)
	digest := r.Push(t, "busybox:stable", "team/web:1")
	name := r.Host + "/team/web:1"
	configure := func(settings string) {
		w.settings = settings
		w.write(fmt.Sprintf(`
variable "password" {
  type      = string
  sensitive = true
  default   = ""
}
resource "bayplan_app" "web" {
  name        = "web"
  image       = %q
  command     = ["sleep", "3600"]
  stop_signal = "SIGKILL"
}`, name))
	}
	forget := func() {
		if _, err := w.engine.Docker.ImageRemove(t.Context(), r.Host+"/team/web@"+digest, image.RemoveOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	plain := w.env
	w.env = append(plain, "DOCKER_CONFIG="+dir)
	hidden := secrets{"password": r.Password}

	configure("")
	for who, said := range map[string]string{"terraform": w.fails("plan"), "bayplan": w.bayplanRefuses("plan")} {
		flat := strings.Join(strings.Fields(said), " ")
		for _, want := range []string{"none for " + r.Host, "config.json", "docker login " + r.Host} {
			if !strings.Contains(flat, want) {
				t.Errorf("%s does not say %q:\n%s", who, want, said)
			}
		}
	}

	configure(fmt.Sprintf("  registry_auth = { %q = { username = %q, password = var.password } }", r.Host, r.Username))
	w.env = append(w.env, "TF_VAR_password=not "+r.Password)
	said := strings.Join(strings.Fields(w.bayplanRefuses("plan")), " ")
	if !strings.Contains(said, `user "bot" of registry_auth on the provider`) {
		t.Errorf("for a wrong password it says:\n%s", said)
	}
	hidden.absent(t, "an error", said)
	w.env = append(w.env, "TF_VAR_password="+r.Password)
	w.settled()
	hidden.absent(t, "the state", w.state())
	if c := w.only("web"); !strings.Contains(c.Config.Image, digest) {
		t.Errorf("web runs %s, not %s", c.Config.Image, digest)
	}
	w.destroy()
	forget()

	saved := filepath.Join(dir, "plan.json")
	w.bayplan("plan", "--out", saved)
	text, err := os.ReadFile(saved)
	if err != nil {
		t.Fatal(err)
	}
	hidden.absent(t, "a saved plan", string(text))
	w.env = append(w.env, "TF_VAR_password=")
	w.bayplan("apply", saved)
	w.bayplan("destroy", "--auto-approve")
	forget()

	configure("")
	helper := "#!/bin/sh\nread -r server\nprintf '{\"ServerURL\":\"%s\",\"Username\":\"" + r.Username + "\",\"Secret\":\"" + r.Password + "\"}' \"$server\"\n"
	for file, text := range map[string]string{"docker-credential-mine": helper, "config.json": fmt.Sprintf(`{"credHelpers": {%q: "mine"}}`, r.Host)} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w.env = append(w.env, "PATH="+dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	hidden.absent(t, "what an apply prints", w.bayplan("apply", "--auto-approve"))
	w.bayplan("destroy", "--auto-approve")
}
