package plan

import (
	"maps"
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Printed returns a topology in which each secret has its print, which is what
// two are compared by.
func Printed(t topology.Topology, key topology.Key) topology.Topology {
	t.Workloads = maps.Clone(t.Workloads)
	for a, w := range t.Workloads {
		w.Secrets = key.Printed(t.Scope, a, w.Secrets)
		t.Workloads[a] = w
	}
	return t
}

// vaultMount returns the mount of a vault in an instance, none for "".
func vaultMount(vault string) []ContainerMount {
	if vault == "" {
		return nil
	}
	return []ContainerMount{{Path: topology.SecretsPath, Volume: vault, ReadOnly: true, Vault: true}}
}

// vault returns the name of the vault of the wanted instances, "" when they have none.
func (r *roll) vault() string { return r.Key.VaultOf(r.Desired.Scope, r.at, r.want) }

// fillVault sees to it that the vault of the wanted instances is filled: a keeper
// that no longer runs, or was never done, makes way for another. It is filled
// while it is held open, and held open ever after.
func (r *roll) fillVault() {
	name, made := r.vault(), slices.Clone(r.ready)
	_, there := r.Live.Vault(name)
	for k := range r.Live.KeepersOf(r.at, name) {
		if k.Vault == name {
			made = append(made, r.add(RemoveInstance{Name: k.Name, ID: k.ID}, nil))
		}
	}
	var removeVault, removeFilling, removeKeeper Op // of one that is new
	if !there {
		removeVault = RemoveVault{Name: name}
		removeFilling = RemoveInstance{Name: topology.FillingName(name)}
		removeKeeper = RemoveInstance{Name: topology.KeeperName(name)}
		vault := r.add(CreateVault{Vault: topology.Vault{Name: name, Address: r.at}}, removeVault)
		made, r.ready = append(made, vault), append(r.ready, vault)
	} else if len(r.keep) > 0 {
		r.impact.Repair = append(r.impact.Repair, "fills its secrets anew, which are absent")
	}
	keeper := topology.FillingName(name)
	created := r.add(CreateInstance{Name: keeper, Container: r.keeper(name)}, removeFilling, made)
	started := r.add(StartInstance{Name: keeper}, nil, []int{created})
	r.able = append(r.able, r.add(FillVault{Vault: name, Secrets: r.want.Secrets}, removeKeeper, []int{started}))
}

// keeper returns the container that holds a vault open: in the image of the
// workload, of which it runs nothing.
func (r *roll) keeper(vault string) Container {
	c := Container{
		Address: r.at, Image: r.container.Image, Digest: r.container.Digest, Keeper: vault,
		Settings: []Setting{
			{Path: "Config.Entrypoint", Value: []string{ProbePath + "/probe", "keep"}},
			{Path: "Config.User", Value: "65534:65534"},
			{Path: "Config.WorkingDir", Value: "/"},
			{Path: "Config.StopSignal", Value: "SIGKILL"},
			{Path: "HostConfig.ReadonlyRootfs", Value: true},
			{Path: "HostConfig.PidsLimit", Value: topology.Limit(32)},
		},
		Mounts: []ContainerMount{{Path: topology.SecretsPath, Volume: vault, Vault: true}},
		Health: &ContainerHealth{Test: []string{"NONE"}, Probe: true},
	}
	c.Hash = hash(c, nil, topology.Workload{}, r.Key)
	return c
}

// removeVaults removes the vaults of the address and their keepers, but for the
// named vault and its filled keeper.
func (b *builder) removeVaults(but string, needs ...[]int) {
	filled, _ := b.Live.Filled(but)
	for k := range b.Live.KeepersOf(b.at, but) {
		if k.Address == b.at && k.Vault != but || k.Vault == but && filled.ID != "" && k.ID != filled.ID {
			needs = append(needs, []int{b.commit(RemoveInstance{Name: k.Name, ID: k.ID}, needs...)})
		}
	}
	for v := range b.Live.VaultsOf(b.at) {
		if v.Name != but {
			b.commit(RemoveVault{Name: v.Name}, needs...)
		}
	}
}
