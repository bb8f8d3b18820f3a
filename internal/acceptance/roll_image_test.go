package acceptance

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/image"
)

// tag is that of an image of the test's own.
func (w *workspace) tag(name string) string { return "bayplan-test/" + w.project + "/" + name }

// build builds an image of files and removes it when the test ends. Its
// Dockerfile is given the version.
func (w *workspace) build(name, version string, files map[string][]byte) {
	w.t.Helper()
	var sent bytes.Buffer
	archive := tar.NewWriter(&sent)
	for name, content := range files {
		err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))})
		if err == nil {
			_, err = archive.Write(content)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		w.t.Fatal(err)
	}
	built, err := w.engine.Docker.ImageBuild(w.ctx(), &sent, build.ImageBuildOptions{
		Tags: []string{w.tag(name)}, Version: build.BuilderV1, Remove: true, NetworkMode: "none",
		BuildArgs: map[string]*string{"VERSION": &version},
		Labels:    map[string]string{"test": w.project}, // else it is the same image as that of another test
	})
	if err != nil {
		w.t.Fatal(err)
	}
	defer built.Body.Close()
	said, err := io.ReadAll(built.Body)
	if err != nil || !bytes.Contains(said, []byte("Successfully tagged")) {
		w.t.Fatalf("build %s: %v:\n%s", w.tag(name), err, said)
	}
	made, err := w.engine.Docker.ImageInspect(w.ctx(), w.tag(name))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = w.engine.RemoveProject(w.ctx(), w.project) // which uses it
		// By its id, since another may have got its tag; one without a tag may be pruned by anybody.
		_, err := w.engine.Docker.ImageRemove(w.ctx(), made.ID, image.RemoveOptions{Force: true, PruneChildren: true})
		if err != nil && !errdefs.IsNotFound(err) {
			w.t.Error(err)
		}
	})
}

// compiled returns the program of a module.
func compiled(t *testing.T, dir, version string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	c := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X main.version="+version, "-o", file, ".")
	c.Dir, c.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	return content(t, file)
}

// content returns a file.
func content(t *testing.T, path ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
