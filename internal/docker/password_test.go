package docker

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
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

// A command whose start is never answered is given up, and its connection closed.
func TestExecEnds(t *testing.T) {
	proxy := testenv.NewProxy(t, nil)
	b := benchAt(t, Options{Host: proxy.Host(), ReadTimeout: time.Second})
	name := b.start(t, sleeper("web"))
	closed := make(chan struct{})
	proxy.SetHook(func(c testenv.Call) testenv.Action {
		if c.Method == http.MethodPost && c.Path == "/exec/{id}/start" {
			return testenv.Hang().After(func() { close(closed) })
		}
		return testenv.Forward()
	})
	b.refuse(t, plan.ChangePassword{Name: name, Command: []string{"true"}, Input: "-", Password: "-"}, "no answer within 1s")
	<-closed
}
