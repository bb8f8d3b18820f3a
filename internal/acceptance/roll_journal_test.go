package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// journal is what the engine did to the containers of a project, in order.
type journal struct {
	w      *workspace
	end    context.CancelFunc
	failed <-chan error

	mu      sync.Mutex
	entries []events.Message
}

// follow notes what the engine does from now on.
func (w *workspace) follow() *journal {
	ctx, cancel := context.WithCancel(context.Background())
	w.t.Cleanup(cancel)
	j := &journal{w: w, end: cancel}
	mine := w.ours()
	mine.Add("type", string(events.ContainerEventType))
	messages, failed := w.engine.Docker.Events(ctx, events.ListOptions{Filters: mine})
	j.failed = failed
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case m := <-messages:
				j.mu.Lock()
				j.entries = append(j.entries, m)
				j.mu.Unlock()
			}
		}
	}()
	return j
}

// read ends the journal and returns it. What the engine does last for it shows
// that nothing before is missing.
func (j *journal) read() []events.Message {
	j.w.t.Helper()
	docker := j.w.engine.Docker
	last, err := docker.ContainerCreate(j.w.ctx(), &container.Config{Image: "busybox:stable", Labels: map[string]string{testenv.ProjectLabel: j.w.project}}, nil, nil, nil, "")
	if err == nil {
		err = docker.ContainerRemove(j.w.ctx(), last.ID, container.RemoveOptions{})
	}
	if err != nil {
		j.w.t.Fatal(err)
	}
	var out []events.Message
	testenv.Eventually(j.w.t, callLimit, "the last of the engine's events", func() error {
		select {
		case err := <-j.failed:
			j.w.t.Fatalf("the engine's events: %v", err)
		default:
		}
		j.mu.Lock()
		defer j.mu.Unlock()
		i := slices.IndexFunc(j.entries, func(m events.Message) bool { return m.Actor.ID == last.ID && m.Action == events.ActionDestroy })
		if i < 0 {
			return fmt.Errorf("there are %d", len(j.entries))
		}
		out = slices.DeleteFunc(slices.Clone(j.entries[:i]), func(m events.Message) bool { return m.Actor.ID == last.ID })
		return nil
	})
	j.end()
	return out
}

// toldImpact is what the command's plan says that a change costs.
type toldImpact struct {
	Create, Replace, Remove, Start, Seconds int
	Down                                    string
	Measured                                bool // as last time
	Hits, Pauses                            []string
}

// told returns the impact that the command's plan tells, by address.
func (w *workspace) told() map[string]toldImpact {
	w.t.Helper()
	var plan struct {
		Changes []struct {
			Address string
			Impact  toldImpact
		}
	}
	out, err := w.bayplanCommand("plan", "--json").Output()
	if err == nil {
		err = json.Unmarshal(out, &plan)
	}
	if err != nil {
		w.t.Fatalf("bayplan plan: %v\n%s", err, out)
	}
	told := map[string]toldImpact{}
	for _, c := range plan.Changes {
		told[c.Address] = c.Impact
	}
	return told
}

// done is what the engine did to the containers of one address.
type done struct {
	created, started, removed, paused, unpaused int
}

// deeds sums up a journal by address.
func deeds(entries []events.Message) map[string]done {
	out := map[string]done{}
	for _, m := range entries {
		address := m.Actor.Attributes["io.bayplan.kind"] + "." + m.Actor.Attributes["io.bayplan.name"]
		d := out[address]
		switch m.Action {
		case events.ActionCreate:
			d.created++
		case events.ActionStart:
			d.started++
		case events.ActionDestroy:
			d.removed++
		case events.ActionPause:
			d.paused++
		case events.ActionUnPause:
			d.unpaused++
		default:
			continue
		}
		out[address] = d
	}
	return out
}

// happened checks that what a plan told is what the engine did, and nothing else.
func (w *workspace) happened(told map[string]toldImpact, did map[string]done) {
	w.t.Helper()
	paused := map[string]bool{}
	for _, i := range told {
		for _, a := range i.Pauses {
			paused[a] = true
		}
	}
	addresses := slices.Concat(slices.Collect(maps.Keys(told)), slices.Collect(maps.Keys(did)))
	slices.Sort(addresses)
	for _, address := range slices.Compact(addresses) {
		i, d := told[address], did[address]
		if d.created != i.Create+i.Replace || d.removed != i.Replace+i.Remove || d.started != d.created+i.Start {
			w.t.Errorf("the plan says of %s that it creates %d, replaces %d, removes %d and starts %d; the engine created %d, removed %d and started %d",
				address, i.Create, i.Replace, i.Remove, i.Start, d.created, d.removed, d.started)
		}
		if (d.paused > 0) != paused[address] || d.paused != d.unpaused {
			w.t.Errorf("the plan says that %s is paused: %v; the engine paused it %d times and let it go on %d times", address, paused[address], d.paused, d.unpaused)
		}
	}
	w.goOn()
}
