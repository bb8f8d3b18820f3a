package testenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// An engine of today is that of a release of Debian, or the machine's own where that
// is of no earlier version.
const (
	currentRelease = "trixie"
	currentVersion = 26
)

// currentEngine returns a directory with an engine of today and what it needs, which
// is to be laid over /usr; "" where the machine's own is one. The engine is unpacked
// from Debian's packages and not installed. Any number of processes may call it at once.
func currentEngine(ctx context.Context) (usr string, err error) {
	if ownVersion(ctx) >= currentVersion {
		return "", nil
	}
	name := "engine-" + currentRelease
	err = withLock(ctx, name, func(dir string) error {
		usr = filepath.Join(dir, name, "usr")
		if _, err := os.Stat(usr); err == nil {
			return nil
		}
		return unpackEngine(ctx, dir, filepath.Join(dir, name))
	})
	if err != nil {
		return "", fmt.Errorf("engine of %s: %w", currentRelease, err)
	}
	return usr, nil
}

var daemonVersion = regexp.MustCompile(`version (\d+)\.`)

// ownVersion is the major version of the machine's own engine, 0 where there is none.
func ownVersion(ctx context.Context) int {
	out, err := output(exec.CommandContext(ctx, "dockerd", "--version"))
	if err != nil {
		return 0
	}
	major := 0
	if found := daemonVersion.FindStringSubmatch(out); found != nil {
		major, _ = strconv.Atoi(found[1])
	}
	return major
}

// unpackEngine leaves in root, once it has all, what the packages of the engine have.
func unpackEngine(ctx context.Context, dir, root string) error {
	if err := requireDebian(); err != nil {
		return err
	}
	stage, err := os.MkdirTemp(dir, "engine-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	ctx, err = fromRelease(ctx, stage, currentRelease)
	if err != nil {
		return err
	}
	refresh(ctx)
	packages, err := closure(ctx, stage, []string{"docker.io", "containerd", "runc", "tini", "iptables"})
	if err != nil {
		return err
	}
	report(ctx, "packages: fetching %d", len(packages))
	all := filepath.Join(stage, "all")
	if err := unpack(ctx, dir, all, packages); err != nil {
		return err
	}
	return os.Rename(all, root)
}

// fromRelease returns a context under which packages are those of a release of
// Debian. They come from where the machine's own do.
func fromRelease(ctx context.Context, dir, release string) (context.Context, error) {
	mirror, err := debianMirror(ctx)
	if err != nil {
		return nil, err
	}
	lists := filepath.Join(dir, "lists")
	if err := os.MkdirAll(filepath.Join(lists, "partial"), 0o755); err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "apt.conf")
	for file, text := range map[string]string{
		filepath.Join(dir, "sources.list"): fmt.Sprintf("deb %s %s main\n", mirror, release),
		config: fmt.Sprintf("Dir::Etc::SourceList %q;\nDir::Etc::SourceParts \"/dev/null\";\nDir::State::Lists %q;\n"+
			"Dir::Cache::pkgcache \"\";\nDir::Cache::srcpkgcache \"\";\nAcquire::Languages \"none\";\n"+
			"Acquire::IndexTargets::deb::DEP-11::DefaultEnabled \"false\";\n", filepath.Join(dir, "sources.list"), lists),
	} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	return context.WithValue(ctx, sourcesKey{}, config), nil
}

// debianMirror returns where the machine's apt has Debian's packages from.
func debianMirror(ctx context.Context) (string, error) {
	mirror := func() (string, error) {
		out, err := apt(ctx, "indextargets", "--format", "$(ORIGIN) $(LABEL) $(REPO_URI)", "Created-By: Packages")
		for line := range strings.Lines(out) {
			if uri, ok := strings.CutPrefix(strings.TrimSpace(line), "Debian Debian "); ok {
				return uri, nil
			}
		}
		return "", errors.Join(err, errors.New("apt has no source of Debian's packages"))
	}
	if uri, err := mirror(); err == nil {
		return uri, nil
	}
	refresh(ctx)
	return mirror()
}
