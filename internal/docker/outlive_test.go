package docker

import (
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

// Networks come and go with the consumers of an instance: it starts without that in which
// it was made, and joins others.
func TestAnInstanceOutlivesItsFirstNetwork(t *testing.T) {
	b := newBench(t)
	first, second, third := b.relationship("first"), b.relationship("second"), b.relationship("third")
	b.perform(t, plan.CreateNetwork{Network: first}, plan.CreateNetwork{Network: second}, plan.CreateNetwork{Network: third})
	c := sleeper("web")
	c.Networks = []plan.Attachment{{Network: first.Name, Aliases: []string{"web"}}}
	name := b.start(t, c)
	if got := b.instance(t, name).Networks[first.Name]; len(got) != 1 || got[0] != "web" {
		t.Errorf("its aliases in the first are %v", got)
	}
	b.perform(t,
		plan.Connect{Network: second.Name, Instance: name}, plan.Disconnect{Network: first.Name, Instance: name},
		plan.RemoveNetwork{Name: first.Name}, plan.StopInstance{Name: name}, plan.StartInstance{Name: name},
		plan.Connect{Network: third.Name, Instance: name}, plan.StopInstance{Name: name}, plan.StartInstance{Name: name},
	)
	if got := b.instance(t, name).Networks; len(got) != 2 {
		t.Errorf("it is in %v", got)
	}
}
