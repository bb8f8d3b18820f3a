package view

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// hostile draws a text that would be more than text to one of the outputs.
func hostile() *rapid.Generator[string] {
	part := rapid.OneOf(
		rapid.SampledFrom([]string{
			"\n", "\r", "\t", "\x00", "\x7f", "\xff\xfe", "\x1b[31m", "\x1b[2J", "\x1b]0;t\a", "\u009b2J", "\u202e", "\u2028", "\u0085",
			"```", "`", "</script><script>", "<b>", "<!--", "-->", "]]>", "&lt;", "\"", "'", "\\", "\\\"", "|", "#quot;", "%%{init: {}}%%",
			"@all", "#1", "[a](b)", "![a](b)", "**a**", "~~", "$$", "${a}", "]:::delete", "\n  app_web --> x", "\nrevision 9 apply done", " ", "a", "é", "界",
		}),
		rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 4), func(b []byte) string { return string(b) }),
	)
	text := rapid.Map(rapid.SliceOfN(part, 1, 5), func(parts []string) string { return strings.Join(parts, "") })
	return text.Filter(func(s string) bool { return s != "" })
}

// hostileReview has a text wherever one can come from outside.
func hostileReview(s string) Review {
	at := Place{s, 3}
	r := Review{
		Plan: Plan{Scope: scope, Engine: s, Background: map[topology.Address]Background{web: {Place: at, Fields: map[string]Field{
			FieldName(plan.FieldDiff{Field: "env", Key: s}): {Cause: Cause{Kind: plan.CauseConfiguration, Place: at}},
		}}}},
		Base: State{Kind: StateCommit, Name: "main", Commit: "0123456789abcdef", Author: s, Subject: s}, Head: State{Kind: StateWorking},
		BaseHash: "0", Refused: []string{s}, Moved: []Move{{s, s}}, Others: map[string]int{s: 1}, Link: "https://example.org/" + s,
	}
	r.Changes = []plan.Change{{
		Address: web, Action: plan.ActionUpdate, Impact: plan.Impact{Down: s, Replace: 1, Because: []string{s}},
		Fields: []plan.FieldDiff{
			{Field: "env", Key: s, Old: s, New: s + "2"},
			{Field: "mounts", Key: s, New: topology.Mount{Volume: s}},
			{Field: "labels", Old: map[string]string{s: s}, New: map[string]string{s: s + "2"}},
			{Field: "command", New: []string{s, s}},
			{Field: "relationships", Key: "api", New: topology.Reference{Host: s, Port: 1}},
		},
	}}
	r.After = topology.Topology{Scope: scope, Workloads: map[topology.Address]topology.Workload{web: {
		Image: s, Relationships: map[string]topology.Reference{s: {Address: cache, TargetAddress: cache}},
	}}}
	return r
}

// hostileRevision is a revision of which the same is true.
func hostileRevision(s string) revision.Revision {
	r := revision.Revision{Begun: revision.Begun{
		Number: 1, Operation: "apply", Began: time.Unix(0, 0), Author: s,
		Git:     &revision.Git{Commit: "0123456789abcdef", Branch: s, Author: s, Subject: s},
		Changes: []revision.Change{{Address: web, Action: "update", Impact: "changes memory"}},
	}}
	r.Status = revision.StatusDone
	return r
}

// texts writes all that is for people, in lines.
func texts(s string) string {
	var out bytes.Buffer
	to := Harmless(&out, Style{})
	r := hostileReview(s)
	r.Engine = "unix:///var/run/docker.sock"
	r.Changes[0].Impact.Because, r.Changes[0].Impact.Down = nil, ""
	WritePlan(to, Style{}, r.Plan)
	WriteHistory(to, Style{}, []revision.Revision{hostileRevision(s)})
	WriteOutputs(to, map[string]Output{"a": {Value: map[string]any{s: []any{s}}}})
	content := revision.NewContent(scope)
	content.Topology.Workloads[web] = topology.Workload{Name: "web", Env: map[string]string{s: s}, Labels: map[string]string{s: s}}
	for _, err := range []error{
		WriteRevision(to, Style{}, hostileRevision(s), &content),
		WriteStatus(to, Style{}, Status{Scope: scope, Rows: []StatusRow{{Address: web, State: "running", Runs: s}}}),
	} {
		if err != nil {
			panic(err)
		}
	}
	return out.String()
}

