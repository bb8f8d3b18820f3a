package acceptance

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// gatewayExample is the folder of the example.
var gatewayExample = filepath.Join("..", "..", "examples", "gateway")

// example is the example of a gateway in front of an app, in a project of the
// test's own.
type example struct {
	*rollout
	vars     map[string]any // the example's variables
	app, env string         // further lines of the app, and of its env
	health   string         // lines of the app's health check
}

// newExample builds the example's images, two versions of its app among them.
func newExample(t *testing.T) *example {
	t.Helper()
	testenv.Image(t, "caddy:2")
	port := freePort(t)
	e := &example{
		rollout: &rollout{workspace: newWorkspace(t), address: net.JoinHostPort("127.0.0.1", port)},
		vars:    map[string]any{"port": port, "release": "1.0", "greeting": "hello", "replicas": 3},
		health:  `interval = "2s"`,
	}
	e.buildGateway()
	for _, version := range []string{"1.0", "2.0"} {
		e.build("gateway-app:"+version, version, map[string][]byte{
			"Dockerfile": content(t, gatewayExample, "image", "app", "Dockerfile"),
			"app":        compiled(t, filepath.Join(gatewayExample, "app"), version),
		})
	}
	return e
}

func (w *workspace) buildGateway() {
	w.t.Helper()
	image := filepath.Join(gatewayExample, "image", "gateway")
	w.build("gateway:1.0", "", map[string][]byte{
		"Dockerfile": content(w.t, image, "Dockerfile"), "Caddyfile": content(w.t, image, "Caddyfile"),
	})
}

// start applies the example and lets requests come.
func (e *example) start() {
	e.t.Helper()
	e.configure()
	e.applies()
	e.load = startTraffic(e.t, e.address, trafficRate, get("/"))
	e.load.await(e.t, trafficRate)
}

// configure writes the configuration as the test wants it by now.
func (e *example) configure() {
	e.t.Helper()
	vars, err := json.Marshal(e.vars)
	if err != nil {
		e.t.Fatal(err)
	}
	for name, text := range map[string]string{
		"main.tf":               e.main(),
		"variables.tf":          string(content(e.t, gatewayExample, "variables.tf")),
		"outputs.tf":            string(content(e.t, gatewayExample, "outputs.tf")),
		"test.auto.tfvars.json": string(vars),
	} {
		if err := os.WriteFile(filepath.Join(e.dir, name), []byte(text), 0o600); err != nil {
			e.t.Fatal(err)
		}
	}
}

// main returns the example's main.tf with what the test has changed.
func (e *example) main() string {
	e.t.Helper()
	config := string(content(e.t, gatewayExample, "main.tf"))
	for _, edit := range [][2]string{
		{`project = "gateway"`, fmt.Sprintf("project = %q", e.project)},
		{`"bayplan-example/gateway-app:`, `"` + e.tag("gateway-app:")},
		{`"bayplan-example/gateway:`, `"` + e.tag("gateway:")},
		{"  egress   = false\n", "  egress   = false\n" + e.app + "\n"},
		{"GREETING = var.greeting\n", "GREETING = var.greeting\n" + e.env + "\n"},
		{`interval = "2s"`, e.health},
	} {
		if strings.Count(config, edit[0]) != 1 {
			e.t.Fatalf("the example does not have %q once", edit[0])
		}
		config = strings.Replace(config, edit[0], edit[1], 1)
	}
	return config
}
