package docker

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/docker/docker/api/types/versions"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// directoriesAPI is the version of the engine's API since which a directory of a volume
// can be mounted, and directoriesEngine that of the first engine with it.
const (
	directoriesAPI    = "1.45"
	directoriesEngine = "26.0"
)

// mountsDirectories reports whether the engine mounts directories of volumes. It is known
// once the API version is negotiated.
func (e *Engine) mountsDirectories() bool {
	return versions.GreaterThanOrEqualTo(e.client.ClientVersion(), directoriesAPI)
}

// Able returns what the engine cannot do of a workload, as apply.Runtime says.
func (e *Engine) Able(ctx context.Context, a topology.Address, w topology.Workload) error {
	for _, at := range slices.Sorted(maps.Keys(w.Mounts)) {
		if w.Mounts[at].SourcePath == "" {
			continue
		}
		has, err := e.serverVersion(ctx)
		if err != nil || e.mountsDirectories() {
			return err
		}
		return &topology.FieldError{
			Address: a, Field: "mounts", Key: at,
			Err: fmt.Errorf("the engine at %s is of version %s, spoken to with API %s: it cannot mount a directory of a volume (source_path), which takes %s (API %s) or later",
				e.host, has.Version, e.client.ClientVersion(), directoriesEngine, directoriesAPI),
			Hint: "Upgrade the engine, or mount the whole volume: remove source_path.",
		}
	}
	return nil
}