// However it is spelled, a text ends no line and makes none, and moves nothing.
func TestHostileTextIsText(t *testing.T) {
	lines := strings.Count(texts("x"), "\n")
	rapid.Check(t, func(t *rapid.T) {
		said := texts(hostile().Draw(t, "text"))
		if !utf8.ValidString(said) || strings.ContainsFunc(said, live) {
			t.Errorf("something is live in %q", said)
		}
		if n := strings.Count(said, "\n"); n != lines {
			t.Errorf("there are %d lines, not %d:\n%s", n, lines, said)
		}
	})
}

// A message has the lines that it has: none of them can be taken for another part.
func TestHostileMessage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := hostileRevision("x")
		r.Message = "m" + hostile().Draw(t, "message")
		var with, without bytes.Buffer
		WriteHistory(Harmless(&with, Style{}), Style{}, []revision.Revision{r})
		r.Message = ""
		WriteHistory(Harmless(&without, Style{}), Style{}, []revision.Revision{r})
		message, ok := strings.CutPrefix(with.String(), without.String()+"\n")
		if !ok {
			t.Fatalf("got %q", &with)
		}
		for line := range strings.Lines(message) {
			if !strings.HasPrefix(line, "    ") {
				t.Errorf("%q is no line of the message", line)
			}
		}
	})
}

func TestHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostile().Draw(t, "text")
		for _, style := range []Style{{}, {Colour: true}} {
			var out, again bytes.Buffer
			if n, err := Harmless(&out, style).Write([]byte(s)); n != len(s) || err != nil {
				t.Errorf("%d of %d bytes are written, %v", n, len(s), err)
			}
			fmt.Fprint(Harmless(&again, style), out.String())
			if again.String() != out.String() {
				t.Errorf("%q becomes %q and then %q", s, &out, &again)
			}
			rest := out.String()
			for _, m := range markings {
				if style.Colour {
					rest = strings.ReplaceAll(rest, string(m), "")
				}
			}
			if !utf8.ValidString(rest) || strings.ContainsFunc(rest, live) {
				t.Errorf("%q becomes %q", s, &out)
			}
			if utf8.ValidString(s) && !strings.ContainsFunc(s, live) && out.String() != s {
				t.Errorf("%q becomes %q", s, &out)
			}
		}
	})
}

// Colours pass to a terminal; what would hide text, write over it or turn it does not.
func TestHarmlessWrites(t *testing.T) {
	red := Style{Colour: true}.Bad("a")
	for _, tt := range []struct {
		style      Style
		text, want string
	}{
		{Style{Colour: true}, red, red},
		{Style{}, red, `\u001b[31ma\u001b[0m`},
		{Style{Colour: true}, "\x1b[8mb\x1b[2Kc\x1b[", `\u001b[8mb\u001b[2Kc\u001b[`},
		{Style{}, "a\r\x00\x7f\u009b\u202e\u2066\u2028é\n\t", `a\u000d\u0000\u007f\u009b\u202e\u2066\u2028é` + "\n\t"},
		{Style{}, "a\xff\xc3", `a\xff\xc3`},
	} {
		var out bytes.Buffer
		fmt.Fprint(Harmless(&out, tt.style), tt.text)
		if out.String() != tt.want {
			t.Errorf("%q is written as %q, not %q", tt.text, &out, tt.want)
		}
	}
}

