package testenv

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/jsonmessage"
	"golang.org/x/sync/errgroup"
)

const (
	// registryLimit bounds the wait for a registry's first word; a machine
	// without one is not worth more.
	registryLimit = 3 * time.Second
	// pullLimit bounds a pull that has begun.
	pullLimit = 5 * time.Minute
)

// Image makes sure that the engine has the image of this tag (see [Images]) and
// returns the tag. It fails the test when it cannot.
func Image(tb testing.TB, tag string) string {
	tb.Helper()
	if err := Images(tb.Context(), tag); err != nil {
		tb.Fatal(err)
	}
	return tag
}

// Images makes sure that the engine has the images of these tags, or all of
// [Tags] when none is named. A tag that the engine has is used as it is; another
// is pulled; and where no registry answers, a stand-in is built from the
// distribution's packages, which is labelled [StandInLabel].
//
// Any number of processes may call it at once; each image is made once.
func Images(ctx context.Context, tags ...string) error {
	wanted, err := recipesFor(tags)
	if err != nil {
		return err
	}
	host, err := Engine(ctx)
	if err != nil {
		return err
	}
	docker, err := dial(host)
	if err != nil {
		return err
	}
	defer docker.Close()
	missing, err := absent(ctx, docker, wanted)
	if err != nil || len(missing) == 0 {
		return err
	}
	return withLock(ctx, "images", func(dir string) error {
		missing, err := absent(ctx, docker, missing)
		if err != nil || len(missing) == 0 {
			return err
		}
		return provide(ctx, docker, dir, missing)
	})
}

// absent returns the recipes whose tag the engine does not have.
func absent(ctx context.Context, docker *client.Client, wanted []recipe) ([]recipe, error) {
	var missing []recipe
	for _, r := range wanted {
		_, err := docker.ImageInspect(ctx, r.tag)
		if errdefs.IsNotFound(err) {
			missing = append(missing, r)
		} else if err != nil {
			return nil, fmt.Errorf("image %s: %w", r.tag, err)
		}
	}
	return missing, nil
}

// provide pulls what can be pulled and builds the rest. The caller holds the
// images lock.
func provide(ctx context.Context, docker *client.Client, dir string, missing []recipe) error {
	refused := make([]error, len(missing))
	var pulls errgroup.Group
	for i, r := range missing {
		pulls.Go(func() error {
			refused[i] = pull(ctx, docker, r.tag)
			return nil
		})
	}
	_ = pulls.Wait() // each pull's error is in refused
	var rest []recipe
	var offline error // the first will do: without a registry all are alike
	for i, r := range missing {
		if refused[i] != nil {
			rest = append(rest, r)
			offline = cmp.Or(offline, refused[i])
		}
	}
	if len(rest) == 0 {
		return nil
	}
	if err := build(ctx, docker, dir, rest); err != nil {
		return fmt.Errorf("stand-in images: %w (%w)", err, offline)
	}
	return nil
}

// pull pulls an image, and gives up soon when no registry answers.
func pull(ctx context.Context, docker *client.Client, tag string) error {
	ctx, cancel := context.WithTimeout(ctx, pullLimit)
	defer cancel()
	silence := time.AfterFunc(registryLimit, cancel)
	defer silence.Stop()
	stream, err := docker.ImagePull(ctx, tag, image.PullOptions{})
	if err != nil {
		return fmt.Errorf("pull %s: %w", tag, err)
	}
	defer stream.Close()
	report(ctx, "%s: pulling", tag)
	if err := follow(stream, func() { silence.Stop() }); err != nil {
		return fmt.Errorf("pull %s: %w", tag, err)
	}
	return nil
}

// follow reads the engine's progress messages to their end and returns the error
// among them. It calls heard, if any, at the first.
func follow(stream io.Reader, heard func()) error {
	return jsonmessage.DisplayJSONMessagesStream(&listener{stream, heard}, io.Discard, 0, false, nil)
}

// listener calls heard before it passes on the first bytes read.
type listener struct {
	io.Reader
	heard func()
}

func (l *listener) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if n > 0 && l.heard != nil {
		l.heard()
		l.heard = nil
	}
	return n, err
}
