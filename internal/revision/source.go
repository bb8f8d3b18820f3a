package revision

import "context"

// Git is the commit that a configuration is of.
type Git struct {
	Commit  string `json:"commit"`
	Subject string `json:"subject,omitempty"` // the first line of its message
	Branch  string `json:"branch,omitempty"`  // none where no branch is checked out
	Dirty   bool   `json:"dirty,omitempty"`   // the files were not all as in the commit
}

// Source returns what git says of a directory, nil when it is in no repository
// or there is no git to ask.
func Source(ctx context.Context, dir string) *Git {
	at, dirty, err := Working(ctx, dir)
	if err != nil {
		return nil
	}
	branch, err := git(ctx, dir, nil, "symbolic-ref", "--short", "--quiet", "HEAD")
	if err != nil {
		branch = nil // none is checked out
	}
	return &Git{Commit: at.Hash, Subject: at.Subject, Branch: text(branch), Dirty: dirty}
}
