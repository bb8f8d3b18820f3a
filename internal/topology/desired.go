package topology

// The `attr` tags below are the names that configuration, plans and labels use
// for a field; the field table of package plan lists every one of them.
// An empty string, a zero number and an empty list or map all mean "not set".

// Workload is a declared app or service: containers and what they need.
// Fields that only one of the two kinds has are empty in the other.
type Workload struct {
	Name               string               `attr:"name"`
	RenamedFrom        string               `attr:"renamed_from"`
	Type               string               `attr:"type"`  // services: a type of the catalog with a version, "postgresql:15"
	Image              string               `attr:"image"` // as spelled; what runs is ImageDigest
	Build              *Build               `attr:"build"` // apps: how the image is made
	ImageDigest        string               `attr:"image_digest"`
	BaseImages         map[string]string    `attr:"base_images"` // of a build: digests by reference
	Pull               Pull                 `attr:"pull"`
	Version            string               `attr:"version"`
	Entrypoint         []string             `attr:"entrypoint"`
	Command            []string             `attr:"command"`
	Configuration      map[string]string    `attr:"configuration"` // services: settings, as the type takes them
	User               string               `attr:"user"`
	WorkingDir         string               `attr:"working_dir"`
	Env                map[string]string    `attr:"env"`
	Secrets            map[string]Secret    `attr:"secrets"`
	SecretsVersion     string               `attr:"secrets_version"`
	Relationships      map[string]Reference `attr:"relationships"`
	Mounts             map[string]Mount     `attr:"mounts"`
	ReadOnly           bool                 `attr:"read_only"`
	Init               bool                 `attr:"init"`
	Capabilities       []string             `attr:"capabilities"` // beyond none; a service has those of its type too
	SecurityOpt        []string             `attr:"security_opt"` // beyond no-new-privileges
	Ports              []string             `attr:"ports"`
	Replicas           int64                `attr:"replicas"`
	CPUs               float64              `attr:"cpus"`
	Memory             Size                 `attr:"memory"`
	Pids               Limit                `attr:"pids"`
	Restart            Restart              `attr:"restart"`
	Healthcheck        *Healthcheck         `attr:"healthcheck"`
	StopSignal         Signal               `attr:"stop_signal"`
	StopGracePeriod    Duration             `attr:"stop_grace_period"`
	Egress             bool                 `attr:"egress"`
	Labels             map[string]string    `attr:"labels"`
	Job                bool                 `attr:"job"`
	Port               int64                `attr:"port"`
	Scheme             string               `attr:"scheme"`
	Endpoints          map[string]Endpoint  `attr:"endpoints"`
	DataVolume         string               `attr:"data_volume"` // services: engine name of the managed data volume
	Strategy           Strategy             `attr:"strategy"`
	FreezeTimeout      Duration             `attr:"freeze_timeout"`
	Hooks              *HookCommands        `attr:"hooks"`
	DeletionProtection bool                 `attr:"deletion_protection"`
	CredentialsVersion int64                `attr:"credentials_version"` // services: which passwords of its users, 0 is 1
	AllowDowngrade     bool                 `attr:"allow_downgrade"`     // services: another type or an earlier version may take over the data
	Timeouts           *Timeouts            `attr:"timeouts"`
}

// Build is how an image is made: by a Dockerfile, from the files of a directory.
type Build struct {
	Context    string            `attr:"context"`    // the directory
	Dockerfile string            `attr:"dockerfile"` // within it
	Target     string            `attr:"target"`     // the stage whose image it is; "" is the last
	Args       map[string]string `attr:"args"`
}

// Mount is what appears at one path of an instance: a declared volume
// ("<environment>/<name>") or a tmpfs of a size.
type Mount struct {
	Volume     string `attr:"volume"`
	SourcePath string `attr:"source_path" json:",omitempty"` // the directory of the volume, "" for the whole of it
	ReadOnly   bool   `attr:"read_only"`
	Tmpfs      Size   `attr:"tmpfs"`
}

// Healthcheck says how to tell that an instance is healthy: exactly one of
// Test (a command in the image), HTTP (":8080/healthz") and TCP (":5432").
type Healthcheck struct {
	Test        []string `attr:"test"`
	HTTP        string   `attr:"http"`
	TCP         string   `attr:"tcp"`
	Interval    Duration `attr:"interval"`
	Timeout     Duration `attr:"timeout"`
	Retries     int64    `attr:"retries"`
	StartPeriod Duration `attr:"start_period"`
}

// Pull is when a registry is asked for an image: "" is missing.
type Pull string

