package acceptance

import (
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// tiers is the fleet, and a cache that every tenth app needs too.
func tiers(apps int) string {
	return fleet(apps-4) + `
resource "bayplan_service" "cache" {
  name        = "cache"
  type        = "redis:7"
}
resource "bayplan_app" "worker" {
  count         = 4
  name          = "worker${count.index}"
  image         = "busybox:stable"
  command       = ["sleep", "3600"]
  stop_signal   = "SIGKILL"
  egress        = false
  relationships = { cache = bayplan_service.cache }
}
`
}

// BenchmarkApply compares an apply of the command, the whole process, with the
// calls that make the same volumes, networks and containers.
func BenchmarkApply(b *testing.B) {
	testenv.Image(b, "busybox:stable")
	testenv.Image(b, "redis:7")
	c := newCommandDir(b)
	c.write(tiers(40))
	up := func() time.Duration { return c.run("apply", "--auto-approve") }
	up()
	copied := newBareCopy(c)
	down := func() { c.run("destroy", "--auto-approve", "--allow", "deletes-data,removes,downtime") }
	down()
	parallel := best([]int{4, 8, 16}, copied.up)
	b.Logf("the bare calls are fastest with %d at once", parallel)
	var took comparison
	for b.Loop() {
		bare := copied.up(parallel)
		took.add(bare, up())
		down()
	}
	took.report(b, "an apply of 40 apps", 1.1)
}
