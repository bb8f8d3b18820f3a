package revision

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Commit is one of git.
type Commit struct {
	Hash    string
	Author  string // name and address
	Time    time.Time
	Subject string // the first line of its message
}

// Short is as much of the hash as people write.
func (c Commit) Short() string { return c.Hash[:min(len(c.Hash), 10)] }

// ErrNoRevision is that a text names no commit of a directory's repository, or
// that the directory is in none.
var ErrNoRevision = errors.New("it is no git revision")

// Resolve returns the commit that a git revision of a directory's repository
// names: a hash, a branch, a tag, HEAD~1. An error is ErrNoRevision where it
// names none.
func Resolve(ctx context.Context, dir, rev string) (Commit, error) {
	if strings.HasPrefix(rev, "-") {
		return Commit{}, fmt.Errorf("%s: %w", rev, ErrNoRevision)
	}
	out, err := git(ctx, dir, nil, "rev-parse", "--quiet", "--verify", "--end-of-options", rev+"^{commit}")
	if err != nil {
		var failed *exec.ExitError
		switch {
		case !errors.As(err, &failed):
		case failed.ExitCode() == 1: // it is not there, which git leaves to be said
			err = ErrNoRevision
		default:
			err = fmt.Errorf("%w: %w", ErrNoRevision, err)
		}
		return Commit{}, fmt.Errorf("%s: %w", rev, err)
	}
	return describe(ctx, dir, text(out))
}

// Working returns the commit that is checked out in a directory, and whether
// something in the directory is not as it was committed or, where its files lead
// out of it, in the repository. A file that git does not know counts when it is
// configuration. It writes nothing, the index neither.
func Working(ctx context.Context, dir string) (at Commit, dirty bool, err error) {
	if at, err = Resolve(ctx, dir, "HEAD"); err != nil {
		return Commit{}, false, err
	}
	if dirty, err = changed(ctx, dir); err != nil || dirty {
		return at, dirty, err
	}
	top, prefix, err := inRepository(ctx, dir)
	if err != nil || prefix == "" {
		return at, false, err
	}
	if outside, err := leadsOutside(ctx, top, prefix, at.Hash); err != nil || !outside {
		return at, false, err
	}
	dirty, err = changed(ctx, top)
	return at, dirty, err
}

// changed reports whether a directory holds a configuration that is not committed.
func changed(ctx context.Context, dir string) (bool, error) {
	entries, err := git(ctx, dir, nil, "status", "--porcelain", "-z", "--untracked-files=all", "--", ".")
	return slices.ContainsFunc(strings.Split(string(entries), "\x00"), uncommitted), err
}

// configuration matches the files that a configuration is made of.
var configuration = regexp.MustCompile(`\.(tf|tfvars)(\.json)?$|(^|/)` + regexp.QuoteMeta(LockName) + `$`)

// uncommitted reports whether an entry of git status changes a configuration.
func uncommitted(entry string) bool {
	name, unknown := strings.CutPrefix(entry, "?? ")
	return entry != "" && (!unknown || configuration.MatchString(name))
}

// defaults are the names that a default branch goes by, what a remote says first.
var defaults = []string{"refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master"}

// Base returns the commit that the work in a directory started from: where what
// is checked out left the default branch or, on that branch, the one before it.
func Base(ctx context.Context, dir string) (Commit, error) {
	head, err := Resolve(ctx, dir, "HEAD")
	if err != nil {
		return Commit{}, err
	}
	for _, branch := range defaults {
		if _, err := Resolve(ctx, dir, branch); err != nil {
			continue
		}
		out, err := git(ctx, dir, nil, "merge-base", branch, "HEAD")
		if err != nil {
			return Commit{}, fmt.Errorf("git knows no commit that HEAD has in common with %s: %w", branch, err)
		}
		if hash := text(out); hash != head.Hash {
			return describe(ctx, dir, hash)
		}
		break
	}
	return Resolve(ctx, dir, "HEAD~1")
}

func describe(ctx context.Context, dir, hash string) (Commit, error) {
	out, err := git(ctx, dir, nil, "show", "--no-patch", "--no-show-signature", "--no-color", "--format=%H%x00%an <%ae>%x00%cI%x00%s", hash)
	if err != nil {
		return Commit{}, err
	}
	fields := strings.Split(text(out), "\x00")
	if len(fields) != 4 {
		return Commit{}, fmt.Errorf("git says of %s what is not understood: %q", hash, out)
	}
	at, err := time.Parse(time.RFC3339, fields[2])
	return Commit{Hash: fields[0], Author: fields[1], Time: at, Subject: fields[3]}, err
}

// git runs the git program in a directory and returns what it writes.
func git(ctx context.Context, dir string, in []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(in)
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	if err != nil && said.Len() > 0 {
		err = fmt.Errorf("%s: %w", strings.TrimPrefix(text(said.Bytes()), "fatal: "), err)
	}
	if err != nil {
		return nil, fmt.Errorf("git %s: %w", args[0], err)
	}
	return out.Bytes(), nil
}

func text(out []byte) string { return strings.TrimRight(string(out), "\r\n") }

// inRepository returns the root of the repository that a directory is in, and
// where in it the directory is: "" at the root, else such as "deploy/shop".
func inRepository(ctx context.Context, dir string) (root, prefix string, err error) {
	out, err := git(ctx, dir, nil, "rev-parse", "--show-toplevel", "--show-prefix")
	if err != nil {
		return "", "", err
	}
	root, prefix, _ = strings.Cut(string(out), "\n")
	return filepath.FromSlash(strings.TrimRight(root, "\r")), strings.TrimRight(strings.TrimRight(prefix, "\r\n"), "/"), nil
}
