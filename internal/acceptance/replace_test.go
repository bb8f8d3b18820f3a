package acceptance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// needs is an app and a service that it needs, once through a relationship and
// once directly. What is in the app's lifecycle block holds for all that it needs.
const needs = `
resource "bayplan_service" "cache" {
  name        = "cache"
  type        = "redis:7"
  stop_signal = "SIGKILL"
  healthcheck = { test = ["redis-cli", "ping"], interval = "1s" }
}
resource "bayplan_relationship" "sessions" {
  name   = "sessions"
  target = bayplan_service.cache
}
resource "bayplan_app" "web" {
  name          = "web"
  image         = "busybox:stable"
  command       = ["sleep", "3600"]
  stop_signal   = "SIGKILL"
  relationships = { declared = bayplan_relationship.sessions, direct = bayplan_service.cache }
  lifecycle {
    create_before_destroy = %t
  }
}
`

// A replacement ends with everything running and reached, whichever of an app
// and what it needs is replaced, and in whatever order Terraform does it.
func TestReplaceEndsWithEverythingRunning(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "redis:7")
	testenv.Image(t, "busybox:stable")
	app, service, relationship := "bayplan_app.web", "bayplan_service.cache", "bayplan_relationship.sessions"
	for name, replaced := range map[string][]string{
		"app": {app}, "service": {service}, "relationship": {relationship},
		"app-and-service": {app, service}, "all": {app, service, relationship},
	} {
		for _, first := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/create-first-%t", name, first), func(t *testing.T) {
				t.Parallel()
				w := newWorkspace(t)
				w.write(fmt.Sprintf(needs, first))
				w.settled()
				before := w.containers()
				w.replaced(before, first, replaced)
				if first { // what the first time has left is met again
					w.replaced(before, first, replaced)
				}
				w.destroy()
				left := slices.DeleteFunc(w.objects(), func(o string) bool { return strings.HasSuffix(o, "-cache.data") })
				if len(left) > 0 {
					t.Errorf("destroy leaves %v", left)
				}
			})
		}
	}
}

func replacing(addresses ...string) []string {
	var args []string
	for _, a := range addresses {
		args = append(args, "-replace="+a)
	}
	return args
}

// replaced replaces resources and checks that each has a container, which runs
// and is the state's; that it is a new one, unless what was there is taken over;
// and that the app reaches the service.
func (w *workspace) replaced(before map[string]container.InspectResponse, takenOver bool, addresses []string) {
	w.t.Helper()
	count := len(lasting(w.objects()))
	w.settled(replacing(addresses...)...)
	for _, host := range []string{"sessions", "cache"} {
		if out, code := w.exec(w.only("web").ID, "sh", "-c", "echo PING | nc -w 2 "+host+".internal 6379"); out != "+PONG\r\n" {
			w.t.Errorf("the app does not reach %s.internal: %q, exit code %d", host, out, code)
		}
	}
	state := w.state()
	for name, c := range w.containers() {
		if !c.State.Running || !strings.Contains(state, c.ID) || !strings.Contains(state, name) {
			w.t.Errorf("%s: runs %v, is in the state %v", name, c.State.Running, strings.Contains(state, c.ID))
		}
		was, asked := before[name], slices.ContainsFunc(addresses, func(a string) bool { return strings.HasSuffix(a, "."+c.Config.Labels["io.bayplan.name"]) })
		if asked && !takenOver && was.ContainerJSONBase != nil && was.ID == c.ID {
			w.t.Errorf("%s was not replaced", name)
		}
	}
	if now := lasting(w.objects()); len(now) != count {
		w.t.Errorf("a replacement leaves %v, of what was %d objects", now, count)
	}
	w.current()
}

// lasting leaves markers out, which note that something was taken over.
func lasting(objects []string) []string {
	return slices.DeleteFunc(slices.Clone(objects), isMarker)
}

// keeper is a service with a volume that is removed with its data when it is
// destroyed, and so must not be when it was taken over before.
const keeper = `
resource "bayplan_volume" "data" {
  name       = "data"
  on_destroy = "delete"
  lifecycle {
    create_before_destroy = true
  }
}
resource "bayplan_app" "writer" {
  name        = "writer"
  image       = "busybox:stable"
  command     = ["sleep", "3600"]
  stop_signal = "SIGKILL"
  mounts      = { "/data" = { volume = bayplan_volume.data.id } }
}
`

func TestReplacedVolumeThatWasTakenOverKeepsItsData(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "busybox:stable")
	for name, replaced := range map[string][]string{
		"volume":         {"bayplan_volume.data"},
		"volume-and-app": {"bayplan_volume.data", "bayplan_app.writer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.write(keeper)
			w.settled()
			w.in("writer", "echo precious >/data/file", "")
			for range 2 {
				w.settled(replacing(replaced...)...)
				w.in("writer", "cat /data/file", "precious")
				w.current()
			}
			w.destroy()
			if left := w.objects(); len(left) > 0 {
				t.Errorf("destroy leaves %v", left)
			}
		})
	}
}
