package view

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// exampleReview is a review with a change of each kind and all that there can be beside.
func exampleReview() Review {
	reference := func(to topology.Address) topology.Reference {
		return topology.Reference{Address: to, TargetAddress: to, Host: to.Host()}
	}
	r := Review{
		Plan:     example(),
		Base:     State{Kind: StateLive, Name: "unix:///var/run/docker.sock"},
		Head:     State{Kind: StateWorking, Commit: "0123456789abcdef", Subject: "a shop", Dirty: true},
		Since:    State{Kind: StateCommit, Name: "main", Commit: "fedcba9876543210", Subject: "before"},
		BaseHash: "abcdef", Unasked: map[topology.Address]bool{logs: true},
		Moved:   []Move{{"bayplan_app.www", "bayplan_app.web"}},
		Others:  map[string]int{"aws_instance": 2},
		Refused: []string{"main.tf:9: app.old: it is protected from deletion."},
		Recorded: []plan.Change{{Address: cache, Action: plan.ActionUpdate, Fields: []plan.FieldDiff{
			{Field: "deletion_protection", Old: false, New: true},
		}}},
		Before: topology.Topology{Scope: scope, Workloads: map[topology.Address]topology.Workload{
			old: {Name: "old", Image: "web:0", Relationships: map[string]topology.Reference{"web": reference(web)}},
		}},
		After: topology.Topology{
			Scope: scope, Volumes: map[topology.Address]topology.Volume{data: {}, logs: {}},
			Workloads: map[topology.Address]topology.Workload{
				web: {
					Name: "web", Image: "web:2", Relationships: map[string]topology.Reference{"cache": reference(cache)},
					Mounts: map[string]topology.Mount{"/data": {Volume: "default/data"}},
				},
				cache:                                   {Name: "cache", Type: "redis:7"},
				{Kind: topology.KindApp, Name: "apart"}: {Name: "apart", Image: "apart:1"},
			},
		},
	}
	r.Changes = append(r.Changes, plan.Change{Address: logs, Action: plan.ActionUpdate, Impact: plan.Impact{Repair: []string{"connects logs"}}})
	return r
}

func TestReview(t *testing.T) {
	var markdown, html, machine bytes.Buffer
	for _, err := range []error{
		WriteReviewMarkdown(&markdown, exampleReview()), WriteReviewHTML(&html, exampleReview()), WriteReviewJSON(&machine, exampleReview()),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "review.md", markdown.Bytes())
	golden(t, "review.html", html.Bytes())
	golden(t, "review.json", machine.Bytes())
	for _, out := range []*bytes.Buffer{&markdown, &html, &machine} {
		if bytes.Contains(out.Bytes(), []byte("hunter")) {
			t.Error("a secret is shown")
		}
	}
}

func TestReviewOfNothing(t *testing.T) {
	r := Review{Plan: Plan{Scope: scope}, Base: State{Kind: StateCommit, Name: "v1", Commit: "0123456789abcdef", Subject: "before"}, Head: State{Kind: StateWorking}, BaseHash: "0123456789abcdef"}
	var out bytes.Buffer
	if err := WriteReviewMarkdown(&out, r); err != nil {
		t.Fatal(err)
	}
	golden(t, "review_empty.md", out.Bytes())
}

