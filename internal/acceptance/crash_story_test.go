package acceptance

import "strings"

// crashParts is a database with data on a volume, an app in two replicas that
// needs it, and an app in front of that. What is in capitals differs by turn.
const crashParts = `
resource "bayplan_volume" "data" {
  name = "data"
}
resource "bayplan_service" "base" {
  name        = "base"
  type        = "redis:7"
  stop_signal = "SIGKILL"
  BASE
  mounts      = { "/data" = { volume = bayplan_volume.data.id } }
  healthcheck = { test = ["redis-cli", "ping"], interval = "5s", retries = 100 }
}
resource "bayplan_service" "spare" {
  name        = "spare"
  type        = "redis:7"
  stop_signal = "SIGKILL"
  healthcheck = { test = ["redis-cli", "ping"], interval = "5s", retries = 100 }
}
resource "bayplan_relationship" "store" {
  name   = "store"
  target = bayplan_service.TARGET
}
resource "bayplan_app" "api" {
  name          = "api"
  image         = "busybox:stable"
  command       = ["httpd", "-f", "-p", "8080", "-h", "/etc"]
  stop_signal   = "SIGKILL"
  port          = 8080
  relationships = { store = bayplan_relationship.store }
  healthcheck   = { test = ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/passwd"], interval = "5s", retries = 100 }
  API
}
FRONT
`

const crashFront = `
resource "bayplan_app" "front" {
  name          = "front"
  image         = "busybox:stable"
  command       = ["sleep", "3600"]
  stop_signal   = "SIGKILL"
  relationships = { api = bayplan_app.api }
}
`

// crashConfig returns the parts, with lines that differ: pairs of what is in
// capitals and what is there instead.
func crashConfig(differ ...string) string {
	same := []string{"BASE\n", "\n", "TARGET", "base", "API\n", "replicas = 2\n", "FRONT", crashFront}
	return strings.NewReplacer(append(differ, same...)...).Replace(crashParts)
}

// crashStory is what an apply of the command is killed or disturbed in the
// midst of.
type crashStory struct {
	name   string
	before []string // configurations that were applied before, one after the other
	config string   // what is configured then
	deed   []string // the command that is disturbed
	again  []string // that makes what is configured, when the deed was disturbed
	plan   []string // that is empty at the end
}

// crashStories are one of each kind of plan.
var crashStories = []crashStory{
	applying("create", crashConfig()),
	applying("roll", crashConfig("API\n", "replicas = 2\nenv = { TURN = \"2\" }\n"), crashConfig()),
	applying("recreate", crashConfig("BASE\n", "env = { TURN = \"2\" }\n"), crashConfig()),
	applying("scale-up", crashConfig("API\n", "replicas = 4\n"), crashConfig()),
	applying("scale-down", crashConfig("API\n", "replicas = 1\n"), crashConfig("API\n", "replicas = 3\n")),
	applying("delete", crashConfig("FRONT", ""), crashConfig()),
	applying("limits", crashConfig("API\n", "replicas = 2\nmemory = \"64m\"\nrestart = \"always\"\n"), crashConfig()),
	applying("hook", crashConfig("API\n", "replicas = 2\nenv = { TURN = \"2\" }\nhooks = { deploy = [\"true\"], post_deploy = [\"true\"] }\n"), crashConfig()),
	applying("move", crashConfig("TARGET", "spare"), crashConfig()),
	applying("everything", crashConfig("BASE\n", "env = { TURN = \"2\" }\n", "TARGET", "spare", "API\n", "replicas = 3\nenv = { TURN = \"2\" }\n", "FRONT", ""), crashConfig()),
	{
		name: "revert", before: []string{crashConfig(), crashConfig("TARGET", "spare", "API\n", "replicas = 3\nenv = { TURN = \"2\" }\n", "FRONT", "")},
		config: crashConfig(), deed: unasked("revert", "1"), again: unasked("apply"), plan: []string{"plan"},
	},
	{
		name: "destroy", before: []string{crashConfig()}, config: crashConfig(),
		deed: unasked("destroy"), again: unasked("destroy"), plan: []string{"plan", "--destroy"},
	},
}

// applying is the story of an apply.
func applying(name, config string, before ...string) crashStory {
	return crashStory{name: name, before: before, config: config, deed: unasked("apply"), again: unasked("apply"), plan: []string{"plan"}}
}

// unasked is a command that asks nothing.
func unasked(command ...string) []string {
	return append(command, "--auto-approve", "--allow", "downtime,removes")
}