// What was text comes out of a document as it was.
func TestHostileJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostile().Draw(t, "text")
		r := hostileReview(s)
		var plain, harmless bytes.Buffer
		for _, out := range []io.Writer{&plain, Harmless(&harmless, Style{})} {
			if err := WriteReviewJSON(out, r); err != nil {
				t.Fatal(err)
			}
		}
		if strings.ContainsFunc(harmless.String(), live) {
			t.Errorf("something is live in %q", &harmless)
		}
		var was, is map[string]any
		for text, into := range map[*bytes.Buffer]any{&plain: &was, &harmless: &is} {
			if err := json.Unmarshal(text.Bytes(), into); err != nil {
				t.Fatalf("%v in %s", err, text)
			}
		}
		if !reflect.DeepEqual(was, is) {
			t.Errorf("%s is no longer %s", &harmless, &plain)
		}
		if want, _ := json.Marshal(s); !strings.Contains(plain.String(), `"old": `+strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(want))) {
			t.Errorf("%s is not in %s", want, &plain)
		}
	})
}

// tags returns the elements of a page and their attributes, and its text.
func tags(page []byte) (elements []string, text string) {
	var all strings.Builder
	for z := html.NewTokenizer(bytes.NewReader(page)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return elements, all.String()
		case html.TextToken:
			all.Write(z.Text())
		default:
			token := z.Token()
			element := token.Type.String() + " " + token.Data
			for _, a := range token.Attr {
				element += " " + a.Key
			}
			elements = append(elements, element)
		}
	}
}

func hostilePage(t interface{ Fatal(args ...any) }, s string) []byte {
	var out bytes.Buffer
	if err := WriteReviewHTML(Harmless(&out, Style{}), hostileReview(s)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestHostileHTML(t *testing.T) {
	want, _ := tags(hostilePage(t, "x"))
	rapid.Check(t, func(t *rapid.T) {
		s := hostile().Draw(t, "text")
		got, text := tags(hostilePage(t, s))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q gives the page other elements: %v", s, got)
		}
		if shown := strconv.Quote(s); !strings.Contains(text, shown) {
			t.Errorf("the page does not show %s:\n%s", shown, text)
		}
	})
}

// tokens returns the elements of an XML document, and its texts.
func tokens(t interface{ Fatal(args ...any) }, document []byte) (elements, texts []string) {
	for d := xml.NewDecoder(bytes.NewReader(document)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return elements, texts
		}
		if err != nil {
			t.Fatal(err, string(document))
		}
		switch token := token.(type) {
		case xml.StartElement:
			elements = append(elements, token.Name.Local)
		case xml.CharData:
			texts = append(texts, string(token))
		}
	}
}

func TestHostileGraphs(t *testing.T) {
	line := regexp.MustCompile(`^  (app_web -->\|"((?:[^"#\n]|#\d+;)*)"\| service_cache|\w+(\["|\(\[")[^"\n]*("\]|"\]\)))$`)
	dot := regexp.MustCompile(`^  "app\.web" -> "service\.cache" \[label = ("(?:[^"\\\n]|\\.)*")\]$`)
	draw := func(s string) (mermaid, dot, svg string) {
		var out [3]bytes.Buffer
		after := hostileReview(s).After
		WriteMermaid(Harmless(&out[0], Style{}), after)
		WriteDot(Harmless(&out[1], Style{}), after)
		WriteSVG(Harmless(&out[2], Style{}), after, map[topology.Address]string{web: s})
		return out[0].String(), out[1].String(), out[2].String()
	}
	_, plainDot, plainSVG := draw("x")
	elements, _ := tokens(t, []byte(plainSVG))
	rapid.Check(t, func(t *rapid.T) {
		s := hostile().Draw(t, "text")
		mermaid, dots, svg := draw(s)
		lines := strings.Split(strings.TrimSpace(mermaid), "\n")
		if len(lines) != 4 {
			t.Fatalf("Mermaid has %d lines:\n%s", len(lines), mermaid)
		}
		for _, l := range lines[1:] {
			if !line.MatchString(l) {
				t.Errorf("%q is no line of Mermaid", l)
			}
		}
		label := regexp.MustCompile(`#(\d+);`).ReplaceAllStringFunc(line.FindStringSubmatch(lines[3])[2], func(code string) string {
			n, _ := strconv.Atoi(code[1 : len(code)-1])
			return string(rune(n))
		})
		if want := string([]rune(s)); label != want {
			t.Errorf("Mermaid shows %q, not %q", label, want)
		}
		if l := strings.Split(dots, "\n"); len(l) != strings.Count(plainDot, "\n")+1 || !dot.MatchString(l[4]) {
			t.Errorf("Dot is\n%s", dots)
		}
		if got, _ := tokens(t, []byte(svg)); !reflect.DeepEqual(got, elements) {
			t.Errorf("the picture has the elements %v, not %v", got, elements)
		}
	})
}

