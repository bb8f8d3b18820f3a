package testenv

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/docker/docker/api/types/container"
)

// Busybox returns the program of the image busybox:stable, which needs nothing
// beside it in an image.
func (e *Env) Busybox(tb testing.TB) []byte {
	tb.Helper()
	Image(tb, "busybox:stable")
	content, err := e.file(tb.Context(), "busybox:stable", "/bin/busybox")
	if err != nil {
		tb.Fatal(err)
	}
	return content
}

// file returns the content of a file of an image.
func (e *Env) file(ctx context.Context, image, path string) ([]byte, error) {
	made, err := e.Docker.ContainerCreate(ctx, &container.Config{Image: image}, nil, nil, nil, "")
	if err != nil {
		return nil, fmt.Errorf("%s of %s: %w", path, image, err)
	}
	defer func() {
		_ = e.Docker.ContainerRemove(context.WithoutCancel(ctx), made.ID, container.RemoveOptions{Force: true})
	}()
	archive, _, err := e.Docker.CopyFromContainer(ctx, made.ID, path)
	if err != nil {
		return nil, fmt.Errorf("%s of %s: %w", path, image, err)
	}
	defer archive.Close()
	files := tar.NewReader(archive)
	if _, err := files.Next(); err != nil {
		return nil, fmt.Errorf("%s of %s: %w", path, image, err)
	}
	return io.ReadAll(files)
}
