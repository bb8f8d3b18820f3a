package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/containerd/errdefs"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// withoutImages is an engine that answers each question for an image with an error.
type withoutImages struct {
	apply.Runtime
	err error
}

func (w withoutImages) ResolveImage(context.Context, string) (apply.Image, error) {
	return apply.Image{}, w.err
}

// Of an image that could not be asked for nobody says that it is gone.
func TestMissingImages(t *testing.T) {
	web := topology.Address{Kind: topology.KindApp, Name: "web"}
	desired := topology.Topology{Workloads: map[topology.Address]topology.Workload{web: {Image: "shop:1", ImageDigest: "sha256:0"}}}
	for err, gone := range map[error]bool{
		errors.New("the connection broke"):                   false,
		fmt.Errorf("no such image: %w", errdefs.ErrNotFound): true,
	} {
		p := &project{Session: provider.Session{Runtime: withoutImages{err: err}}, desired: desired}
		errs := p.missingImages(t.Context())
		if len(errs) != 1 || !errors.Is(errs[0], err) || strings.Contains(errs[0].Error(), "not to be had any more") != gone {
			t.Errorf("%v: got %v", err, errs)
		}
	}
}
