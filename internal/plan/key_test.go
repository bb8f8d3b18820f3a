package plan_test

import (
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// The data of a database has the passwords of the key that it was made with,
// also when nothing else is left of it.
func TestDataKnowsItsKey(t *testing.T) {
	for what, text := range map[string]string{
		"managed":  "service db type=postgresql:15",
		"declared": "volume data\nservice db type=postgresql:15 mounts./var/lib/postgresql/data=volume:data",
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld()
			w.want(t, declare(t, text))
			w.apply(t, options{}, w.order...)
			service := w.order[len(w.order)-1]
			w.want(t, newDeclared())
			w.apply(t, options{}, service)
			w.want(t, declare(t, text))
			in := w.input(t, options{}, service)
			if _, err := plan.Make(in); err != nil {
				t.Errorf("with the key of old: %v", err)
			}
			in.Key = topology.Key("another")
			if _, err := plan.Make(in); err == nil || !strings.Contains(err.Error(), "was made with key "+key.ID()) {
				t.Errorf("with another key: %v", err)
			}
		})
	}
}
