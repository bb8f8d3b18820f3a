package acceptance

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv/engine"
)

// crashStage is where a story is told, any number of times: on the real engine
// or on one in memory.
type crashStage interface {
	// enter returns a run that has come to the deed of a story.
	enter(t *testing.T, s crashStory) *chaosRun
}

// realStage tells each time from the beginning, in a project of its own.
type realStage struct{}

func (realStage) enter(t *testing.T, s crashStory) *chaosRun {
	t.Helper()
	testenv.Image(t, "redis:7")
	testenv.Image(t, "busybox:stable")
	w := newChaosRun(t)
	w.come(s)
	return w
}

// memoryStage remembers how a story came to its deed.
type memoryStage struct {
	memory *engine.Engine
	dir    string
}

func newMemoryStage(t *testing.T, s crashStory) *memoryStage {
	t.Helper()
	m := &memoryStage{engine.New(), t.TempDir()}
	m.memory.AddImage("redis:7", engine.Ordinary)
	m.memory.AddImage("busybox:stable", engine.Ordinary)
	w := m.run(t, m.memory, m.dir)
	w.come(s)
	return m
}

func (m *memoryStage) enter(t *testing.T, _ crashStory) *chaosRun {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(m.dir)); err != nil {
		t.Fatal(err)
	}
	return m.run(t, m.memory.Copy(), dir)
}

func (m *memoryStage) run(t *testing.T, memory *engine.Engine, dir string) *chaosRun {
	t.Helper()
	env := testenv.At(t, testenv.Serve(t, memory))
	w := &chaosRun{
		workspace: &workspace{t: t, engine: env, project: "crash", dir: dir},
		proxy:     testenv.ProxyTo(t, env.Host, nil), memory: memory,
	}
	w.env = append(os.Environ(), "BAYPLAN_KEY="+testKey)
	w.through(w.proxy)
	return w
}

// where is the kind of engine that a run is on.
func (w *chaosRun) where() string {
	if w.memory != nil {
		return "memory"
	}
	return "real"
}

// leave removes what a run made before the test ends, from the real engine: what
// runs there takes the time of other tests.
func (w *chaosRun) leave() {
	w.t.Helper()
	if w.memory != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if err := w.engine.RemoveProject(ctx, w.project); err != nil {
		w.t.Error(err)
	}
}

// come brings about what the deed of a story finds.
func (w *chaosRun) come(s crashStory) {
	w.t.Helper()
	for i, config := range s.before {
		w.write(config)
		w.bayplan(unasked("apply")...)
		if i == 0 {
			w.put("precious")
		}
	}
	w.write(s.config)
}

// base returns the container of the database, "" when there is none.
func (w *chaosRun) base() string {
	w.t.Helper()
	for _, c := range w.containers() {
		if c.Config.Labels["io.bayplan.name"] == "base" {
			return c.ID
		}
	}
	return ""
}

// put writes a file to the volume of the database.
func (w *chaosRun) put(content string) {
	w.t.Helper()
	var files bytes.Buffer
	archive := tar.NewWriter(&files)
	err := archive.WriteHeader(&tar.Header{Name: "kept", Mode: 0o644, Size: int64(len(content))})
	if err == nil {
		_, err = archive.Write([]byte(content))
	}
	if err == nil {
		err = archive.Close()
	}
	if err == nil {
		err = w.engine.Docker.CopyToContainer(w.ctx(), w.base(), "/data", &files, container.CopyToContainerOptions{})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// holds returns what is in that file. Nobody need use the volume: a container
// of the test's own does.
func (w *chaosRun) holds() (content string) {
	w.t.Helper()
	docker := w.engine.Docker
	made, err := docker.ContainerCreate(w.ctx(), &container.Config{Image: "busybox:stable"}, &container.HostConfig{
		NetworkMode: "none", Mounts: []mount.Mount{{Type: mount.TypeVolume, Source: w.project + "-default-data", Target: "/data"}},
	}, nil, nil, w.project+"-reader")
	if err != nil {
		w.t.Fatal(err)
	}
	stream, _, err := docker.CopyFromContainer(w.ctx(), made.ID, "/data/kept")
	if err == nil {
		defer stream.Close()
		archive := tar.NewReader(stream)
		var text []byte
		if _, err = archive.Next(); err == nil {
			text, err = io.ReadAll(archive)
		}
		content = string(text)
	}
	if err = errors.Join(err, docker.ContainerRemove(w.ctx(), made.ID, container.RemoveOptions{Force: true})); err != nil {
		w.t.Fatal(err)
	}
	return content
}
