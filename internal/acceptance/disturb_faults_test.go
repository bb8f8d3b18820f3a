package acceptance

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// fault is what becomes of one call of a deed.
type fault struct {
	name, label string
	action      testenv.Action
	// does is done to the engine before, nil for nothing.
	does func(w *chaosRun)
	// said is what is said where the deed fails by it.
	said string
}

const disconnected = `closed the connection|connection reset|unexpected EOF|unexpected end of JSON`

// patience is how long the command waits for an answer that will not come.
const patience = 4 * time.Second

// faults are what may become of any call. What the engine says it has not, or
// has already, is believed: such an answer may lead to another error.
var faults = []fault{
	{name: "500", label: "is answered with 500", action: testenv.Status(http.StatusInternalServerError), said: "injected fault|500 Internal Server"},
	{name: "404", label: "is answered with 404", action: testenv.Status(http.StatusNotFound), said: "."},
	{name: "409", label: "is answered with 409", action: testenv.Status(http.StatusConflict), said: "."},
	{name: "timeout", label: "is never answered", action: testenv.Hang(), said: "no answer within"},
	{name: "slow", label: "is answered late", action: testenv.Delay(patience / 10), said: "nothing fails by it"},
	{name: "half", label: "is done, and answered by half", action: testenv.Cut(), said: disconnected},
	{name: "drop", label: "is disconnected before it is done", action: testenv.Drop(), said: disconnected},
	{name: "lost", label: "is disconnected once it is done", action: testenv.DropAfter(), said: disconnected},
	{name: "restart", label: "meets a restart of the engine", action: testenv.Drop(), does: func(w *chaosRun) { w.memory.Restart() }, said: "."},
}

// disturbance is a fault of the n-th call of a key, from 1.
type disturbance struct {
	fault
	key string
	n   int
}

func (d disturbance) String() string {
	return fmt.Sprintf("%s/%d/%s", strings.NewReplacer("/", "-", " ", "").Replace(d.key), d.n, d.name)
}

// deadline is when the command has given up a call, with patience.
func (d disturbance) deadline() time.Duration {
	switch {
	case strings.HasSuffix(d.key, "/stop"):
		return patience + 15*time.Second // of grace
	case strings.HasPrefix(d.key, "GET "), strings.HasPrefix(d.key, "HEAD "):
		return patience
	}
	return 4 * patience // what a busy engine does slowly
}

// disturbances are faults of calls, no two the same: as many as a sample has,
// of each call one before any has a second. Only an engine in memory is restarted.
func disturbances(calls []testenv.Call, sample int, inMemory bool) []disturbance {
	possible := slices.DeleteFunc(slices.Clone(faults), func(f fault) bool { return f.does != nil && !inMemory })
	var places []disturbance
	count := map[string]int{}
	for _, c := range calls {
		count[c.Key()]++
		places = append(places, disturbance{key: c.Key(), n: count[c.Key()]})
	}
	slices.SortFunc(places, func(a, b disturbance) int { return cmp.Or(strings.Compare(a.key, b.key), a.n-b.n) })
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	var out []disturbance
	for i := range min(sample, len(places)*len(possible)) {
		round, place := i/len(places), i%len(places)
		d := places[place]
		d.fault = possible[(round+place)%len(possible)]
		out = append(out, d)
	}
	return out
}
