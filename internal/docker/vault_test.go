package docker

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

const hushed = "a value\nthat nobody else's business it is, é"

// secretive is an app that goes on while its secret is what it should be.
func (b bench) secretive(t *testing.T) plan.Input {
	t.Helper()
	image, err := b.ResolveImage(t.Context(), busybox)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Input{
		Key: topology.Key("of this test"), About: []topology.Address{app("web")},
		Desired: topology.Topology{Scope: b.scope, Workloads: map[topology.Address]topology.Workload{app("web"): {
			Name: "web", Image: busybox, ImageDigest: image.Digest, Replicas: 1, Restart: "no", Pids: topology.Unlimited, ReadOnly: true, User: "1000",
			StopSignal: "SIGKILL", Command: []string{"sh", "-c", fmt.Sprintf(`test "$(sha256sum </run/secrets/token)" = "%x  -" && sleep 1000`, sha256.Sum256([]byte(hushed)))},
			Secrets: map[string]topology.Secret{"token": topology.NewSecret(hushed), "empty": topology.NewSecret("")},
		}}},
	}
}

// makeLive plans against what is live and performs the steps.
func (b bench) makeLive(t *testing.T, in plan.Input) plan.Plan {
	t.Helper()
	b.snapshot(b.scope).drop()
	in.Live = b.observe(t)
	p, err := plan.Make(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Steps {
		b.perform(t, s.Op)
	}
	return p
}

func (b bench) only(t *testing.T) topology.Instance {
	t.Helper()
	b.snapshot(b.scope).drop()
	live := b.observe(t)
	if len(live.Instances) != 1 || len(live.Vaults) != 1 || len(live.Keepers) != 1 {
		t.Fatalf("live: %+v", live)
	}
	return live.Instances[0]
}

func TestSecretsAreFilesInMemory(t *testing.T) {
	b := newBench(t)
	in := b.secretive(t)
	b.makeLive(t, in)
	web := b.only(t).Name
	b.succeeds(t, web, "sh", "-c", `test "$(stat -c %a /run/secrets/token)" = 444 && test -f /run/secrets/empty && ! test -s /run/secrets/empty`)
	b.succeeds(t, web, "sh", "-c", "grep -q '^tmpfs /run/secrets tmpfs ro,' /proc/mounts && ! touch /run/secrets/x 2>/dev/null")
	if p := b.makeLive(t, in); len(p.Steps) > 0 {
		t.Errorf("the next plan is not empty:\n%s", p)
	}
	if err := b.client.ContainerRestart(t.Context(), web, container.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	b.succeeds(t, web, "test", "-s", "/run/secrets/token")
	b.tellsNothing(t)
	delete(in.Desired.Workloads, app("web"))
	b.makeLive(t, in)
	b.snapshot(b.scope).drop()
	if live := b.observe(t); len(live.Instances)+len(live.Vaults)+len(live.Keepers) > 0 {
		t.Errorf("left over: %+v", live)
	}
}

// tellsNothing fails the test where the engine shows the secret.
func (b bench) tellsNothing(t *testing.T) {
	t.Helper()
	live := b.observe(t)
	var shown []any
	for _, name := range []string{live.Instances[0].Name, live.Keepers[0].Name} {
		c, err := b.client.ContainerInspect(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		shown = append(shown, c)
	}
	v, err := b.inspectVolume(t.Context(), live.Vaults[0].Name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(append(shown, v, live))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "nobody else") {
		t.Errorf("the secret is in\n%s", text)
	}
}

// What an engine that was restarted has lost is filled again, for those who
// started without it too, also where somebody has started the keeper again.
func TestSecretsAreFilledAnew(t *testing.T) {
	for name, restarted := range map[string]bool{"without a keeper": false, "with an empty one": true} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			in := b.secretive(t)
			w := in.Desired.Workloads[app("web")]
			w.Command = []string{"sleep", "1000"} // with secrets or without
			in.Desired.Workloads[app("web")] = w
			b.makeLive(t, in)
			web := b.only(t)
			keeper := b.observe(t).Keepers[0].Name
			for _, name := range []string{web.Name, keeper} {
				if err := b.client.ContainerKill(t.Context(), name, "KILL"); err != nil {
					t.Fatal(err)
				}
				b.eventually(t, name, topology.StatusExited)
			}
			b.perform(t, plan.StartInstance{Name: web.Name}) // as the engine does by itself
			if restarted {
				b.perform(t, plan.StartInstance{Name: keeper})
				b.refuse(t, plan.FillVault{Vault: b.observe(t).Vaults[0].Name, Secrets: w.Secrets}, "No such container")
			}
			b.succeeds(t, web.Name, "sh", "-c", "! test -e /run/secrets/token")
			p := b.makeLive(t, in)
			if len(p.Changes) != 1 || p.Changes[0].Impact.String() != "fills its secrets anew, which are absent" {
				t.Fatalf("the plan is\n%s", p)
			}
			if now := b.only(t); now.ID != web.ID {
				t.Error("it was replaced")
			}
			b.succeeds(t, web.Name, "sh", "-c", `test "$(cat /run/secrets/token)" = "`+hushed+`"`)
			if p := b.makeLive(t, in); len(p.Steps) > 0 {
				t.Errorf("the next plan is not empty:\n%s", p)
			}
		})
	}
}

// What an instance with secrets writes is in an error only without them.
func TestSecretsAreInNoError(t *testing.T) {
	b := newBench(t)
	in := b.secretive(t)
	b.makeLive(t, in)
	vault := b.observe(t).Vaults[0].Name
	c := shell("other", "echo it ends; cat /run/secrets/token; exit 3")
	c.Mounts = []plan.ContainerMount{{Path: topology.SecretsPath, Volume: vault, ReadOnly: true, Vault: true}}
	name := b.start(t, c)
	hidden := "nobody else"
	fails := func(want string) {
		t.Helper()
		err := b.refuse(t, plan.AwaitInstance{Name: name, Condition: topology.ConditionCompleted}, want)
		if strings.Contains(err.Error(), hidden) {
			t.Errorf("the secret is in %v", err)
		}
	}
	b.eventually(t, name, topology.StatusExited)
	fails("it ends\n  (hidden)\n  (hidden)")
	delete(b.filled, vault) // as another process has it
	fails("see docker logs " + name)
	seen, err := b.inspect(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	seen.State.Health = &health{Log: []healthResult{{ExitCode: 1, Output: hushed}}}
	if said := b.lastOutput(seen); strings.Contains(said, hidden) || !strings.Contains(said, "see docker inspect "+name) {
		t.Errorf("of its health it says %q", said)
	}
	b.filled[vault] = map[string]topology.Secret{"pin": topology.NewSecret("1234\n")}
	fails("see docker logs " + name)
}

func (b bench) eventually(t *testing.T, name string, want topology.Status) {
	t.Helper()
	err := poll(t.Context(), b.slow(), func(ctx context.Context) (bool, error) {
		c, err := b.inspect(ctx, name)
		return err == nil && statusOf(c) == want, err
	})
	if err != nil {
		t.Fatal(err)
	}
}
