package revision

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
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
	Seconds float64 `json:"seconds"` // from its first step to its last
}

// Git is the commit of a configuration.
type Git struct {
	Commit string `json:"commit"`
	Branch string `json:"branch,omitempty"` // none where no branch is checked out
	Dirty  bool   `json:"dirty,omitempty"`  // the files were not those of the commit
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

// Content is what may be secret of a revision: the whole topology that was
// wanted, as it was resolved.
type Content struct {
	Topology topology.Topology
	// Follows says which addresses others come after though the topology does not say so.
	Follows map[topology.Address][]topology.Address `json:",omitempty"`
	// Written are the fields that the configuration has.
	Written map[topology.Address][]string `json:",omitempty"`
	// Hidden are the fields, such as env["TOKEN"], whose values are not to be shown.
	Hidden map[topology.Address][]string `json:",omitempty"`
}

const sealedContent = "revision"

// Seal sets what is sealed of a revision.
func (b *Begun) Seal(key topology.Key, c Content) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	b.KeyID = key.ID()
	b.Sealed, err = Seal(key, sealedContent, packed.Bytes(), b.beside(c.Topology.Scope))
	return err
}

// Open returns what is sealed of a revision of a scope.
func (b Begun) Open(key topology.Key, scope topology.Scope) (Content, error) {
	var c Content
	packed, err := Unseal(key, sealedContent, b.Sealed, b.beside(scope))
	if err != nil {
		return c, fmt.Errorf("revision %d: %w", b.Number, err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return c, fmt.Errorf("revision %d: %w", b.Number, err)
	}
	text, err := io.ReadAll(r)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		return c, fmt.Errorf("revision %d: %w", b.Number, err)
	}
	return c, nil
}

// beside is what the sealed content is bound to: its place in the ledger.
func (b Begun) beside(scope topology.Scope) []byte {
	return fmt.Appendf(nil, "%s %s %d %s", scope.Project, scope.Environment, b.Number, b.ID)
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
