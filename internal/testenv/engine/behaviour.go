package engine

import (
	"slices"
	"strconv"
	"strings"
	"time"

	api "github.com/docker/docker/api/types/container"
)

// Behaviour is what containers of an image become when they are started.
type Behaviour int

// The behaviours. An ordinary container does as its command says, as far as
// that is true, false, sleep, or a script of echo, exit and these; with any
// other command it runs. Its health check passes at once, unless its test is
// false: that fails at once or, with a start period, stays without a verdict.
const (
	Ordinary  Behaviour = iota
	Exits               // ends with code 1
	Unhealthy           // runs, and its health check fails
	Starting            // runs, and its health check never comes to a verdict
)

// begin makes a container what it becomes when it is started.
func (c *container) begin() {
	code, ends := c.play()
	if c.behaviour == Exits {
		code, ends = 1, true
		c.log += "fatal: cannot go on\n"
	}
	c.restarts = 0
	c.state = api.State{
		Status: api.StateRunning, Running: true, Pid: 1, Health: c.verdict(),
		StartedAt: time.Now().Format(time.RFC3339Nano), FinishedAt: c.state.FinishedAt,
	}
	if ends {
		c.end(code)
	}
}

// end is what becomes of a container whose process has ended by itself: the
// engine starts it again until it would wait for ever, or gives up.
func (c *container) end(code int) {
	policy := c.host.RestartPolicy
	switch {
	case policy.IsAlways(), policy.IsUnlessStopped():
		c.restarts = 1
	case policy.IsOnFailure() && code != 0:
		c.restarts = max(1, policy.MaximumRetryCount)
	}
	c.exit(code)
	if c.restarts > 0 && policy.MaximumRetryCount == 0 {
		c.state.Running, c.state.Restarting, c.state.Status = true, true, api.StateRestarting
	}
}

// play runs a container's command.
func (c *container) play() (code int, ends bool) {
	argv := slices.Concat(c.config.Entrypoint, c.config.Cmd)
	if len(argv) != 3 || argv[0] != "sh" || argv[1] != "-c" {
		return c.playCommand(argv)
	}
	for line := range strings.SplitSeq(argv[2], ";") {
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
		return 0, false
	}
	switch words[0] {
	case "echo":
		c.log += strings.Join(words[1:], " ") + "\n"
		return 0, true
	case "true":
		return 0, true
	case "false":
		return 1, true
	}
	return 0, false
}

// verdict is what a container's health check says once it runs, nil without one.
func (c *container) verdict() *api.Health {
	check := c.config.Healthcheck
	switch {
	case check == nil || len(check.Test) == 0 || check.Test[0] == "NONE":
		return nil
	case c.behaviour == Unhealthy:
		return health(api.Unhealthy)
	case c.behaviour == Starting:
		return health(api.Starting)
	case !slices.Equal(check.Test, []string{"CMD", "false"}):
		return health(api.Healthy)
	case check.StartPeriod > 0:
		return health(api.Starting)
	}
	return health(api.Unhealthy)
}

func health(verdict string) *api.Health {
	h := &api.Health{Status: verdict}
	if verdict == api.Unhealthy {
		h.FailingStreak = 1000 // beyond what anybody allows
		h.Log = []*api.HealthcheckResult{{ExitCode: 1, Output: "it does not answer"}}
	}
	return h
}

// succeeds reports whether a command that is run in a container does: it does
// where the health check would.
func (c *container) succeeds(command []string) bool {
	return c.behaviour == Ordinary && !slices.Equal(command, []string{"false"})
}
