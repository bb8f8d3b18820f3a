package docker

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/containerd/errdefs"

	"github.com/bayplan/terraform-provider-bayplan/internal/build"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv/engine"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Whatever write is lost, before or after the engine did it, the same op
// performed again comes to the same end.
func TestOpsCanBePerformedAgain(t *testing.T) {
	for name, fault := range map[string]testenv.Action{"before": testenv.Drop(), "after": testenv.DropAfter(), "500": testenv.Status(500)} {
		for nth := 1; nth <= 2; nth++ {
			t.Run(fmt.Sprintf("%s, write %d", name, nth), func(t *testing.T) {
				proxy := testenv.NewProxy(t, nil)
				b := benchAt(t, Options{Host: proxy.Host()})
				for _, op := range b.life() {
					writes := make(chan struct{}, nth)
					proxy.SetHook(func(c testenv.Call) testenv.Action {
						if c.Read {
							return testenv.Forward()
						}
						select {
						case writes <- struct{}{}:
							if len(writes) == nth {
								return fault
							}
						default:
						}
						return testenv.Forward()
					})
					_ = b.Perform(context.WithoutCancel(t.Context()), b.scope, op, nil) // may succeed: not each has so many writes
					proxy.SetHook(nil)
					b.perform(t, op)
				}
				b.snapshot(b.scope).drop()
				if live := b.observe(t); len(live.Instances)+len(live.Networks)+len(live.Volumes)+len(live.Vaults)+len(live.Keepers)+len(live.Markers) != 0 {
					t.Errorf("left: %+v", live)
				}
			})
		}
	}
}

// life makes one of everything, uses it and takes it away.
func (b bench) life() []plan.Op {
	x, y := b.relationship("x"), b.relationship("y")
	data := topology.LiveVolume{Name: b.scope.VolumeName("data"), Address: topology.Address{Kind: topology.KindVolume, Name: "data"}}
	marker := topology.Marker{Name: b.scope.MarkerName(data.Address, 2), Address: data.Address, Generation: 2}
	c := sleeper("web")
	c.Networks = []plan.Attachment{{Network: x.Name, Aliases: []string{"a"}}, {Network: y.Name, Aliases: []string{"b"}}}
	c.Mounts = []plan.ContainerMount{{Path: "/data", Volume: data.Name}}
	vault := topology.Vault{Name: b.scope.Prefix() + "web.secrets", Address: app("web")}
	keeper := sleeper("web")
	keeper.Keeper, keeper.Mounts = vault.Name, []plan.ContainerMount{{Path: topology.SecretsPath, Volume: vault.Name, Vault: true}}
	secrets := map[string]topology.Secret{"a": topology.NewSecret("b")}
	name, to := b.name("web"), b.scope.InstanceName(app("web"), 2, 1)
	return []plan.Op{
		plan.CreateNetwork{Network: x},
		plan.CreateNetwork{Network: y},
		plan.CreateVolume{Volume: data},
		plan.Mark{Marker: marker},
		plan.EnsureImage{Image: busybox},
		plan.CreateVault{Vault: vault},
		plan.CreateInstance{Name: topology.FillingName(vault.Name), Container: keeper},
		plan.StartInstance{Name: topology.FillingName(vault.Name)},
		plan.FillVault{Vault: vault.Name, Secrets: secrets},
		plan.CreateInstance{Name: name, Container: c},
		plan.StartInstance{Name: name},
		plan.AwaitInstance{Name: name, Condition: topology.ConditionHealthy},
		plan.Connect{Network: x.Name, Instance: name, Aliases: []string{"c"}},
		plan.Disconnect{Network: y.Name, Instance: name},
		plan.UpdateInstance{Name: name, Settings: []plan.Setting{{Path: "HostConfig.Memory", Value: topology.Size("64m")}}},
		plan.RenameInstance{From: name, To: to},
		plan.StopInstance{Name: to},
		plan.RemoveInstance{Name: to},
		plan.RemoveInstance{Name: topology.KeeperName(vault.Name)},
		plan.RemoveVault{Name: vault.Name},
		plan.RemoveNetwork{Name: x.Name},
		plan.RemoveNetwork{Name: y.Name},
		plan.Unmark{Name: marker.Name},
		plan.RemoveVolume{Name: data.Name},
	}
}

// An engine that has no list has not said that nothing is in it.
func TestAListThatIsNotFoundIsAnError(t *testing.T) {
	for _, key := range []string{"GET /containers/json", "GET /networks", "GET /volumes", "GET /images/json"} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			proxy := testenv.ProxyTo(t, testenv.Serve(t, engine.New()), func(c testenv.Call) testenv.Action {
				if c.Key() == key {
					return testenv.Status(http.StatusNotFound)
				}
				return testenv.Forward()
			})
			e, err := New(Options{Host: proxy.Host()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { e.Close() })
			scope := topology.Scope{Project: "p", Environment: "test"}
			_, err = e.Observe(t.Context(), scope)
			if key == "GET /images/json" {
				_, err = e.ResolveImage(t.Context(), build.DigestPrefix+"0")
			}
			if err == nil || errdefs.IsNotFound(err) {
				t.Errorf("got error %v, want one that is not of what is absent", err)
			}
			connect := plan.Connect{Network: "n", Instance: "i", Aliases: []string{"a"}}
			if err := e.Perform(t.Context(), scope, connect, nil); key == "GET /networks" && err == nil {
				t.Error("a connection that cannot be made succeeds")
			}
		})
	}
}
