package testenv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

// candidate is one package at the version that the machine's apt would install.
type candidate struct{ name, version string }

// requireDebian answers nil on Debian, Ubuntu and their derivatives.
func requireDebian() error {
	release, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return fmt.Errorf("this is not Debian or Ubuntu: %w", err)
	}
	for line := range strings.Lines(string(release)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if key != "ID" && key != "ID_LIKE" {
			continue
		}
		for _, id := range strings.Fields(strings.Trim(value, `"'`)) {
			if id == "debian" || id == "ubuntu" {
				return nil
			}
		}
	}
	return errors.New("this is not Debian or Ubuntu")
}

// sourcesKey is of a context's configuration of apt, by file, that the machine's own is
// overridden with.
type sourcesKey struct{}

// apt runs apt-get without asking questions and returns its standard output.
func apt(ctx context.Context, args ...string) (string, error) {
	return aptIn(ctx, "", args...)
}

// refresh updates apt's lists. It only reports an error: a source that cannot be
// reached does not matter when another has what is needed, and what is missing
// after it is named by whoever needs it.
func refresh(ctx context.Context) {
	report(ctx, "packages: updating the lists")
	if _, err := apt(ctx, "update"); err != nil {
		report(ctx, "packages: %v", err)
	}
}

func aptIn(ctx context.Context, dir string, args ...string) (string, error) {
	options := []string{"-q", "-o", "APT::Sandbox::User=root", "-o", "DPkg::Lock::Timeout=120"}
	cmd := exec.CommandContext(ctx, "apt-get", append(options, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
	if config, ok := ctx.Value(sourcesKey{}).(string); ok {
		cmd.Env = append(cmd.Env, "APT_CONFIG="+config)
	}
	return output(cmd)
}

// output runs a command; its error carries the last line that it complained with.
func output(cmd *exec.Cmd) (string, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		name := strings.Join(append([]string{filepath.Base(cmd.Path)}, cmd.Args[1:]...), " ")
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return "", fmt.Errorf("%.120s: %w: %s", name, err, lines[len(lines)-1])
	}
	return string(out), nil
}

// installs matches a line of a simulated install: name and version.
var installs = regexp.MustCompile(`(?m)^Inst (\S+) \((\S+) `)

// libraries matches the packages in which shared libraries come. The excluded
// ones are large and belong to what the stand-ins leave out.
var (
	libraries = regexp.MustCompile(`^(lib.*|zlib1g)$`)
	leftOut   = regexp.MustCompile(`^lib(llvm|z3|perl|python|binutils|gprofng|isl|gcc-.*-dev|[alt]san|ubsan|icu-dev|.*-perl$)`)
)

// closure asks apt which packages the named ones need on a machine that has
// none, and keeps the named ones and those with shared libraries.
func closure(ctx context.Context, scratch string, names []string) ([]candidate, error) {
	status := filepath.Join(scratch, "status")
	if err := os.WriteFile(status, nil, 0o644); err != nil {
		return nil, fmt.Errorf("package status: %w", err)
	}
	args := []string{"-o", "Dir::State::status=" + status, "-s", "--no-install-recommends", "install"}
	out, err := apt(ctx, append(args, names...)...)
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
	}
	var found []candidate
	for _, m := range installs.FindAllStringSubmatch(out, -1) {
		name, _, _ := strings.Cut(m[1], ":")
		if wanted[name] || libraries.MatchString(name) && !leftOut.MatchString(name) {
			found = append(found, candidate{name: m[1], version: m[2]})
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].name < found[j].name })
	return found, nil
}

// upstream cuts a Debian version down to the program's own: no epoch, no
// packaging revision.
func upstream(version string) string {
	if _, rest, ok := strings.Cut(version, ":"); ok {
		version = rest
	}
	if i := strings.LastIndexByte(version, '-'); i > 0 {
		version = version[:i]
	}
	return version
}

// available returns the version apt would install of each named package, and
// leaves out those that the distribution does not have.
func available(ctx context.Context, names []string) (map[string]string, error) {
	cmd := exec.CommandContext(ctx, "apt-cache", append([]string{"policy"}, names...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := output(cmd)
	if err != nil {
		return nil, err
	}
	versions, name := map[string]string{}, ""
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, " ") {
			name = strings.TrimSuffix(strings.TrimSpace(line), ":")
		} else if v, ok := strings.CutPrefix(strings.TrimSpace(line), "Candidate: "); ok && v != "(none)" {
			versions[name] = v
		}
	}
	return versions, nil
}

// unpack downloads packages into dir/packages, where earlier downloads are
// used again, and extracts them all over each other into stage.
func unpack(ctx context.Context, dir, stage string, packages []candidate) error {
	packed := filepath.Join(dir, "packages")
	if err := os.MkdirAll(packed, 0o755); err != nil {
		return fmt.Errorf("package downloads: %w", err)
	}
	args := []string{"download"}
	for _, p := range packages {
		args = append(args, p.name+"="+p.version)
	}
	if _, err := aptIn(ctx, packed, args...); err != nil {
		return err
	}
	for _, p := range packages {
		name, _, _ := strings.Cut(p.name, ":")
		version := strings.ReplaceAll(p.version, ":", "%3a")
		files, err := filepath.Glob(filepath.Join(packed, name+"_"+version+"_*.deb"))
		if err != nil || len(files) == 0 {
			return fmt.Errorf("package %s %s: apt-get did not leave it in %s", name, p.version, packed)
		}
		if _, err := output(exec.CommandContext(ctx, "dpkg-deb", "--extract", files[0], stage)); err != nil {
			return err
		}
	}
	return nil
}
