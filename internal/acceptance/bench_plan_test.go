package acceptance

import (
	"context"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"
	"golang.org/x/sync/errgroup"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// BenchmarkNoopPlan compares a plan of the command that finds nothing to do, the
// whole process, with the calls to list and inspect what is live.
func BenchmarkNoopPlan(b *testing.B) {
	testenv.Image(b, "busybox:stable")
	c := newCommandDir(b)
	c.write(fleet(50))
	c.run("apply", "--auto-approve")
	bare := func(parallel int) time.Duration { return c.read(b.Context(), parallel) }
	parallel := best([]int{1, 2, 4, 8, 16}, bare)
	var took comparison
	for b.Loop() {
		took.add(bare(parallel), c.run("plan"))
	}
	took.report(b, "a plan of 50 apps", 3)
	c.run("destroy", "--auto-approve")
}

// read makes the calls that it takes to know what is live of the project, and
// returns how long they take.
func (c *commandDir) read(ctx context.Context, parallel int) time.Duration {
	c.tb.Helper()
	start := time.Now()
	engine, err := client.NewClientWithOpts(client.WithHost(c.engine.Host), client.WithAPIVersionNegotiation())
	if err != nil {
		c.tb.Fatal(err)
	}
	defer engine.Close()
	if _, err := engine.Ping(ctx); err != nil {
		c.tb.Fatal(err)
	}
	ours := filters.NewArgs(filters.Arg("label", testenv.ProjectLabel+"="+c.project))
	var group errgroup.Group
	group.Go(func() error {
		_, err := engine.NetworkList(ctx, network.ListOptions{Filters: ours})
		return err
	})
	group.Go(func() error {
		_, err := engine.VolumeList(ctx, volume.ListOptions{Filters: ours})
		return err
	})
	found, err := engine.ContainerList(ctx, container.ListOptions{All: true, Filters: ours})
	if err != nil {
		c.tb.Fatal(err)
	}
	var inspects errgroup.Group
	inspects.SetLimit(parallel)
	for _, one := range found {
		inspects.Go(func() error {
			_, err := engine.ContainerInspect(ctx, one.ID)
			return err
		})
	}
	if err := inspects.Wait(); err != nil {
		c.tb.Fatal(err)
	}
	if err := group.Wait(); err != nil {
		c.tb.Fatal(err)
	}
	return time.Since(start)
}
