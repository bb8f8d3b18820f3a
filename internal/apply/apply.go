// Package apply walks the steps of a plan against an engine, as many at once
// as their order allows, and tells a listener what happens. It makes no
// decision: what is done, in which order and how it is taken back is in the plan.
package apply

import (
	"context"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Runtime is an engine as Bayplan uses one. Implementations are safe for
// concurrent use. Every error names the call that gave it; only "not found"
// is ever read as absence. Calls end when ctx does, with its cause.
//
// Package runtimetest holds the contract that every Runtime passes.
type Runtime interface {
	// Endpoint returns where the engine listens, such as
	// "unix:///var/run/docker.sock". It asks nobody.
	Endpoint() string
	// Observe reads what is live of a scope: instances of the given addresses,
	// or of all when there are none, and all networks, volumes and markers.
	// Live.Foreign is left empty.
	Observe(ctx context.Context, scope topology.Scope, about ...topology.Address) (topology.Live, error)
	// ObserveForeign reads what else is on the engine and could be in the way of the scope.
	ObserveForeign(ctx context.Context, scope topology.Scope) (topology.Foreign, error)
	// Platform returns what the engine runs containers of, such as "linux/amd64".
	Platform(ctx context.Context) (string, error)
	// Able returns what of a workload, in a topology.FieldError, the engine cannot do
	// and another could. It asks the engine only about what not every one can do.
	Able(ctx context.Context, a topology.Address, w topology.Workload) error
	// ResolveImage returns what an image reference stands for now: on the engine,
	// else in its registry. An image that is nowhere to be had is an error that
	// IsNotFound reports. A reference may end with a digest, or be an image id.
	ResolveImage(ctx context.Context, reference string) (Image, error)
	// LatestImage does so too, and asks the registry even when the engine has an
	// image of that name; the engine's counts where no registry has one.
	LatestImage(ctx context.Context, reference string) (Image, error)
	// ImageUser returns whom an image runs as, as it says itself, and false where
	// the engine does not have it. Digest is as for plan.EnsureImage.
	ImageUser(ctx context.Context, reference, digest string) (user string, known bool, err error)
	// Perform does one step's call. It is idempotent as plan.Op says. When it
	// pulls or builds an image it reports so before the first byte, then how far it is;
	// one call at a time, and none after it has returned. Report may be nil.
	Perform(ctx context.Context, scope topology.Scope, op plan.Op, report func(Pulled)) error
}

// Pulled is how far the pull of an image has come, in bytes of those layers
// that are not on the engine and have begun: Total grows with each that begins.
// Of a build, which may pull first, it is what that does.
type Pulled struct {
	Done, Total int64
	Step        string // of the build, in one line, such as "step 2/5: RUN make"; "" while images are pulled
}

// Image is what an image reference stands for.
type Image struct {
	Digest    string            // the repository digest, else the image id
	Published bool              // it is the repository digest
	Platforms []string          // that the digest is of, such as "linux/amd64", as far as a registry told
	Version   string            // its label org.opencontainers.image.version, or ""
	Local     bool              // it is on the engine
	ID        string            // of one that is on the engine
	Labels    map[string]string // of one that is on the engine
}
