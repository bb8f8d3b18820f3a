package acceptance

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite what is told of the series")

// reads compares what is told of the series with testdata/series.
func (s *series) reads() {
	s.t.Helper()
	s.same("history.txt", s.bayplan("history"))
	s.same("show.txt", s.bayplan("history", "show", fmt.Sprint(s.number[2])))
	var diffs strings.Builder
	for _, of := range [][2]string{
		{s.commit[1], s.commit[2]},
		{fmt.Sprintf("#%d", s.number[5]), fmt.Sprintf("#%d", s.number[11])},
		{fmt.Sprintf("#%d", s.number[11]), fmt.Sprintf("#%d", s.number[5])},
		{fmt.Sprintf("#%d", s.number[7]), s.commit[upgraded]},
		{s.commit[10], "live"},
		{"HEAD", "."},
	} {
		fmt.Fprintf(&diffs, "$ bayplan diff %s %s\n%s\n", of[0], of[1], s.bayplan("diff", of[0], of[1]))
	}
	s.same("diff.txt", diffs.String())
	s.same("blame.txt", s.bayplan("blame", "app.site.memory")+"\n"+s.bayplan("blame", "app.site"))
	var reviews strings.Builder
	for i, review := range s.review {
		fmt.Fprintf(&reviews, "<!-- %s -->\n%s\n", stages[i+1].subject, review)
	}
	s.same("review.md", reviews.String())
}

// same compares a text with a file of testdata/series.
func (s *series) same(name, text string) {
	s.t.Helper()
	text = s.timeless(text)
	name = filepath.Join("testdata", "series", name)
	if *update {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		s.t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		s.t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// What differs from run to run, and what stands for it.
var fleeting = []struct {
	found *regexp.Regexp
	by    string
}{
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`), "2026-01-02 15:04:05 UTC"},
	{regexp.MustCompile(`\b\d+\.\ds\b`), "0.0s"},
	{regexp.MustCompile(`(?m)^Author: .*@.*`), "Author: me@here"},
	{regexp.MustCompile("<sub>Plan `[0-9a-f]+`"), "<sub>Plan `0123456789`"},
}

// timeless returns a text as it is in every run.
func (s *series) timeless(text string) string {
	for i, commit := range s.commit {
		name := fmt.Sprintf("commit-%03d", i)
		text = strings.NewReplacer(commit, name, commit[:len(name)], name).Replace(text)
	}
	text = strings.NewReplacer(s.project, "myproject", s.engine.Host, "ENGINE").Replace(text)
	for _, f := range fleeting {
		text = f.found.ReplaceAllString(text, f.by)
	}
	images := map[string]string{}
	return regexp.MustCompile(`sha256:[0-9a-f]{12}`).ReplaceAllStringFunc(text, func(digest string) string {
		if _, seen := images[digest]; !seen {
			images[digest] = fmt.Sprintf("sha256:image-%06d", len(images)+1)
		}
		return images[digest]
	})
}
