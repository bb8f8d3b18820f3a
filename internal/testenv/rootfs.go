package testenv

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// rootfs puts a stand-in's files together from unpacked packages.
func rootfs(ctx context.Context, r recipe, stage string) (*tree, error) {
	t := newTree(stage)
	skeleton(t, r)
	for _, pattern := range r.files {
		found, err := t.glob(pattern)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("no package holds %s", pattern)
		}
		for _, name := range found {
			if err := t.take(name, r.without); err != nil {
				return nil, err
			}
		}
	}
	if err := applets(ctx, t); err != nil {
		return nil, err
	}
	if err := t.libraries(); err != nil {
		return nil, err
	}
	return t, finish(t, r)
}

// skeleton adds what every image has: accounts, temporary directories, and the
// places that a read-only root must offer to mount on.
func skeleton(t *tree, r recipe) {
	for _, dir := range []string{"/dev", "/etc", "/home", "/proc", "/run", "/sys", "/usr/local/bin", "/usr/local/sbin", "/var"} {
		t.dir(dir, 0, 0o755)
	}
	t.dir("/root", 0, 0o700)
	t.dir("/tmp", 0, fs.ModeSticky|0o777)
	t.dir("/var/tmp", 0, fs.ModeSticky|0o777)
	t.link("/var/run", "/run")
	for _, dir := range r.dirs {
		t.dir(dir, 0, 0o755)
	}
	for _, dir := range r.own {
		t.dir(dir, r.account.id, 0o755)
	}
	passwd := "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"
	group := "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n"
	if a := r.account; a.name != "" {
		passwd += fmt.Sprintf("%s:x:%d:%d::%s:/bin/sh\n", a.name, a.id, a.id, a.home)
		group += fmt.Sprintf("%s:x:%d:\n", a.name, a.id)
	}
	t.file("/etc/passwd", 0o644, []byte(passwd))
	t.file("/etc/group", 0o644, []byte(group))
	t.file("/etc/nsswitch.conf", 0o644, []byte("passwd: files\ngroup: files\nhosts: files dns\n"))
}

// applets adds busybox and a link for each of its commands that no package of
// the image brings itself.
func applets(ctx context.Context, t *tree) error {
	if err := t.take("/bin/busybox", nil); err != nil {
		return err
	}
	file, _ := t.find("/bin/busybox")
	list, err := output(exec.CommandContext(ctx, file, "--list"))
	if err != nil {
		return err
	}
	for _, name := range strings.Fields(list) {
		if at := path.Join("/bin", name); !t.has(at) && !t.has(path.Join("/usr/sbin", name)) {
			t.link(at, "busybox")
		}
	}
	return nil
}

// finish applies what is ours to the files of packages: edits, links, scripts.
func finish(t *tree, r recipe) error {
	for _, name := range slices.Sorted(maps.Keys(r.edit)) {
		source, err := os.ReadFile(t.nodes[name].source)
		if err != nil {
			return fmt.Errorf("edit %s: %w", name, err)
		}
		edited := r.edit[name](string(source))
		if edited == string(source) {
			return fmt.Errorf("edit %s: nothing in it to change", name)
		}
		t.file(name, 0o644, []byte(edited))
	}
	for name, target := range r.links {
		t.link(name, target)
	}
	own, err := fs.Sub(scripts, path.Join("images", r.name()))
	if err != nil {
		return err
	}
	if err := t.overlay(own); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
