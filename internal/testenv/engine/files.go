package engine

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"

	api "github.com/docker/docker/api/types/container"
)

// place returns where a path of a container is: among the files of a volume or
// among its own.
func (e *Engine) place(c *container, at string) (files map[string][]byte, name string) {
	at = path.Clean("/" + at)
	for _, m := range c.mounts() {
		if at == m.path || strings.HasPrefix(at, m.path+"/") {
			return e.volumes[m.volume].files, strings.TrimPrefix(at, m.path)
		}
	}
	return c.files, at
}

// putFiles writes the files of an archive.
func (e *Engine) putFiles(r request) (answer, error) {
	c, err := e.container(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	for archive := tar.NewReader(bytes.NewReader(r.body)); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return found(nil), nil
		}
		if err != nil {
			return answer{}, refused(http.StatusBadRequest, "%v", err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			return answer{}, refused(http.StatusBadRequest, "%v", err)
		}
		files, name := e.place(c, path.Join(r.URL.Query().Get("path"), header.Name))
		files[name] = content
	}
}

// getFile answers with an archive of one file.
func (e *Engine) getFile(r request) (answer, error) {
	c, err := e.container(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	at := r.URL.Query().Get("path")
	files, name := e.place(c, at)
	content, ok := files[name]
	if !ok {
		return answer{}, missing("Could not find the file %s in container %s", at, c.id)
	}
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	_ = archive.WriteHeader(&tar.Header{Name: path.Base(at), Mode: 0o644, Size: int64(len(content))}) // to memory
	_, _ = archive.Write(content)
	_ = archive.Close()
	stat, err := json.Marshal(api.PathStat{Name: path.Base(at), Size: int64(len(content)), Mode: 0o644})
	a := found(out.Bytes())
	a.header = map[string]string{"X-Docker-Container-Path-Stat": base64.StdEncoding.EncodeToString(stat)}
	return a, err
}
