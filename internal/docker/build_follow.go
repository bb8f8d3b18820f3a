package docker

import (
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
)

// buildLine is one line of the engine's account of a build.
type buildLine struct {
	ID     string          `json:"id"`
	Stream string          `json:"stream"`
	Error  string          `json:"error"`
	Aux    json.RawMessage `json:"aux"`
}

// traceID marks the lines in which BuildKit gives its account.
const traceID = "moby.buildkit.trace"

// tailLength is how many bytes of a build's output are kept.
const tailLength = 1 << 16

// colour matches what builders and what they run mark their output with.
var colour = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`) })

// buildAccount is what is told of a build.
type buildAccount struct {
	report func(apply.Pulled)
	output string            // the end of it
	logs   map[string]string // BuildKit: the end of it by vertex
	failed string            // BuildKit: the vertex
}

// followBuild reads the engine's account of a build to its end and reports what
// it does. A build that fails says so only there.
func followBuild(stream io.Reader, report func(apply.Pulled)) error {
	a := buildAccount{report: report, logs: map[string]string{}}
	report(apply.Pulled{Step: "sending its context"})
	for d := json.NewDecoder(stream); ; {
		var line buildLine
		err := d.Decode(&line)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case line.Error != "":
			return &BuildError{Reason: oneLine(line.Error), Output: a.end()}
		case line.ID == traceID:
			var trace []byte
			if err := json.Unmarshal(line.Aux, &trace); err != nil {
				return err
			}
			a.trace(trace)
		default:
			a.classic(line.Stream)
		}
	}
}

// classic takes in output of the engine's own builder.
func (a *buildAccount) classic(text string) {
	a.output = tail(a.output + text)
	if step, is := strings.CutPrefix(text, "Step "); is {
		number, what, _ := strings.Cut(step, " : ")
		a.report(apply.Pulled{Step: "step " + oneLine(number) + ": " + oneLine(what)})
	}
}

// end returns the last lines of what failed, or of all.
func (a *buildAccount) end() []string {
	text := a.output
	if a.failed != "" {
		text = a.logs[a.failed]
	}
	return cleanLines(colour().ReplaceAllString(text, ""))
}

func tail(text string) string { return text[max(0, len(text)-tailLength):] }

// oneLine makes what a builder says fit to be shown in a line.
func oneLine(text string) string {
	return strings.Join(cleanLines(colour().ReplaceAllString(text, "")), " ")
}
