package testenv

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
)

// imageFile is an image's configuration in the form that the engine loads, as
// the Docker image specification v1.2 describes it. Nothing in it depends on
// the time or the machine, so equal packages give equal image ids.
type imageFile struct {
	Architecture string            `json:"architecture"`
	OS           string            `json:"os"`
	Created      time.Time         `json:"created"`
	Config       *container.Config `json:"config"`
	RootFS       rootFS            `json:"rootfs"`
	History      []history         `json:"history"`
}

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

type history struct {
	Created   time.Time `json:"created"`
	CreatedBy string    `json:"created_by"`
}

type manifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// load makes the tree the only layer of an image and loads it under the tag.
// The layer is written to a file in dir first, since its digest precedes it.
func load(ctx context.Context, docker *client.Client, dir, tag string, t *tree, config *container.Config) error {
	layer, err := os.CreateTemp(dir, "layer-")
	if err != nil {
		return fmt.Errorf("layer: %w", err)
	}
	defer os.Remove(layer.Name())
	defer layer.Close()
	digest := sha256.New()
	if err := t.write(io.MultiWriter(layer, digest)); err != nil {
		return fmt.Errorf("layer: %w", err)
	}
	made := time.Unix(0, 0).UTC()
	file := imageFile{
		Architecture: runtime.GOARCH, OS: "linux", Created: made, Config: config,
		RootFS:  rootFS{Type: "layers", DiffIDs: []string{fmt.Sprintf("sha256:%x", digest.Sum(nil))}},
		History: []history{{Created: made, CreatedBy: "stand-in made of Debian packages"}},
	}
	reader, writer := io.Pipe()
	defer reader.Close() // ends the writer, too, when the engine stops reading
	go func() { writer.CloseWithError(archive(writer, tag, file, layer)) }()
	response, err := docker.ImageLoad(ctx, reader, client.ImageLoadWithQuiet(true))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return follow(response.Body, nil)
}

// archive writes an image in the form of docker save.
func archive(out io.Writer, tag string, file imageFile, layer *os.File) error {
	config, err := json.Marshal(file)
	if err != nil {
		return err
	}
	index, err := json.Marshal([]manifest{{Config: "config.json", RepoTags: []string{tag}, Layers: []string{"layer.tar"}}})
	if err != nil {
		return err
	}
	size, err := layer.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := layer.Seek(0, io.SeekStart); err != nil {
		return err
	}
	files := tar.NewWriter(out)
	for _, f := range []struct {
		name string
		size int64
		from io.Reader
	}{
		{"manifest.json", int64(len(index)), bytes.NewReader(index)},
		{"config.json", int64(len(config)), bytes.NewReader(config)},
		{"layer.tar", size, layer},
	} {
		header := &tar.Header{Name: f.name, Mode: 0o644, Size: f.size, ModTime: file.Created}
		if err := files.WriteHeader(header); err != nil {
			return err
		}
		if _, err := io.Copy(files, f.from); err != nil {
			return err
		}
	}
	return files.Close()
}
