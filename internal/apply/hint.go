package apply

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

// Hint says what to do about an error of a Runtime or of Run, or "".
func Hint(err error) string {
	var over *LimitError
	var step *StepError
	var own interface{ Hint() string }
	switch {
	case errors.As(err, &own) && own.Hint() != "":
		return own.Hint()
	case errors.Is(err, ErrUnreachable):
		return "Start the engine, or say where it is: with host on the provider, DOCKER_HOST or docker context use."
	case errors.As(err, &over):
		return over.hint()
	case errors.As(err, &step) && !step.Undo:
		return step.hint()
	}
	return ""
}

func (e *LimitError) hint() string {
	if e.Limit.Setting == "" {
		return ""
	}
	return fmt.Sprintf("If all it needs is time, set %s to more.", e.Limit.Setting)
}

func (e *StepError) hint() string {
	switch o := e.Op.(type) {
	case plan.EnsureImage:
		return fmt.Sprintf("See what docker pull %s says on the engine's machine.", o.Image)
	case plan.BuildImage:
		return fmt.Sprintf("Put right what its output tells; docker build %s builds the same.", o.Build.Context)
	case plan.CreateVolume:
		if IsNotFound(e.Err) {
			return fmt.Sprintf("Install the driver %s on the engine, or choose another.", o.Volume.Declared.Driver)
		}
	case plan.StartInstance:
		switch {
		case taken(e.Err):
			return "Free the port, or publish another in ports."
		case lacksDirectory(e.Err):
			return "See to source_path: the directory has to be in the volume when an instance starts, and no link may lead out of it."
		}
	case plan.AwaitInstance:
		return "Put right what its log tells, or its healthcheck, and apply again."
	}
	return ""
}

// lacksDirectory reports whether a directory of a volume cannot be mounted, which
// engines say in words, too.
func lacksDirectory(err error) bool {
	return strings.Contains(err.Error(), "cannot access path") || strings.Contains(err.Error(), "escapes the base directory")
}

// taken reports whether a port is in use. Engines say that in words only, so
// it decides nothing but a hint.
func taken(err error) bool {
	return strings.Contains(err.Error(), "address already in use") || strings.Contains(err.Error(), "is already allocated")
}