// active returns what is left of a Markdown text for Markdown to act on: what is
// in code, escaped or an entity is not.
func active(text string) string {
	text = regexp.MustCompile("(?ms)^(`{3,})\\w*\n.*?^`{3,}$").ReplaceAllString(text, "FENCE")
	var out strings.Builder
	for len(text) > 0 {
		run := len(text) - len(strings.TrimLeft(text, "`"))
		switch {
		case text[0] == '\\' && len(text) > 1:
			_, size := utf8.DecodeRuneInString(text[1:])
			text = text[1+size:]
			continue
		case run > 0:
			closing := regexp.MustCompile("(?:^|[^`])(`{" + strconv.Itoa(run) + "})(?:[^`]|$)").FindStringSubmatchIndex(text[run:])
			if closing != nil {
				text = text[run+closing[3]:]
				continue
			}
		}
		if entity := regexp.MustCompile(`^&(#\d+|lt|gt|amp);`).FindString(text); entity != "" {
			text = text[len(entity):]
			continue
		}
		if strings.ContainsRune("\n<>[]*_`@#|~!$&", rune(text[0])) || strings.HasPrefix(text, "FENCE") {
			out.WriteByte(text[0])
		}
		text = text[1:]
	}
	return out.String()
}

func TestHostileMarkdown(t *testing.T) {
	write := func(s string) string {
		var out bytes.Buffer
		if err := WriteReviewMarkdown(Harmless(&out, Style{}), hostileReview(s)); err != nil {
			panic(err)
		}
		return out.String()
	}
	want := active(write("x"))
	if !strings.Contains(want, "F") || !strings.Contains(want, "<") {
		t.Fatalf("a review does not look as this test thinks: %q", want)
	}
	rapid.Check(t, func(t *rapid.T) {
		said := write(hostile().Draw(t, "text"))
		if got := active(said); got != want {
			t.Errorf("Markdown acts on %q, not on %q:\n%s", got, want, said)
		}
		if strings.ContainsFunc(said, live) {
			t.Errorf("something is live in %q", said)
		}
	})
}

// A value of a megabyte is told by its beginning and its size; a program gets all of it.
func TestLongValues(t *testing.T) {
	long := strings.Repeat("é", 1<<19)
	p := Plan{Scope: scope, Plan: plan.Plan{Changes: []plan.Change{{Address: web, Action: plan.ActionUpdate, Fields: []plan.FieldDiff{
		{Field: "labels", Key: "a", Old: "short", New: long},
	}}}}}
	var text, machine bytes.Buffer
	WritePlan(&text, Style{}, p)
	if err := WritePlanJSON(&machine, p, nil, nil); err != nil {
		t.Fatal(err)
	}
	if text.Len() > 3*lineLimit || !strings.Contains(text.String(), `labels["a"]: "short" -> "éé`) || !strings.Contains(text.String(), "… (524290 characters)") {
		t.Errorf("a plan of %d bytes: %.300s", text.Len(), &text)
	}
	if !strings.Contains(machine.String(), long) {
		t.Error("JSON lacks the value")
	}
}
