package acceptance

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// rollFailure is a change of the app whose new instances do not work.
type rollFailure struct {
	what     string
	app, env string   // lines of the app, and of its env
	release  string   // of the app, 1.0 when it is empty
	says     []string // what the apply says
	late     bool     // whether old instances may be gone when it fails
}

var rollFailures = []rollFailure{
	{what: "the program is missing", release: "broken", says: []string{"/missing"}},
	{what: "it ends after 2 s", env: `EXIT_AFTER = "2s"`, says: []string{"exits, as EXIT_AFTER says"}},
	{what: "it is never healthy", env: `NEVER_HEALTHY = "yes"`, says: []string{"never healthy, as NEVER_HEALTHY says"}},
	{what: "it turns unhealthy at once", env: `UNHEALTHY_AFTER = "1s"`, says: []string{"healthy no more, as UNHEALTHY_AFTER says"}},
	{what: "it turns unhealthy later", env: `UNHEALTHY_AFTER = "5s"`, says: []string{"healthy no more, as UNHEALTHY_AFTER says"}, late: true},
	{what: "its deploy hook fails", app: `hooks = { deploy = ["/app", "migrate"] }`, env: `TURN = "1"`, says: []string{"it takes no arguments", "code 1"}},
}

// A new version that does not work costs those who use the app nothing: the
// apply fails and says what the new instance logged, and the old ones go on.
func TestTrafficMeetsNoFailedChange(t *testing.T) {
	t.Parallel()
	e := newFailing(t)
	e.start()
	for _, f := range rollFailures {
		e.fails(f)
	}
	e.served(0)
}

// newFailing is the example with a health check that is soon sure, and a version
// of its app that has no program.
func newFailing(t *testing.T) *example {
	t.Helper()
	e := newExample(t)
	e.health = "interval = \"500ms\"\n    retries  = 2"
	e.build("gateway-app:broken", "broken", map[string][]byte{
		"Dockerfile": []byte("FROM scratch\nARG VERSION\nLABEL org.opencontainers.image.version=${VERSION}\nENTRYPOINT [\"/missing\"]\n"),
	})
	return e
}

// fails makes a change that does not work, and then takes it back.
func (e *example) fails(f rollFailure) {
	e.t.Helper()
	lives, shape, before := e.lives(), e.shape(), e.load.so()
	e.app, e.env = f.app, f.env
	if f.release != "" {
		e.vars["release"] = f.release
	}
	e.configure()
	told := e.told()
	out, code := e.apply()
	e.t.Logf("%s:\n%s", f.what, out)
	if code != 1 {
		e.t.Errorf("%s: apply exits with %d", f.what, code)
	}
	for _, want := range f.says {
		if !strings.Contains(flat(out), want) {
			e.t.Errorf("%s: apply does not say %q", f.what, want)
		}
	}
	if diff := cmp.Diff(shape, e.shape()); diff != "" {
		e.t.Errorf("%s: it is not as before (-before +after):\n%s", f.what, diff)
	}
	if now := e.lives(); !f.late && !maps.Equal(lives, now) {
		e.t.Errorf("%s: not the same containers go on:\n%v\n%v", f.what, lives, now)
	}
	if again := e.told(); !reflect.DeepEqual(told, again) || len(told) == 0 {
		e.t.Errorf("%s: the plan says\n%+v\nand after the apply has failed\n%+v", f.what, told, again)
	}
	e.app, e.env, e.vars["release"] = "", "", "1.0"
	e.configure()
	e.nothingToDo()
	e.answering(3)
	e.since(before, f.what)
}

// answering checks that so many instances answer.
func (e *example) answering(want int) {
	e.t.Helper()
	answers := map[string]bool{}
	testenv.Eventually(e.t, callLimit, "an answer from each instance", func() error {
		response, err := http.Get("http://" + e.address)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		answers[string(body)] = true
		if err == nil && len(answers) != want {
			err = fmt.Errorf("there is %q", slices.Sorted(maps.Keys(answers)))
		}
		return err
	})
}
