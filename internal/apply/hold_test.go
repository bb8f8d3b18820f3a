package apply_test

import (
	"slices"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

func paused(name string, hold time.Duration, needs ...int) plan.Step {
	return plan.Step{Address: db, Op: plan.PauseInstance{Name: name}, Undo: plan.UnpauseInstance{Name: name}, Hold: hold, Needs: needs}
}

func TestAHoldEndsWithItsTime(t *testing.T) {
	thaw := plan.Step{Address: db, Op: plan.UnpauseInstance{Name: "c"}, Needs: []int{1}}
	for what, tt := range map[string]struct {
		hold time.Duration
		want []time.Duration // when it is let go, from the start
	}{
		"the rest is quicker": {time.Minute, []time.Duration{11 * time.Second}},
		"the rest is slower":  {4 * time.Second, []time.Duration{5 * time.Second, 11 * time.Second}},
	} {
		t.Run(what, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				rt := &fake{lasts: map[string]time.Duration{start("new"): 10 * time.Second, thaw.Op.String(): 0}}
				begin := time.Now()
				var got []time.Duration
				released := 0
				sink := func(e apply.Event) {
					switch e := e.(type) {
					case apply.StepReleased:
						released++
						got = append(got, time.Since(begin))
					case apply.StepDone:
						if e.Index == 2 {
							got = append(got, time.Since(begin))
						}
					}
				}
				result, err := apply.Run(t.Context(), rt, scope, []plan.Step{paused("c", tt.hold), up(db, "new", 0), thaw}, apply.Options{Sink: sink, Parallelism: 1})
				if err != nil || result[db] != apply.OutcomeDone {
					t.Fatalf("%v, %v", result, err)
				}
				if !slices.Equal(got, tt.want) || released != len(tt.want)-1 {
					t.Errorf("let go after %v, %d times because of the time; want after %v", got, released, tt.want)
				}
			})
		})
	}
}

func TestAHoldThatIsTakenBackIsOver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		rt := &fake{fails: map[string]error{start("new"): errPort}, lasts: map[string]time.Duration{stop("new"): time.Hour}}
		undone := 0
		sink := func(e apply.Event) {
			if e, ok := e.(apply.StepUndone); ok && e.Index == 0 {
				undone++
			}
		}
		_, err := apply.Run(t.Context(), rt, scope, []plan.Step{paused("c", time.Minute), up(db, "new", 0)}, apply.Options{Sink: sink})
		if err == nil || undone != 1 {
			t.Errorf("undone %d times: %v", undone, err)
		}
	})
}
