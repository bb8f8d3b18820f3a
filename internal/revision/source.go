package revision

import (
	"context"
	"strings"
)

// Git is the commit that a configuration is of.
type Git struct {
	Commit  string `json:"commit"`
	Author  string `json:"author,omitempty"`  // of the commit: name and address
	Subject string `json:"subject,omitempty"` // the first line of its message
	Branch  string `json:"branch,omitempty"`  // none where no branch is checked out
	Dirty   bool   `json:"dirty,omitempty"`   // the files were not all as in the commit
}

// AuthorName is the name of the commit's author, without the address.
func (g Git) AuthorName() string {
	name, _, _ := strings.Cut(g.Author, " <")
	return name
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
	return &Git{Commit: at.Hash, Author: at.Author, Subject: at.Subject, Branch: text(branch), Dirty: dirty}
}
