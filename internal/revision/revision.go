package revision

import (
	"slices"
	"strings"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// FormatVersion is that of the records of revisions. What is added leaves its
// first number alone; a record of another first number is refused.
const FormatVersion = "1.0"

// Revision is one change of a topology: who made which plan of what, and what
// became of it.
type Revision struct {
	Begun
	Ended
}

// Begun is what is said of a revision before its first step.
type Begun struct {
	FormatVersion string                     `json:"format_version"`
	ID            string                     `json:"id"` // that of the lock it is made under
	Number        int                        `json:"number"`
	Operation     string                     `json:"operation"` // apply, destroy or revert
	Began         time.Time                  `json:"began"`
	Author        string                     `json:"author"`
	Message       string                     `json:"message,omitempty"`
	Bayplan       string                     `json:"bayplan_version"`
	Git           *Git                       `json:"git,omitempty"`
	Reverts       string                     `json:"reverts,omitempty"` // to what: "#3", or a commit
	Count         Count                      `json:"count"`
	Changes       []Change                   `json:"changes"`
	Images        map[topology.Address]Image `json:"images"`
	KeyID         string                     `json:"key_id"`           // the fingerprint of the key that opens it
	Sealed        []byte                     `json:"sealed,omitempty"` // the Content
}

// Ended is what is said of a revision after its last step.
type Ended struct {
	Status   Status                       `json:"status"`
	Ended    time.Time                    `json:"ended,omitzero"`
	Outcomes map[topology.Address]Outcome `json:"outcomes,omitempty"` // of each address that had steps
	// TakenBack is what became of taking back what was done before the failure,
	// nil when it was not asked for.
	TakenBack map[topology.Address]Outcome `json:"taken_back,omitempty"`
}

// Status is what became of a revision.
type Status string

// The states of a revision. One that was killed has no end of its own: whoever
// reads that finds it interrupted once nobody holds its lock.
const (
	StatusRunning     Status = "running"
	StatusDone        Status = "done"
	StatusFailed      Status = "failed"
	StatusInterrupted Status = "interrupted"
)

// OutcomeDone is the outcome of an address all of whose steps succeeded.
const OutcomeDone = "done"

// Outcome is what became of an address: done, failed or abandoned.
type Outcome struct {
	Outcome string  `json:"outcome"`
	Seconds float64 `json:"seconds"`                // from its first step to its last
	Down    float64 `json:"down_seconds,omitempty"` // how long nobody of it served, if it was recreated
}

// Count is how many changes of each kind a plan had.
type Count struct {
	Create  int `json:"create"`
	Change  int `json:"change"`
	Replace int `json:"replace"`
	Delete  int `json:"delete"`
}

// Change is a change as it was planned.
type Change struct {
	Address topology.Address `json:"address"`
	Action  string           `json:"action"` // create, update, replace or delete
	Fields  []string         `json:"fields,omitempty"`
	Impact  string           `json:"impact,omitempty"`
}

// Image is what a workload ran: its image as it was spelled, and what that was.
type Image struct {
	Image  string `json:"image"`
	Digest string `json:"digest"`
}

// Said is what the author said of a revision, else what its commit does.
func (r Revision) Said() string {
	if r.Message == "" && r.Git != nil {
		return r.Git.Subject
	}
	return r.Message
}

// Who is the author of what Said returns: whoever applied, else whoever committed.
func (r Revision) Who() string {
	if r.Message != "" || r.Git == nil || r.Git.Author == "" || r.Git.Dirty {
		return r.Author
	}
	return r.Git.AuthorName()
}

// With returns the addresses that have an outcome, sorted.
func (r Revision) With(outcome string) []topology.Address {
	var out []topology.Address
	for a, o := range r.Outcomes {
		if o.Outcome == outcome {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(x, y topology.Address) int { return strings.Compare(x.String(), y.String()) })
	return out
}

// TookEffect reports whether what a revision wants of an address is what was
// live when it ended.
func (r Revision) TookEffect(a topology.Address) bool {
	if r.Ended.Ended.IsZero() {
		return false
	}
	outcome, had := r.Outcomes[a]
	_, back := r.TakenBack[a]
	return (!had || outcome.Outcome == OutcomeDone) && !back
}
