package runtimetest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Behaviour is what an instance becomes when it is started.
type Behaviour int

// The behaviours. An instance that does nothing else does as its command says,
// as far as it is sleep, true, false, or a script of echo, exit and these; with
// another command it runs, or completes when it is a job. Its health check
// passes unless its test is false, which fails or, with a start period, stays
// without a verdict.
const (
	Ordinary  Behaviour = iota
	Exits               // ends with code 1
	Completes           // ends with code 0
	Unhealthy           // runs, and its health check fails
	Starting            // runs, and its health check never comes to a verdict
)

// Behave says what instances of an address become when they are started from
// now on, whatever their image.
func (m *Memory) Behave(a topology.Address, b Behaviour) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.behaviours[a] = b
}

// begin makes an instance what it becomes when it is started.
func (m *Memory) begin(c *container) {
	behaviour, told := m.behaviours[c.Address]
	if !told {
		behaviour = m.known[c.Digest].Behaviour
	}
	code, ends := 0, false
	switch behaviour {
	case Ordinary:
		code, ends = c.play()
	case Exits:
		code, ends = 1, true
		c.log = append(c.log, "fatal: cannot go on")
	case Completes:
		ends = true
	}
	c.status, c.code, c.health = topology.StatusRunning, 0, c.verdict(behaviour)
	if ends {
		c.exit(code)
		if policy := c.restartPolicy(); policy == "always" || policy == "unless-stopped" {
			c.status = topology.StatusRestarting
		}
	}
}

func (c *container) restartPolicy() string {
	restart, _ := c.settings["HostConfig.RestartPolicy"].(topology.Restart)
	name, _, _ := restart.Policy()
	return name
}

// play runs the instance's command.
func (c *container) play() (code int, ends bool) {
	entrypoint, _ := c.settings["Config.Entrypoint"].([]string)
	command, _ := c.settings["Config.Cmd"].([]string)
	argv := slices.Concat(entrypoint, command)
	if len(argv) == 0 {
		return 0, c.isJob()
	}
	if len(argv) == 3 && argv[0] == "sh" && argv[1] == "-c" {
		return c.playScript(argv[2])
	}
	return c.playCommand(argv)
}

func (c *container) playScript(script string) (code int, ends bool) {
	for line := range strings.SplitSeq(script, ";") {
		words := strings.Fields(line)
		if len(words) == 2 && words[0] == "exit" {
			code, _ = strconv.Atoi(words[1])
			return code, true
		}
		if code, ends = c.playCommand(words); !ends {
			return 0, false
		}
	}
	return code, true
}

func (c *container) playCommand(words []string) (code int, ends bool) {
	if len(words) == 0 {
		return 0, true
	}
	switch words[0] {
	case "echo":
		c.log = append(c.log, strings.Join(words[1:], " "))
		return 0, true
	case "true":
		return 0, true
	case "false":
		return 1, true
	case "sleep":
		return 0, false
	}
	return 0, c.isJob()
}

func (c *container) isJob() bool { return c.Declared["job"] == true }

// verdict returns what the health check says of the instance once it runs.
func (c *container) verdict(b Behaviour) topology.Health {
	h := c.Health
	switch {
	case h == nil || len(h.Test) == 0 || h.Test[0] == "NONE":
		return topology.HealthNone
	case b == Unhealthy:
		return topology.HealthUnhealthy
	case b == Starting:
		return topology.HealthStarting
	case !slices.Equal(h.Test, []string{"CMD", "false"}):
		return topology.HealthHealthy
	case h.StartPeriod > 0:
		return topology.HealthStarting
	}
	return topology.HealthUnhealthy
}
