package provider

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// secretsOf returns the secrets of a configuration, which no plan and no state
// has: they are write-only.
func secretsOf(config map[string]tftypes.Value) (map[string]topology.Secret, unknowns, error) {
	var given struct {
		Secrets map[string]topology.Secret `attr:"secrets"`
	}
	unknown, err := decodeAttributes(config, &given)
	return given.Secrets, unknown, err
}

// asLive returns secrets that count as those of the latest instance of an address,
// where that was made with the same version of them under the same name: without a
// state of their values, and with some that are made anew for each run, only another
// version tells. Where that one's are gone, those that are given fill the place.
func asLive(want topology.Workload, live topology.Live, a topology.Address) map[string]topology.Secret {
	for _, i := range slices.Backward(live.Of(a)) {
		made := i.Workload
		_, filled := live.Filled(i.Mounts[topology.SecretsPath].Volume)
		if !filled || made.SecretsVersion != want.SecretsVersion || made.Name != want.Name {
			continue
		}
		out := map[string]topology.Secret{}
		for name, secret := range want.Secrets {
			secret.Print = made.Secrets[name].Print
			out[name] = secret
		}
		return out
	}
	return want.Secrets
}
