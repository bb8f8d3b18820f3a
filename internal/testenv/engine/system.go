package engine

import (
	"runtime"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/system"
)

func (e *Engine) ping(request) (answer, error) { return found([]byte("OK")), nil }

// version tells the processor of this machine, for which there is a probe.
func (e *Engine) version(request) (answer, error) {
	return found(types.Version{
		Version: "20.10.24", APIVersion: apiVersion, MinAPIVersion: "1.12", Os: "linux", Arch: runtime.GOARCH,
	}), nil
}

func (e *Engine) info(request) (answer, error) {
	return found(system.Info{NCPU: 2, OSType: "linux", ServerVersion: "20.10.24"}), nil
}
