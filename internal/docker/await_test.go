package docker

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func check(interval time.Duration, retries int, script string) *plan.ContainerHealth {
	return &plan.ContainerHealth{
		Test: []string{"CMD-SHELL", script}, Interval: int64(interval), Timeout: int64(time.Second), Retries: retries,
	}
}

func TestAwait(t *testing.T) {
	restarts := plan.Setting{Path: "HostConfig.RestartPolicy", Value: topology.Restart("always")}
	retries := plan.Setting{Path: "HostConfig.RestartPolicy", Value: topology.Restart("on-failure:3")}
	for name, row := range map[string]struct {
		script    string
		setting   plan.Setting
		health    *plan.ContainerHealth
		condition topology.Condition
		want      []string // in the error; none for success
	}{
		"no check": {script: "sleep 100", condition: topology.ConditionHealthy},
		"our own run of a check": {
			script: "sleep 1; touch /ok; sleep 100", condition: topology.ConditionHealthy,
			health: check(time.Hour, 1, "test -e /ok"),
		},
		"unhealthy": {
			script: "echo hello; sleep 100", condition: topology.ConditionHealthy,
			health: check(200*time.Millisecond, 2, "echo no such thing; exit 3"),
			want:   []string{"its health check fails with code 3: no such thing", "hello"},
		},
		"exits": {
			script: "echo one; printf '\\033[31mtwo\\a\\n' >&2; exit 7", condition: topology.ConditionHealthy,
			want: []string{"it is exited with code 7", "  one", "  [31mtwo"},
		},
		"exits before it is healthy": {
			script: "sleep 0.5; exit 7", condition: topology.ConditionHealthy, health: check(time.Hour, 1, "false"),
			want: []string{"it is exited with code 7"},
		},
		"crashes again and again": {
			script: "echo boom; exit 2", setting: restarts, condition: topology.ConditionHealthy,
			health: check(time.Hour, 1, "false"), want: []string{"boom"},
		},
		"started":                  {script: "sleep 100", condition: topology.ConditionStarted, health: check(time.Hour, 1, "false")},
		"completed":                {script: "sleep 0.3", condition: topology.ConditionCompleted},
		"completed after retries":  {script: "test -e /tmp/x || { touch /tmp/x; exit 1; }", setting: retries, condition: topology.ConditionCompleted},
		"not completed":            {script: "exit 4", condition: topology.ConditionCompleted, want: []string{"it is exited with code 4"}},
		"completed, never healthy": {script: "exit 0", condition: topology.ConditionHealthy, want: []string{"it is over with code 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			c := shell("web", row.script)
			c.Health = row.health
			if row.setting.Path != "" {
				c.Settings = append(c.Settings, row.setting)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			err := b.Perform(ctx, b.scope, plan.AwaitInstance{Name: b.start(t, c), Condition: row.condition}, nil)
			if len(row.want) == 0 && err != nil {
				t.Fatal(err)
			}
			for _, text := range row.want {
				if err == nil || !strings.Contains(err.Error(), text) {
					t.Errorf("got error %v, want %q in it", err, text)
				}
			}
			var failed *InstanceError
			if err != nil && (!errors.As(err, &failed) || failed.Instance != b.name("web")) {
				t.Errorf("got error %#v", err)
			}
		})
	}
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	b := newBench(t)
	c := shell("web", "echo still busy; sleep 100")
	c.Health = check(time.Hour, 1, "false")
	name := b.start(t, c)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := b.Perform(ctx, b.scope, plan.AwaitInstance{Name: name, Condition: topology.ConditionHealthy}, nil)
	var failed *InstanceError
	if !errors.As(err, &failed) || !errors.Is(err, context.DeadlineExceeded) || !slices.Equal(failed.Logs, []string{"still busy"}) {
		t.Errorf("got error %v", err)
	}
	b.refuse(t, plan.AwaitInstance{Name: "nobody", Condition: topology.ConditionHealthy}, "inspect container")
	b.refuse(t, plan.AwaitInstance{Name: b.create(t, sleeper("other")), Condition: topology.ConditionStarted}, "it is not started")
}

func TestLogsAreShortAndHarmless(t *testing.T) {
	t.Parallel()
	lines := cleanLines(strings.Repeat("a\n\n", 30) + "\x1b]0;title\x07b\xff\n" + strings.Repeat("x", 2*logLineLength))
	if len(lines) != logLines || lines[logLines-2] != "]0;titleb?" || len([]rune(lines[logLines-1])) != logLineLength+1 {
		t.Errorf("got %q", lines)
	}
}

func TestProbe(t *testing.T) {
	b := newBench(t)
	testenv.Image(t, busybox)
	c := shell("web", "sleep 1; exec nc -ll -p 5432 -e cat")
	c.Health = &plan.ContainerHealth{
		Test: []string{"CMD", plan.ProbePath + "/probe", "tcp", ":5432"}, Probe: true, Interval: int64(time.Hour), Retries: 1,
	}
	c.Settings = append(c.Settings, plan.Setting{Path: "HostConfig.ReadonlyRootfs", Value: true}, plan.Setting{Path: "Config.User", Value: "1000"})
	b.perform(t, plan.EnsureProbe{Image: busybox}, plan.EnsureProbe{Image: busybox})
	name := b.start(t, c)
	b.perform(t, plan.AwaitInstance{Name: name, Condition: topology.ConditionHealthy})
	if m := b.instance(t, name).Mounts; len(m) != 0 {
		t.Errorf("the probe's volume shows: %v", m)
	}
}

// removeProbe removes what a test's own probe left.
func (b bench) removeProbe(t *testing.T, p engineProbe) {
	ctx := context.WithoutCancel(t.Context())
	if err := b.removeHelper(ctx, p.helper()); err != nil {
		t.Error(err)
	}
	for _, name := range []string{p.ready(), p.volume} {
		if err := b.client.VolumeRemove(ctx, name, true); err != nil {
			t.Error(err)
		}
	}
}

func TestSecretsAreVeiled(t *testing.T) {
	t.Parallel()
	env := []string{
		"DB_PASSWORD=abcdefgh", "MORE_PASSWORD=abcdefgh123", "API_KEY=0123456789", "BAYPLAN_RELATIONSHIPS=e30=e30=",
		"SHORT_TOKEN=main", "DB_HOST=db.internal", "KEYS=database", "EMPTY_SECRET=",
	}
	for text, want := range map[string]string{
		"redis://main:abcdefgh@db.internal": "redis://main:(hidden)@db.internal",
		"abcdefgh123 0123456789":            "(hidden) (hidden)",
		"R=e30=e30= database main":          "R=(hidden) database main",
	} {
		if got := veil(env).Replace(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
