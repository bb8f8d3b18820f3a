package revision

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Parse reads a revision from its two records. Without an end it runs when it
// is of a lock that is held, and else was interrupted.
func Parse(begun, ended []byte, locks ...string) (Revision, error) {
	var r Revision
	if err := json.Unmarshal(begun, &r.Begun); err != nil {
		return r, err
	}
	first, _, _ := strings.Cut(FormatVersion, ".")
	if major, _, _ := strings.Cut(r.FormatVersion, "."); major != first {
		return r, fmt.Errorf("it has the format %s, and this is for %s", r.FormatVersion, FormatVersion)
	}
	switch {
	case ended != nil:
		if err := json.Unmarshal(ended, &r.Ended); err != nil {
			return r, fmt.Errorf("its end: %w", err)
		}
	case r.ID != "" && slices.Contains(locks, r.ID):
		r.Status = StatusRunning
	default:
		r.Status = StatusInterrupted
	}
	return r, nil
}
