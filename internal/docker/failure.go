package docker

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

const (
	logLines      = 20
	logLineLength = 500
)

// InstanceError says why an instance did not become what was waited for.
type InstanceError struct {
	Instance string   // its name on the engine
	Reason   string   // "it is exited with code 3"
	Logs     []string // the last lines of its log, at most 20, without control characters
	Err      error    // what ended the wait, nil when the instance did
}

func (e *InstanceError) Error() string {
	if len(e.Logs) == 0 {
		return e.Reason
	}
	return e.Reason + "; its log ends:\n  " + strings.Join(e.Logs, "\n  ")
}

// Unwrap returns what ended the wait.
func (e *InstanceError) Unwrap() error { return e.Err }

// failed makes the error of an instance, reading its log also when the wait's
// own time is up.
func (e *Engine) failed(ctx context.Context, c inspected, reason string, err error) *InstanceError {
	return &InstanceError{
		Instance: c.name(), Reason: reason, Err: err,
		Logs: e.lastLines(context.WithoutCancel(ctx), c),
	}
}

// lastLines returns the end of a container's log, or one line that says why
// there is none.
func (e *Engine) lastLines(ctx context.Context, c inspected) []string {
	text, err := call(ctx, e, e.ReadTimeout, "read its log", func(ctx context.Context) (string, error) {
		stream, err := e.client.ContainerLogs(ctx, c.ID, container.LogsOptions{
			ShowStdout: true, ShowStderr: true, Tail: fmt.Sprint(logLines),
		})
		if err != nil {
			return "", err
		}
		defer stream.Close()
		var out bytes.Buffer
		if c.Config.Tty {
			_, err = io.Copy(&out, stream)
		} else {
			_, err = stdcopy.StdCopy(&out, &out, stream)
		}
		return out.String(), err
	})
	if err != nil {
		return []string{"(" + err.Error() + ")"}
	}
	return e.shown(c, text, "docker logs")
}

// secretName matches the names of variables whose values are in no error:
// those of derived passwords, and what is named as secrets are.
var secretName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(pass|password|passwd|pwd|secret|token|credentials?|dsn|_key|apikey)$|^BAYPLAN_RELATIONSHIPS$`)
})

// leastSecret is the length from which a value is hidden: a shorter one would
// be found in too much that is none.
const leastSecret = 6

// shown returns the last lines of what an instance wrote without its secrets, or
// one that says how to see it: secrets that were not filled in by this process are not known.
func (e *Engine) shown(c inspected, text, how string) []string {
	var secrets []string
	if at := slices.IndexFunc(c.Mounts, func(m container.MountPoint) bool { return m.Destination == topology.SecretsPath }); at >= 0 {
		var known bool
		if secrets, known = e.filledWith(c.Mounts[at].Name); !known {
			return []string{fmt.Sprintf("(not shown, as its secrets may be in it: see %s %s while it is there)", how, c.name())}
		}
	}
	return cleanLines(veil(c.Config.Env, secrets...).Replace(text))
}

// filledWith returns the lines of the values that this process has
// filled a vault with; false where it has not, or one is too short to be hidden.
func (e *Engine) filledWith(vault string) (values []string, known bool) {
	e.mu.Lock()
	secrets, known := e.filled[vault]
	e.mu.Unlock()
	for _, secret := range secrets {
		value, _ := secret.Value()
		value = strings.TrimSpace(value)
		if value != "" && len(value) < leastSecret {
			return nil, false
		}
		for line := range strings.Lines(value) {
			if line = strings.TrimSpace(line); len(line) >= leastSecret {
				values = append(values, line)
			}
		}
	}
	return values, known
}

// veil returns what hides values and the secrets among variables: many a program
// tells its whole environment, or the URL it cannot connect to, when it fails.
func veil(env []string, values ...string) *strings.Replacer {
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		if len(value) >= leastSecret && secretName().MatchString(name) {
			values = append(values, value)
		}
		if u, err := url.Parse(value); err == nil && u.User != nil {
			if password, ok := u.User.Password(); ok && len(password) >= leastSecret {
				values = append(values, password)
			}
		}
	}
	// Of two of which one starts with the other the first is taken.
	slices.SortFunc(values, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var pairs []string
	for _, value := range values {
		pairs = append(pairs, value, "(hidden)")
	}
	return strings.NewReplacer(pairs...)
}

// lastOutput is what an unhealthy instance's health check said last.
func (e *Engine) lastOutput(c inspected) string {
	if c.State.Health == nil || len(c.State.Health.Log) == 0 {
		return ""
	}
	last := c.State.Health.Log[len(c.State.Health.Log)-1]
	text := fmt.Sprintf(" with code %d", last.ExitCode)
	if lines := e.shown(c, last.Output, "docker inspect"); len(lines) > 0 {
		text += ": " + strings.Join(lines, " ")
	}
	return text
}

// inLine writes what others say in one line, harmless to show.
func inLine(text string) string { return strings.Join(cleanLines(text), "; ") }

// cleanLines splits a container's output into the last lines that are not
// blank, harmless to show.
func cleanLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.Map(func(r rune) rune {
			switch {
			case r == '\t':
				return ' '
			case unicode.IsPrint(r):
				return r
			}
			return -1
		}, strings.ToValidUTF8(line, "?")))
		if cut := []rune(line); len(cut) > logLineLength {
			line = string(cut[:logLineLength]) + "…"
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines[max(0, len(lines)-logLines):]
}
