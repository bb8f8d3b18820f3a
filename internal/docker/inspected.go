package docker

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/go-connections/nat"
)

// inspected is a container as the engine inspects it: what of its answer has a use
// here, by the names that the engine's API has for it.
type inspected struct {
	ID              string `json:"Id"`
	Name            string
	Image           string // its id
	RestartCount    int
	State           *state
	Config          *config
	HostConfig      *hostConfig
	Mounts          []container.MountPoint
	NetworkSettings *struct{ Networks map[string]*endpointSettings }
}

type state struct {
	Status                                       container.ContainerState
	Running, Paused, Restarting, OOMKilled, Dead bool
	ExitCode                                     int
	Error, StartedAt, FinishedAt                 string
	Health                                       *health
}

type health struct {
	Status        string
	FailingStreak int
	Log           []healthResult
}

type healthResult struct {
	ExitCode int
	Output   string
}

type config struct {
	Image, User, WorkingDir, StopSignal string
	Entrypoint, Cmd, Shell, Env         []string
	Labels                              map[string]string
	Healthcheck                         *healthConfig
	StopTimeout                         *int
	Tty                                 bool
}

type healthConfig struct {
	Test                           []string
	Interval, Timeout, StartPeriod int64 // nanoseconds
	Retries                        int
}

type hostConfig struct {
	NetworkMode                              container.NetworkMode
	PidMode                                  container.PidMode
	IpcMode                                  container.IpcMode
	RestartPolicy                            container.RestartPolicy
	Memory, MemorySwap, NanoCpus             int64
	PidsLimit                                *int64
	Init                                     *bool
	ReadonlyRootfs, AutoRemove               bool
	Privileged, PublishAllPorts              bool
	CapAdd, CapDrop, SecurityOpt, ExtraHosts []string
	Tmpfs, Sysctls                           map[string]string
	PortBindings                             nat.PortMap
	Devices, DeviceRequests, Ulimits         []struct{}
	Mounts                                   []struct {
		Type           mount.Type
		Source, Target string
		ReadOnly       bool
		VolumeOptions  struct{ Subpath string }
	}
}

type endpointSettings struct {
	Aliases   []string
	NetworkID string
}

// listed is a container as the engine lists it, in the same way.
type listed struct {
	ID              string `json:"Id"`
	Names           []string
	State           container.ContainerState
	Labels          map[string]string
	Ports           []container.Port
	NetworkSettings struct {
		Networks map[string]struct{ NetworkID string }
	}
}

// name is the container's name without the engine's leading slash.
func (c inspected) name() string { return strings.TrimPrefix(c.Name, "/") }

// at returns what a container has at the path of a setting, "Config.User".
func (c inspected) at(path string) (reflect.Value, error) {
	section, key, _ := strings.Cut(path, ".")
	if in := reflect.ValueOf(c).FieldByName(section); in.IsValid() {
		if value := in.Elem().FieldByName(key); value.IsValid() {
			return value, nil
		}
	}
	return reflect.Value{}, fmt.Errorf("the engine's API has no %s", path)
}

func (e *Engine) inspect(ctx context.Context, idOrName string) (inspected, error) {
	name := fmt.Sprintf("inspect container %q", idOrName)
	return call(ctx, e, e.ReadTimeout, name, func(ctx context.Context) (inspected, error) {
		c, err := get[inspected](ctx, e, "/containers/"+idOrName+"/json", url.Values{})
		if err == nil && !c.isWhole() {
			err = errIncomplete
		}
		if err == nil {
			attachments(c.NetworkSettings.Networks)
		}
		return c, err
	})
}

var errIncomplete = errors.New("the engine's answer is incomplete")

// isWhole reports whether an answer has all parts that every engine's has.
func (c inspected) isWhole() bool {
	if len(c.ID) < shortID || c.State == nil || c.Config == nil || c.HostConfig == nil || c.NetworkSettings == nil {
		return false
	}
	for _, at := range c.NetworkSettings.Networks {
		if at == nil {
			return false
		}
	}
	return true
}
