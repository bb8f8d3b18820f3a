package acceptance

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
)

// promise is what a plan says, of the changes and of the steps.
type promise struct {
	Empty   bool
	Changes []struct {
		Address, Action string
		Impact          struct {
			Down   string
			Pauses []string
		}
	}
	Steps []struct{ Text string }
}

// promised returns what the plan of a configuration says.
func (w *chaosRun) promised(plan ...string) promise {
	w.t.Helper()
	var p promise
	if err := json.Unmarshal([]byte(w.bayplan(append(plan, "--json")...)), &p); err != nil {
		w.t.Fatal(err)
	}
	return p
}

// change returns what is done to an address, "" for nothing, and whether it is
// down meanwhile.
func (p promise) change(address string) (action string, down bool) {
	for _, c := range p.Changes {
		if c.Address == address {
			return c.Action, c.Impact.Down != ""
		}
	}
	return "", false
}

// pauses reports whether an address is paused meanwhile.
func (p promise) pauses(address string) bool {
	for _, c := range p.Changes {
		if slices.Contains(c.Impact.Pauses, address) {
			return true
		}
	}
	return false
}

// scene is what users of a project notice: who serves, and who answers to a host.
type scene struct {
	containers map[string]container.InspectResponse
	networks   []network.Summary
}

func (w *chaosRun) scene() scene {
	w.t.Helper()
	networks, err := w.engine.Docker.NetworkList(w.ctx(), network.ListOptions{Filters: w.ours()})
	if err != nil {
		w.t.Fatal(err)
	}
	return scene{w.containers(), networks}
}

// serving returns the ids of the containers of an address that run, those that
// are paused too where that is allowed.
func (s scene) serving(address string, paused bool) []string {
	var out []string
	for _, c := range s.containers {
		if c.Config.Labels["io.bayplan.owner"] == address && c.Config.Labels["io.bayplan.hook"] == "" && c.State.Running && (paused || !c.State.Paused) {
			out = append(out, c.ID)
		}
	}
	slices.Sort(out)
	return out
}

// owners returns the addresses that have containers.
func (s scene) owners() []string {
	out := map[string]bool{}
	for _, c := range s.containers {
		out[c.Config.Labels["io.bayplan.owner"]] = true
	}
	return slices.Sorted(maps.Keys(out))
}

// answers reports whether anyone who runs answers to the host of a network.
func (s scene) answers(n network.Summary) bool {
	for _, c := range s.containers {
		if at := c.NetworkSettings.Networks[n.Name]; at != nil && c.State.Running && slices.Contains(at.Aliases, n.Labels["io.bayplan.host"]) {
			return true
		}
	}
	return false
}

// keeps checks, in the midst of a deed, what its plan promised: what it does not
// change goes on as it was, and what is not said to be down serves with as many
// as it had or is to have, under the names that it had.
func (w *chaosRun) keeps(p promise, before, now, after scene) {
	w.t.Helper()
	for _, address := range before.owners() {
		action, down := p.change(address)
		had := before.serving(address, true)
		has := now.serving(address, p.pauses(address))
		switch {
		case action == "" && !slices.Equal(had, has):
			w.t.Errorf("%s is not to change: %d of %d serve, or others", address, len(has), len(had))
		case action != "" && action != "delete" && !down && len(has) < min(len(had), len(after.serving(address, true))):
			w.t.Errorf("%s is not to be down: %d serve, of %d before and %d after", address, len(has), len(had), len(after.serving(address, true)))
		}
	}
	for _, n := range before.networks {
		_, down := p.change(n.Labels["io.bayplan.target"])
		stays := slices.ContainsFunc(after.networks, func(other network.Summary) bool { return other.Name == n.Name })
		if stays && !down && before.answers(n) && after.answers(n) && !now.answers(n) {
			w.t.Errorf("nobody answers to %s in %s", n.Labels["io.bayplan.host"], n.Name)
		}
	}
}

var (
	creates = regexp.MustCompile(`^create (instance|network|volume|marker) "(.*)"$`)
	removes = regexp.MustCompile(`^remove (instance|network|volume|marker) "(.*?)"( if unused)?$`)
	renames = regexp.MustCompile(`^rename instance "(.*)" to "(.*)"$`)
)

// kindOf is what objects calls what steps call so.
var kindOf = map[string]string{"instance": "container ", "network": "network ", "volume": "volume ", "marker": "volume "}

// foresees checks that a plan said which objects there are after it was applied.
func (p promise) foresees(before, after []string) (surprises []string) {
	there, maybe := map[string]bool{}, map[string]bool{}
	for _, object := range before {
		there[object] = true
	}
	for _, step := range p.Steps {
		if m := creates.FindStringSubmatch(step.Text); m != nil {
			there[kindOf[m[1]]+m[2]] = true
		}
		if m := removes.FindStringSubmatch(step.Text); m != nil {
			delete(there, kindOf[m[1]]+m[2])
			maybe[kindOf[m[1]]+m[2]] = m[3] != ""
		}
		if m := renames.FindStringSubmatch(step.Text); m != nil {
			delete(there, "container "+m[1])
			there["container "+m[2]] = true
		}
	}
	for _, object := range after {
		if !there[object] && !maybe[object] {
			surprises = append(surprises, "there is "+object)
		}
	}
	for object := range there {
		if !slices.Contains(after, object) && !strings.HasSuffix(object, ".lock") {
			surprises = append(surprises, "there is no "+object)
		}
	}
	return surprises
}
