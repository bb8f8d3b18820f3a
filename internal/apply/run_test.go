package apply_test

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func TestStepsOverlapAsFarAsTheirOrderAllows(t *testing.T) {
	bubble(t, func(t *testing.T) {
		rt := &fake{lasts: map[string]time.Duration{start("b"): 2 * time.Second, start("c"): 3 * time.Second}}
		begin := time.Now()
		result, err := apply.Run(t.Context(), rt, scope, []plan.Step{
			up(web, "a"), up(web, "b", 0), up(web, "c", 0), up(web, "d", 1, 2),
		}, apply.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took != 5*time.Second {
			t.Errorf("took %s, want 5s: one for a, three for b and c at once, one for d", took)
		}
		if want := (apply.Result{web: apply.OutcomeDone}); !cmp.Equal(result, want) {
			t.Errorf("result %v, want %v", result, want)
		}
	})
}

func TestNoMoreRunThanAllowedAndTheFirstGoFirst(t *testing.T) {
	for parallelism, want := range map[int]int{1: 1, 3: 3, 0: apply.DefaultParallelism, -1: apply.DefaultParallelism} {
		bubble(t, func(t *testing.T) {
			var steps []plan.Step
			for i := range 20 {
				steps = append(steps, up(web, strconv.Itoa(i)))
			}
			rt := &fake{}
			var started []int
			sink := func(e apply.Event) {
				if e, ok := e.(apply.StepStarted); ok {
					started = append(started, e.Index)
				}
			}
			if _, err := apply.Run(t.Context(), rt, scope, steps, apply.Options{Parallelism: parallelism, Sink: sink}); err != nil {
				t.Fatal(err)
			}
			if rt.most != want {
				t.Errorf("parallelism %d: %d at once, want %d", parallelism, rt.most, want)
			}
			if !slices.IsSorted(started) || len(started) != len(steps) {
				t.Errorf("parallelism %d: started in the order %v", parallelism, started)
			}
		})
	}
}

func TestNothingToDo(t *testing.T) {
	result, err := apply.Run(t.Context(), &fake{}, scope, nil, apply.Options{})
	if err != nil || len(result) != 0 {
		t.Errorf("got %v, %v", result, err)
	}
}

func TestStepsOutOfOrderAreRefusedBeforeAnythingRuns(t *testing.T) {
	for name, bad := range map[string]plan.Step{
		"itself":   up(web, "b", 1),
		"later":    up(web, "b", 2),
		"negative": up(web, "b", -1),
		"no op":    {Address: web},
	} {
		t.Run(name, func(t *testing.T) {
			rt := &fake{}
			_, err := apply.Run(t.Context(), rt, scope, []plan.Step{up(web, "a"), bad}, apply.Options{})
			if err == nil || rt.calls > 0 {
				t.Errorf("got error %v after %d calls", err, rt.calls)
			}
		})
	}
}

func TestEventsTellTheWholeStoryInOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		rt := &fake{
			lasts: map[string]time.Duration{start("b"): 2 * time.Second},
			fails: map[string]error{start("b"): errPort, stop("a"): errGone},
		}
		var heard recorder
		_, err := apply.Run(t.Context(), rt, scope, []plan.Step{up(web, "a"), up(web, "b", 0), up(web, "c", 1)},
			apply.Options{Sink: heard.sink})
		want := []string{
			`0 app.web: start instance "a" started`,
			`0 app.web: start instance "a" done after 1s`,
			`1 app.web: start instance "b" started`,
			`1 app.web: start instance "b" failed after 2s: port 8080 is already allocated`,
			`1 app.web: start instance "b" undone by stop instance "b" after 1s`,
			`0 app.web: start instance "a" undone by stop instance "a" after 1s: no such instance`,
		}
		if diff := cmp.Diff(want, heard.heard); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		wantErr := "app.web: start instance \"b\": port 8080 is already allocated\n" +
			"app.web: take back: stop instance \"a\": no such instance"
		if err == nil || err.Error() != wantErr {
			t.Errorf("error %v, want %s", err, wantErr)
		}
	})
}

func TestTheSinkIsCalledByOneGoroutineAtATime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var steps []plan.Step
		for i := range 50 {
			a := topology.Address{Kind: topology.KindApp, Name: strconv.Itoa(i)}
			steps = append(steps, up(a, strconv.Itoa(i)))
		}
		events := 0 // the race detector watches it
		if _, err := apply.Run(context.Background(), &fake{}, scope, steps,
			apply.Options{Parallelism: 50, Sink: func(apply.Event) { events++ }}); err != nil {
			t.Fatal(err)
		}
		if events != 100 {
			t.Errorf("%d events, want 100", events)
		}
	})
}
