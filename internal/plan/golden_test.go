package plan_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply/runtimetest"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var update = flag.Bool("update", false, "rewrite the golden plans")

// Each file of testdata is a story in chapters. Chapter N has a section "N"
// with what is wanted from then on, one line an address (see declared), and a
// section "N.plan" with the plans that follow, address by address, those that
// find nothing to do left out. After each chapter a next plan is empty.
//
// Further lines of a chapter: "! ..." is what a person does to the engine
// before it (see outOfBand), "> ..." how it is planned (see storyOptions), and
// "# ..." a remark.
func TestGoldenPlans(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no stories", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tell(t, archive)
			if *update && !t.Failed() {
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// tell runs a story and compares its plans, or puts them into the archive.
func tell(t *testing.T, archive *txtar.Archive) {
	t.Helper()
	s := &story{world: newWorld()}
	var told []txtar.File
	for i, f := range archive.Files {
		if strings.HasSuffix(f.Name, ".plan") {
			continue
		}
		got := s.chapter(t, f.Name, string(f.Data))
		golden := txtar.File{Name: f.Name + ".plan"}
		if i+1 < len(archive.Files) && archive.Files[i+1].Name == golden.Name {
			golden.Data = archive.Files[i+1].Data
		}
		if diff := cmp.Diff(string(golden.Data), got); diff != "" && !*update {
			t.Errorf("chapter %s: -want +got, go test -update rewrites it:\n%s", f.Name, diff)
		}
		golden.Data = []byte(got)
		told = append(told, f, golden)
	}
	archive.Files = told
}

// story is a world and what earlier chapters left.
type story struct {
	*world
	declared declared
	ids      map[topology.Address]map[string]string // instances after the last chapter
}

// chapter makes happen what a chapter says and returns its plans.
func (s *story) chapter(t *testing.T, name, text string) string {
	t.Helper()
	before := s.order
	o := storyOptions{create: map[topology.Address]bool{}, only: map[topology.Address]bool{}}
	d := newDeclared()
	var happened []string
	for line := range strings.Lines(text) {
		var err error
		switch line = strings.TrimSpace(line); {
		case line == "" || line[0] == '#':
		case line[0] == '!':
			happened = append(happened, strings.TrimSpace(line[1:]))
		case line[0] == '>':
			err = o.set(strings.Fields(line[1:]))
		default:
			err = d.declare(line)
		}
		if err != nil {
			t.Fatalf("chapter %s: %v", name, err)
		}
	}
	s.declared = d
	for _, line := range happened {
		s.outOfBand(t, strings.Fields(line))
	}
	s.want(t, d)
	out := s.changes(t, o, before)
	if !o.fails {
		s.settled(t)
		s.nothingLeft(t, s.gone(before))
	}
	s.remember(t)
	if who := s.telltale(out); who != "" || strings.Contains(out, "hushed") {
		t.Errorf("chapter %s: a plan shows a password: %s", name, who)
	}
	return out
}

// changes plans and runs address by address and returns the plans.
func (s *story) changes(t *testing.T, o storyOptions, before []topology.Address) string {
	t.Helper()
	about := slices.Concat(s.order, s.gone(before))
	if o.deleteFirst {
		about = slices.Concat(s.gone(before), s.order)
	}
	var out strings.Builder
	for _, a := range about {
		p, err := s.plan(t, s.options(o, a), a)
		if err == nil && len(p.Changes[0].Fields)+len(p.Steps) == 0 && p.Changes[0].Action == plan.ActionNone {
			continue
		}
		if err == nil {
			out.WriteString(p.String())
			err = s.run(p)
		}
		if err != nil {
			fmt.Fprintf(&out, "error: %v\n", err)
			if !o.fails {
				t.Errorf("%v", err)
			}
		}
		out.WriteString("\n")
	}
	if out.Len() == 0 {
		return "no changes\n"
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// nothingLeft fails the test where something of a deleted address could still go.
func (s *story) nothingLeft(t *testing.T, gone []topology.Address) {
	t.Helper()
	for _, a := range gone {
		if p, err := s.plan(t, options{only: s.ids[a]}, a); err != nil || len(p.Steps) > 0 {
			t.Errorf("%s is deleted, and still %s %v", a, p, err)
		}
	}
}

func (s *story) remember(t *testing.T) {
	t.Helper()
	s.ids = map[topology.Address]map[string]string{}
	for _, i := range s.live(t).Instances {
		if s.ids[i.Address] == nil {
			s.ids[i.Address] = map[string]string{}
		}
		s.ids[i.Address][i.Name] = i.ID
	}
}

// storyOptions say how a chapter is planned: "create ADDRESS" plans it with
// nothing known to be live, "only ADDRESS" bounds its deletion to what was
// there after the last chapter, "delete-data" lets volumes go with their data,
// "delete-first" deletes before it creates, "fails" expects errors.
type storyOptions struct {
	create, only                   map[topology.Address]bool
	deleteData, deleteFirst, fails bool
}

func (o *storyOptions) set(words []string) error {
	var a topology.Address
	if len(words) > 1 {
		var err error
		if a, err = topology.ParseAddress(words[1]); err != nil {
			return err
		}
	}
	switch words[0] {
	case "create":
		o.create[a] = true
	case "only":
		o.only[a] = true
	case "delete-data":
		o.deleteData = true
	case "delete-first":
		o.deleteFirst = true
	case "fails":
		o.fails = true
	default:
		return fmt.Errorf("no option %q", words[0])
	}
	return nil
}

func (s *story) options(o storyOptions, a topology.Address) options {
	out := options{create: o.create[a], deleteData: o.deleteData}
	if o.only[a] {
		out.only = s.ids[a]
	}
	return out
}

// outOfBand does to the engine what a person can do there.
func (s *story) outOfBand(t *testing.T, words []string) {
	t.Helper()
	arg := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	switch words[0] {
	case "stop":
		s.engine.Stop(arg(1))
	case "pause":
		s.perform(t, plan.PauseInstance{Name: arg(1)})
	case "rm":
		s.engine.Remove(arg(1))
	case "exit":
		s.engine.Exit(arg(1), map[string]int{"0": 0, "1": 1}[arg(2)])
	case "unhealthy":
		s.engine.SetHealth(arg(1), topology.HealthUnhealthy)
	case "memory":
		s.engine.UpdateMemory(arg(1), topology.Size(arg(2)))
	case "connect":
		s.engine.Connect(arg(1), arg(2))
	case "disconnect":
		s.engine.Disconnect(arg(1), arg(2))
	case "retag":
		s.engine.SetImage(arg(1), runtimetest.Image{Digest: arg(2)})
	case "rm-volume":
		s.engine.RemoveVolume(arg(1))
	case "network":
		s.perform(t, plan.CreateNetwork{Network: topology.Network{Name: arg(1)}})
	case "behave":
		a, _ := topology.ParseAddress(arg(1))
		s.engine.Behave(a, map[string]runtimetest.Behaviour{
			"well": runtimetest.Ordinary, "exits": runtimetest.Exits, "unhealthy": runtimetest.Unhealthy,
		}[arg(2)])
	case "take-over":
		a, _ := topology.ParseAddress(arg(1))
		s.apply(t, options{create: true}, a)
	case "half-made":
		s.halfMade(t, words[1], words[2:])
	default:
		t.Fatalf("nobody can %q", words[0])
	}
}

// halfMade leaves what a killed apply of an address leaves: a container that
// was never started, made from what is declared with other fields set.
func (s *story) halfMade(t *testing.T, address string, other []string) {
	t.Helper()
	a, err := topology.ParseAddress(address)
	if err != nil {
		t.Fatal(err)
	}
	work := s.declared.workloads[a]
	for _, word := range other {
		if err := s.declared.setWorkload(a, &work, word); err != nil {
			t.Fatal(err)
		}
	}
	work = s.complete(t, a, work)
	c := plan.Lower(scope, a, work, key)
	s.perform(t, plan.EnsureImage{Image: c.Image, Digest: c.Digest})
	s.perform(t, plan.EnsureProbe{Image: c.Image})
	s.perform(t, plan.CreateInstance{Name: scope.InstanceName(a, 1, 1), Container: c})
}

func (s *story) perform(t *testing.T, op plan.Op) {
	t.Helper()
	if err := s.engine.Perform(context.Background(), scope, op, nil); err != nil {
		t.Fatal(err)
	}
}
