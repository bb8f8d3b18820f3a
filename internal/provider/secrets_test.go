package provider

import (
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// What is live tells which secrets count as the same, as long as it has them.
func TestSecretsCountAsLive(t *testing.T) {
	app, vault := topology.Address{Kind: topology.KindApp, Name: "web"}, "shop-default-app.web.secrets.1"
	secrets := func(printed string) map[string]topology.Secret {
		secret := topology.NewSecret("given")
		secret.Print = printed
		return map[string]topology.Secret{"TOKEN": secret}
	}
	live := func(keeper topology.Status) topology.Live {
		return topology.Live{
			Instances: []topology.Instance{{
				Name: "shop-default-web-1-1", Address: app, Workload: topology.Workload{Name: "web", Secrets: secrets("live"), SecretsVersion: "1"},
				Mounts: map[string]topology.VolumeUse{topology.SecretsPath: {Volume: vault, ReadOnly: true}},
			}},
			Keepers: []topology.Keeper{{Name: topology.KeeperName(vault), Address: app, Vault: vault, Status: keeper}},
		}
	}
	for what, tt := range map[string]struct {
		live          topology.Live
		name, version string
		want          string
	}{
		"the same version":     {live(topology.StatusRunning), "web", "1", "live"},
		"another version":      {live(topology.StatusRunning), "web", "2", ""},
		"another name":         {live(topology.StatusRunning), "shop", "1", ""},
		"the keeper has ended": {live(topology.StatusExited), "web", "1", ""},
		"nothing is live":      {topology.Live{}, "web", "1", ""},
	} {
		got := asLive(topology.Workload{Name: tt.name, Secrets: secrets(""), SecretsVersion: tt.version}, tt.live, app)["TOKEN"]
		if value, known := got.Value(); got.Print != tt.want || !known || value != "given" {
			t.Errorf("%s: the print is %q, and the value known: %v; want the print %q", what, got.Print, known, tt.want)
		}
	}
}
