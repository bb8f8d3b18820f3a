package docker

import (
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

func TestChangePassword(t *testing.T) {
	b := newBench(t)
	name := b.start(t, sleeper("web"))
	change := func(script string) plan.ChangePassword {
		return plan.ChangePassword{Name: name, Command: []string{"sh", "-c", script}, Input: "set s3cret", Password: "s3cret"}
	}
	b.perform(t, change(`[ "$(cat)" = "set s3cret" ]`))
	err := b.refuse(t, change(`echo "no: $(cat)" >&2; exit 3`), `exit code 3: no: set (password)`)
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("it tells the password: %v", err)
	}
	b.perform(t, plan.StopInstance{Name: name})
	b.refuse(t, change("true"), "not running")
}
