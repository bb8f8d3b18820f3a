package revision

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// LockName is the name of the lock file, beside the configuration.
const LockName = "bayplan.lock.hcl"

// lockLimit bounds the size of a lock file: some thousand images.
const lockLimit = 1 << 20

// Lock says for each image reference which image it stands for, as the lock
// file does. The zero Lock is that of a directory without one.
type Lock struct {
	Present bool                   // there is a lock file
	Images  map[string]LockEntry   // by reference, as configurations spell it
	Builds  map[string]LockedBuild // by address, "app.web"
}

// LockedBuild is what a build of an app is: what it was built from, and what came
// of that. No plan follows from it; it says which images a commit stands for.
type LockedBuild struct {
	Digest string            // of what it is built from
	Images map[string]string // ids by platform, as far as it was built
}

// LockEntry is what one reference stands for: the image of a digest or, where no
// registry has one, those that engines have.
type LockEntry struct {
	Digest    string            // in the reference's repository, of all platforms
	Platforms []string          // that the registry has the digest for, sorted; nil where it was not asked
	Local     map[string]string // without a digest: image ids by platform, "linux/amd64"
}

// Digest returns what a reference stands for on a platform, false where it is
// not locked: the digest in its repository, else the id of an engine's image.
func (l Lock) Digest(reference, platform string) (string, bool) {
	entry := l.Images[reference]
	if entry.Digest != "" {
		return entry.Digest, true
	}
	id, ok := entry.Local[platform]
	return id, ok
}

// Pinned reports whether a reference names one image for ever, and needs no lock.
func Pinned(reference string) bool {
	return strings.Contains(reference, "@") || strings.HasPrefix(reference, "sha256:")
}

// ReadLock reads the lock file of a directory. Where there is none the Lock is zero.
func ReadLock(dir string) (Lock, error) { return ReadLockFile(filepath.Join(dir, LockName)) }

// ReadLockFile reads the lock file of that name, which need not be there.
func ReadLockFile(name string) (Lock, error) {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return Lock{}, nil
	}
	if err != nil {
		return Lock{}, fmt.Errorf("lock file: %w", err)
	}
	defer file.Close()
	src, err := io.ReadAll(io.LimitReader(file, lockLimit+1))
	if err != nil {
		return Lock{}, fmt.Errorf("lock file: %w", err)
	}
	return ParseLock(name, src)
}

// WriteFile writes a lock file, which is there in full or as it was.
func (l Lock) WriteFile(name string) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), ".lock-*")
	if err != nil {
		return fmt.Errorf("lock file: %w", err)
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(l.Bytes())
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("lock file: %w", err)
	}
	return nil
}

const lockHeader = `# Written by "bayplan lock". It says which image each name stands for, and that is
# the one that every plan takes. Keep it in git, beside the configuration.
#
# A digest is that of a registry; local are the ids of images that no registry has.
# A build is told apart by the digest of what it is built from; images are the ids
# of what came of it.
`

// Bytes returns the lock file: equal locks give equal bytes.
func (l Lock) Bytes() []byte {
	out := []byte(lockHeader)
	for _, reference := range slices.Sorted(maps.Keys(l.Images)) {
		out = fmt.Appendf(out, "\nimage %q {\n", reference)
		out = append(l.Images[reference].append(out), "}\n"...)
	}
	for _, app := range slices.Sorted(maps.Keys(l.Builds)) {
		b := l.Builds[app]
		out = fmt.Appendf(out, "\nbuild %q {\n  digest = %q\n", app, b.Digest)
		out = append(appendIDs(out, "images", b.Images), "}\n"...)
	}
	return out
}

// appendIDs appends image ids by platform, nothing when there are none.
func appendIDs(out []byte, name string, ids map[string]string) []byte {
	if len(ids) == 0 {
		return out
	}
	out = fmt.Appendf(out, "  %s = {\n", name)
	for _, platform := range slices.Sorted(maps.Keys(ids)) {
		out = fmt.Appendf(out, "    %q = %q\n", platform, ids[platform])
	}
	return append(out, "  }\n"...)
}

func (e LockEntry) append(out []byte) []byte {
	switch {
	case e.Digest == "":
		return appendIDs(out, "local", e.Local)
	case len(e.Platforms) == 0:
		return fmt.Appendf(out, "  digest = %q\n", e.Digest)
	}
	return fmt.Appendf(out, "  digest    = %q\n  platforms = [\"%s\"]\n", e.Digest, strings.Join(e.Platforms, `", "`))
}
