package acceptance

import (
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// A plan of the command that finds nothing to do reads each container once.
func TestNoopPlanOfTheCommandReadsOnce(t *testing.T) {
	testenv.Image(t, "busybox:stable")
	c := newCommandDir(t)
	c.write(fleet(50))
	c.run("apply", "--auto-approve")
	p := testenv.NewProxy(t, nil)
	c.env = append(c.env, "DOCKER_HOST="+p.Host())
	c.run("plan", "--detailed-exitcode")
	t.Logf("a plan: %d calls, %d bytes, %v", len(p.Calls()), p.Bytes(), p.Counts())
	if writes := p.Writes(); len(writes) > 0 {
		t.Errorf("a plan writes: %v", writes)
	}
	if calls := len(p.Calls()); calls > 60 {
		t.Errorf("a plan of 50 apps makes %d calls, more than 60: %v", calls, p.Counts())
	}
	if inspects := p.Counts()["GET /containers/{id}/json"]; inspects != 50 {
		t.Errorf("a plan of 50 apps inspects %d containers", inspects)
	}
	c.run("destroy", "--auto-approve")
}