// many is a review of n changes, of which every tenth interrupts service, every
// hundredth deletes data, and each has a long value and one that is long to write.
func many(n int) Review {
	r := Review{Plan: Plan{Scope: scope}, Base: State{Kind: StateTerraform, Name: "state"}, BaseHash: "0", Head: State{Kind: StatePlan, Name: "plan.json"}, Link: "https://example.org/run?a=1"}
	r.After = topology.Topology{Scope: scope, Workloads: map[topology.Address]topology.Workload{}}
	for i := range n {
		a := topology.Address{Kind: topology.KindApp, Name: fmt.Sprintf("app-%03d", i)}
		c := plan.Change{Address: a, Action: plan.ActionUpdate, Impact: plan.Impact{Replace: 1, Because: []string{"env[\"A\"]"}}, Fields: []plan.FieldDiff{
			{Field: "env", Key: "A", Old: strings.Repeat("é", 500), New: "2", Effect: plan.EffectReplace},
		}}
		switch {
		case i%100 == 99:
			c.Impact.DeletesData = []string{"shop-default-" + a.Name}
		case i%10 == 9:
			c.Impact.Down = "both publish host port 80"
		}
		r.Changes = append(r.Changes, c)
		r.After.Workloads[a] = topology.Workload{Name: a.Name}
	}
	return r
}

// However much changes, a comment takes the review, the gravest comes first,
// and every change is told or counted.
func TestReviewOfMany(t *testing.T) {
	for _, n := range []int{1, 61, 300, 3000} {
		r := many(n)
		var out bytes.Buffer
		if err := WriteReviewMarkdown(&out, r); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		if size := utf8.RuneCountInString(text); size > markdownLimit {
			t.Errorf("%d changes take %d characters", n, size)
		}
		told := len(regexp.MustCompile("(?m)^(#### |- )`app\\.").FindAllString(text, -1))
		left := 0
		if match := regexp.MustCompile(`and (\d+) more are left out`).FindStringSubmatch(text); match != nil {
			if _, err := fmt.Sscan(match[1], &left); err != nil {
				t.Fatal(err)
			}
		}
		if told+left != n {
			t.Errorf("of %d changes %d are told and %d said to be left out", n, told, left)
		}
		if n > 61 && !strings.Contains(text, "[the whole review](<https://example.org/run?a=1>)") {
			t.Error("nothing says where the rest is")
		}
		last := -1
		for _, match := range regexp.MustCompile("(?m)^#### `app\\.app-(\\d+)`").FindAllStringSubmatch(text, -1) {
			var i int
			if _, err := fmt.Sscan(strings.TrimLeft(match[1], "0")+" ", &i); err != nil && match[1] != "000" {
				t.Fatal(err)
			}
			if now := rank(r.Changes[i], false); now < last {
				t.Errorf("app-%s comes after what is less grave", match[1])
			} else {
				last = now
			}
		}
		if n == 300 {
			golden(t, "review_many.md", out.Bytes())
		}
	}
}

// What a configuration holds stays text, whatever it spells.
func TestReviewStaysText(t *testing.T) {
	const evil = "```\n</script><script>alert(1)</script>\n# title @everyone [link](http://evil) ![x](http://evil)"
	r := Review{Plan: Plan{Scope: scope, Background: map[topology.Address]Background{web: {Place: Place{evil, 1}}}}, Base: State{Kind: StateCommit, Name: evil, Subject: evil}, Head: State{Kind: StateWorking}}
	r.Changes = []plan.Change{{Address: web, Action: plan.ActionUpdate, Impact: plan.Impact{Down: evil, Replace: 1, Because: []string{evil}}, Fields: []plan.FieldDiff{
		{Field: "env", Key: evil, Old: evil, New: "2"},
	}}}
	r.After = topology.Topology{Scope: scope, Workloads: map[topology.Address]topology.Workload{
		web: {Relationships: map[string]topology.Reference{evil: {Address: cache, TargetAddress: cache}}},
	}}
	r.Refused, r.Moved = []string{evil}, []Move{{evil, evil}}
	var markdown, html bytes.Buffer
	if err := WriteReviewMarkdown(&markdown, r); err != nil {
		t.Fatal(err)
	}
	if err := WriteReviewHTML(&html, r); err != nil {
		t.Fatal(err)
	}
	golden(t, "review_evil.md", markdown.Bytes())
	if n := strings.Count(html.String(), "<script"); n != 1 {
		t.Errorf("the page has %d scripts", n)
	}
}