// When a registry is asked.
const (
	PullMissing Pull = "missing" // when the engine has no image of that name
	PullAlways  Pull = "always"  // for each plan, so that a tag that moved is a change
	PullNever   Pull = "never"   // not at all
)

// Strategy is how instances are replaced: "" rolls where an old and a new
// instance can run at once, and else recreates.
type Strategy string

// The strategies.
const (
	StrategyRolling  Strategy = "rolling"  // a new one is healthy before an old one stops
	StrategyRecreate Strategy = "recreate" // all old ones stop before a new one starts
)

// Hook is a command that runs once for each new version of a workload, in a
// container of its own.
type Hook string

// The hooks: before new instances start, and once they serve.
const (
	HookDeploy     Hook = "deploy"
	HookPostDeploy Hook = "post_deploy"
)

// Hooks are all hooks, in the order in which they run.
var Hooks = []Hook{HookDeploy, HookPostDeploy}

// HookCommands are the commands of a workload's hooks: the program and its arguments.
type HookCommands struct {
	Deploy     []string `attr:"deploy"`
	PostDeploy []string `attr:"post_deploy"`
}

// Command returns the command of a hook, nil when there is none.
func (h *HookCommands) Command(hook Hook) []string {
	switch {
	case h == nil:
		return nil
	case hook == HookDeploy:
		return h.Deploy
	}
	return h.PostDeploy
}

// Timeouts bound how long each kind of change may take.
type Timeouts struct {
	Create Duration `attr:"create"`
	Update Duration `attr:"update"`
	Delete Duration `attr:"delete"`
}

// Endpoint is one thing that a workload listens on.
type Endpoint struct {
	Port   int64  `attr:"port" json:"port,omitempty"`
	Scheme string `attr:"scheme" json:"scheme,omitempty"`
	Path   string `attr:"path" json:"path,omitempty"`
}

// Condition is what a consumer waits for in what it needs, before it starts.
type Condition string

// The conditions, from the weakest.
const (
	ConditionStarted   Condition = "started"
	ConditionHealthy   Condition = "healthy"
	ConditionCompleted Condition = "completed"
)

// Reference is what a consumer knows of what it needs: a service, an app or a
// relationship, or, without Address, something outside the topology.
type Reference struct {
	Address       Address             `attr:"address" json:"address,omitzero"`
	TargetAddress Address             `attr:"target_address" json:"target_address,omitzero"` // the service or app at the end
	Host          string              `attr:"host" json:"host,omitempty"`
	Port          int64               `attr:"port" json:"port,omitempty"`
	Scheme        string              `attr:"scheme" json:"scheme,omitempty"`
	Path          string              `attr:"path" json:"path,omitempty"`
	Username      string              `attr:"username" json:"username,omitempty"`
	Database      string              `attr:"database" json:"database,omitempty"`
	Version       string              `attr:"version" json:"version,omitempty"`
	Condition     Condition           `attr:"condition" json:"condition,omitempty"`
	Endpoints     map[string]Endpoint `attr:"endpoints" json:"endpoints,omitempty"`
	// Principal is the name that passwords are derived from; "" is the target's.
	Principal string `attr:"principal" json:"principal,omitempty"`
}

// External reports whether the reference leads outside the topology.
func (r Reference) External() bool { return r.Address == (Address{}) }

// Relationship is a declared edge: its own network, in which the target
// answers to the relationship's host name.
type Relationship struct {
	Name       string    `attr:"name"`
	Target     Reference `attr:"target"`
	Endpoint   string    `attr:"endpoint"`
	Constraint string    `attr:"constraint"`
	Condition  Condition `attr:"condition"`
}

// What becomes of a volume's data when the volume is no longer declared.
const (
	OnDestroyRetain = "retain"
	OnDestroyDelete = "delete"
)

// Volume is declared storage.
type Volume struct {
	Name       string            `attr:"name"`
	Driver     string            `attr:"driver"`
	DriverOpts map[string]string `attr:"driver_opts"`
	Shared     bool              `attr:"shared"`
	OnDestroy  string            `attr:"on_destroy"`
	Labels     map[string]string `attr:"labels"`
}

// Elsewhere reports whether the volume leads to what is not its own and outlives
// it: a directory or device of the host, or a share of another machine.
func (v Volume) Elsewhere() bool {
	inMemory := v.DriverOpts["type"] == "tmpfs" || v.DriverOpts["type"] == "ramfs"
	return (v.Driver == "" || v.Driver == "local") && v.DriverOpts["device"] != "" && !inMemory
}

// Topology is what is wanted of a scope.
type Topology struct {
	Scope         Scope
	Workloads     map[Address]Workload
	Relationships map[Address]Relationship
	Volumes       map[Address]Volume
}
