package plan

import (
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Step is one call to the engine, with the steps that must have succeeded before it.
type Step struct {
	Address topology.Address // on whose behalf; its errors carry it
	Op      Op
	Needs   []int // indexes into Plan.Steps, all smaller than its own
	// Undo takes the step back when a later step of the same address is not
	// done; nil where there is nothing to take back. It runs also for a step
	// that itself came to nothing, and must then do no harm.
	Undo Op
	// Commit says that what was done before is proven: from the step's start on
	// nothing of its address is taken back.
	Commit bool
	// Hold, when set, is how long what the step did may last: after that it is
	// taken back while the rest goes on.
	Hold time.Duration
}

// Op is what a step does. The set is closed; each names its objects by their
// engine names and is idempotent: performed again, it succeeds and changes nothing more.
type Op interface {
	// String says what is done, in the imperative: `start instance "shop-default-web-1-1"`.
	String() string
	op()
}

// Objects that a step makes or changes.
type (
	// EnsureImage makes the image available, pulling it when it is absent.
	// Digest, when set, is what it must be: the repository digest, else the image id.
	// With Never one that is absent is an error.
	EnsureImage struct {
		Image, Digest string
		Never         bool
	}

	// BuildImage makes the image of a build available, building it when no image
	// of that digest is there, and gives it the name Image. Sources that by now
	// lead to another digest are an error.
	BuildImage struct {
		Image, Digest string
		Build         topology.Build
		Bases         map[string]string // the digests of the images that it builds on, by reference
		Never         bool              // those are not pulled
	}

	// EnsureProbe puts the health check's program on its volume, through a
	// never-started container of Image.
	EnsureProbe struct{ Image string }

	// CreateNetwork makes a network, or keeps the one of that name that is ours.
	CreateNetwork struct{ Network topology.Network }
	// RemoveNetwork removes a network that is ours. With IfUnused, one that
	// still has members is left alone and that is success.
	RemoveNetwork struct {
		Name     string
		IfUnused bool
	}
	// Connect attaches an instance to a network under aliases. An instance
	// already there with other aliases is attached anew. A network that is not
	// there is success for one that has aliases: it would be the target in it,
	// and whose network it was has gone meanwhile.
	Connect struct {
		Network, Instance string
		Aliases           []string
	}
	// Disconnect detaches an instance. One that is not attached is success.
	Disconnect struct{ Network, Instance string }

	// CreateVolume makes a volume, or keeps the one of that name that is ours;
	// a foreign volume of that name is an error.
	CreateVolume struct{ Volume topology.LiveVolume }
	// RemoveVolume removes a volume that is ours, and its data.
	RemoveVolume struct{ Name string }
	// CreateVault makes a vault, or keeps the one of that name that is ours.
	CreateVault struct{ Vault topology.Vault }
	// RemoveVault removes a vault that is ours.
	RemoveVault struct{ Name string }
	// FillVault writes secrets to the vault that a running keeper holds open, and
	// gives that the name by which it counts as filled. One that has it is left alone.
	FillVault struct {
		Vault   string
		Secrets map[string]topology.Secret
	}

	// Mark makes a marker.
	Mark struct{ Marker topology.Marker }
	// Unmark removes a marker.
	Unmark struct{ Name string }

	// CreateInstance makes a container without starting it. One of ours of that
	// name is kept when it has the same hash and never ran, else it is an error.
	CreateInstance struct {
		Name      string
		Container Container
	}
	// StartInstance starts a container. A paused one is let go on.
	StartInstance struct{ Name string }
	// AwaitInstance waits until an instance is what the condition says, and
	// fails at once, with the last lines of its log, when it cannot become so.
	AwaitInstance struct {
		Name      string
		Condition topology.Condition
	}
	// WatchInstance looks at an instance for a time, and fails as AwaitInstance
	// does when meanwhile it ends, is started anew or turns unhealthy. A fresh one
	// must never have been started anew.
	WatchInstance struct {
		Name  string
		For   time.Duration
		Fresh bool
	}
	// PauseInstance freezes a running container. One that does not run is success.
	PauseInstance struct{ Name string }
	// UnpauseInstance lets a paused container go on. One that is not paused, or
	// not there, is success.
	UnpauseInstance struct{ Name string }
	// StopInstance stops a container with its own signal and grace period.
	StopInstance struct{ Name string }
	// ResumeInstance starts a container that was stopped, and waits until it is healthy.
	ResumeInstance struct{ Name string }
	// ChangePassword runs a command in a running instance, which reads the new
	// password, or what sets it, from its input, and fails as the command does.
	ChangePassword struct {
		Name     string
		Command  []string
		Input    string
		Password string
	}
	// RemoveInstance removes a stopped or running container with its anonymous
	// volumes. ID, when set, must be its id: another container of that name is left alone.
	RemoveInstance struct{ Name, ID string }
	// RenameInstance gives a container the name of another generation.
	RenameInstance struct{ From, To string }
	// UpdateInstance changes settings of a live container.
	UpdateInstance struct {
		Name     string
		Settings []Setting
	}
)

// Setting is one value that the engine holds, under its name in the engine's
// API: "Config.User", "HostConfig.Memory". Value is that of the topology's
// field: a string, []string, bool, float64, topology.Size (stored in bytes),
// topology.Duration (in whole seconds), topology.Restart, topology.Limit,
// topology.Signal.
type Setting struct {
	Path  string
	Value any
}

// Container is all that an instance is made from. Two with equal content,
// Networks aside, have the same Hash.
type Container struct {
	Address     topology.Address
	Image       string // as spelled; what is run is ImageDigest
	Digest      string // repository digest or image id
	Settings    []Setting
	Env         []string // NAME=value, sorted
	Labels      map[string]string
	Declared    map[string]any // what was declared and the engine cannot hold, by field
	Mounts      []ContainerMount
	Ports       []topology.Port
	Health      *ContainerHealth
	CapAdd      []string // capabilities beyond none, sorted
	SecurityOpt []string // beyond no-new-privileges
	Networks    []Attachment
	Keeper      string        // of a vault's keeper: the vault
	Hook        topology.Hook // of a hook's container: which one it is
	Hash        string        // keyed hash of the above, Networks, Declared and live settings aside
	KeyID       string
}

// Attachment is a network that an instance is in, and its aliases there. With
// aliases it may be missing, as for Connect.
type Attachment struct {
	Network string
	Aliases []string
}

// ContainerMount is one mounted volume or tmpfs.
type ContainerMount struct {
	Path   string
	Volume string // engine name, or "" for a tmpfs or scratch
	// SourcePath is the directory of the volume that is mounted, "" for the whole of it.
	SourcePath string `json:",omitempty"`
	ReadOnly   bool
	Vault      bool  `json:",omitempty"` // the volume is a vault
	Size       int64 // tmpfs: bytes, 0 for the engine's default
	UID, GID   int   // tmpfs: its owner
	Exec       bool  `json:",omitempty"` // tmpfs: what is on it may be run
	// Scratch is a volume without a name, which begins with what the image has at
	// the path and goes with the instance.
	Scratch bool `json:",omitempty"`
}

// ContainerHealth is a health check as the engine runs it; durations in nanoseconds.
type ContainerHealth struct {
	Test                           []string // as the engine takes it: CMD or CMD-SHELL first
	Probe                          bool     // Test runs the probe, which must be mounted
	Interval, Timeout, StartPeriod int64
	Retries                        int
}

// ProbePath is where the probe is mounted in an instance whose health check needs it.
const ProbePath = "/.bayplan"
