package revision

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Parse reads a revision from its two records, of which the end may be missing:
// then it runs, or was interrupted.
func Parse(begun, ended []byte, running bool) (Revision, error) {
	var r Revision
	if err := json.Unmarshal(begun, &r.Begun); err != nil {
		return r, err
	}
	first, _, _ := strings.Cut(FormatVersion, ".")
	if major, _, _ := strings.Cut(r.FormatVersion, "."); major != first {
		return r, fmt.Errorf("revision %d has the format %s, and this is for %s", r.Number, r.FormatVersion, FormatVersion)
	}
	switch {
	case ended != nil:
		if err := json.Unmarshal(ended, &r.Ended); err != nil {
			return r, fmt.Errorf("revision %d: its end: %w", r.Number, err)
		}
	case running:
		r.Status = StatusRunning
	default:
		r.Status = StatusInterrupted
	}
	return r, nil
}
