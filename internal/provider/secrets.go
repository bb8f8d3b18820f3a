package provider

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// secretsOf returns the secrets of a configuration, which no plan and no state
// has: they are write-only.
func secretsOf(config tftypes.Value) (map[string]topology.Secret, unknowns, error) {
	var given struct {
		Secrets map[string]topology.Secret `attr:"secrets"`
	}
	unknown, err := decode(config, &given)
	return given.Secrets, unknown, err
}

// asLive returns secrets that count as those of the latest of some instances, where
// that was made with the same version of them: without a state of their values,
// and with some that are made anew for each run, only another version tells.
func asLive(want topology.Workload, instances []topology.Instance) map[string]topology.Secret {
	for _, i := range slices.Backward(instances) {
		made := i.Workload
		if len(made.Secrets) == 0 || made.SecretsVersion != want.SecretsVersion {
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
