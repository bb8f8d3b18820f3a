package plan

import (
	"errors"
	"fmt"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Renames returns the former addresses of what says that it was renamed, by
// the new one. That something else has the former name, or says so too, is an
// error: a *topology.FieldError each, joined.
func Renames(desired topology.Topology) (map[topology.Address]topology.Address, error) {
	out, taken := map[topology.Address]topology.Address{}, map[topology.Address]topology.Address{}
	var errs []error
	for _, a := range byAddress(desired.Workloads) {
		former := topology.Address{Kind: a.Kind, Name: desired.Workloads[a].RenamedFrom}
		if former.Name == "" {
			continue
		}
		other, claimed := taken[former]
		if _, declared := desired.Workloads[former]; declared {
			other, claimed = former, true
		}
		if claimed {
			errs = append(errs, &topology.FieldError{
				Address: a, Field: "renamed_from", Err: fmt.Errorf("%s has, or had, that name", other),
				Hint: "Remove renamed_from: it is for what nothing else is.",
			})
			continue
		}
		out[a], taken[former] = former, a
	}
	return out, errors.Join(errs...)
}

// Rename returns live as it is once everything of a former address counts as
// that of the new one, though it still bears the old names: the instances, of
// those that only names when it is not nil, and the networks between them and
// those that refer to them directly. Declared relationships are led by themselves.
func Rename(live topology.Live, renamed map[topology.Address]topology.Address, only map[string]string) topology.Live {
	if len(renamed) == 0 {
		return live
	}
	live = copied(live)
	now := map[topology.Address]topology.Address{}
	for a, former := range renamed {
		now[former] = a
	}
	move := func(a *topology.Address) {
		if to, ok := now[*a]; ok {
			*a = to
		}
	}
	for k := range live.Instances {
		i := &live.Instances[k]
		if id, named := only[i.Name]; only == nil || named && id == i.ID {
			move(&i.Address)
		}
	}
	for i := range live.Hooks {
		move(&live.Hooks[i].Address)
	}
	for i := range live.Vaults {
		move(&live.Vaults[i].Address)
	}
	for i := range live.Keepers {
		move(&live.Keepers[i].Address)
	}
	for i := range live.Networks {
		if n := &live.Networks[i]; n.Kind == topology.NetworkImplied {
			move(&n.Owner)
			move(&n.Target)
		}
	}
	return live
}

// presentNames returns the present addresses of what says that it was renamed, by
// the former ones. What a target left out when it was recorded still refers to those.
func presentNames(t topology.Topology) map[topology.Address]topology.Address {
	out := map[topology.Address]topology.Address{}
	for a, w := range t.Workloads {
		former := topology.Address{Kind: a.Kind, Name: w.RenamedFrom}
		if _, declared := t.Workloads[former]; declared || former.Name == "" {
			continue
		}
		if other, claimed := out[former]; !claimed || compareAddresses(a, other) < 0 {
			out[former] = a
		}
	}
	return out
}

// now returns the address that an app or service has now.
func (b *builder) now(a topology.Address) topology.Address {
	if present, ok := b.present[a]; ok {
		return present
	}
	return a
}

// former reports whether an instance of the address still has its former name.
func (b *builder) former(i *topology.Instance) bool { return i.Workload.Name != b.at.Name }

// renamable refuses a new name under which something else is live than what an
// interrupted rename has made, or under which its data would get other passwords.
func (r *roll) renamable() error {
	var was *topology.Instance
	for i := range r.Live.Each(r.at) {
		if was == nil && r.former(i) {
			was = i
		}
	}
	if was == nil {
		return nil
	}
	former, made := topology.Address{Kind: r.at.Kind, Name: was.Workload.Name}, was.Workload
	made.CredentialsVersion = r.want.CredentialsVersion
	before, after := catalog.Reference(r.Live.Scope, former, made), catalog.Reference(r.Live.Scope, r.at, r.want)
	if before.Principal != after.Principal && r.dataOf(r.want) != "" {
		return r.refuse("name", "", "Keep the name "+former.Name+".",
			"the data that it has mounted was made with the password of %s, and under another name it has another", former)
	}
	for i := range r.Live.Each(r.at) {
		if !r.former(i) && i.SpecHash != r.container.Hash {
			return r.refuse("name", "", "Choose another name, or delete or rename that one first.",
				"%s is another %s and has the name, and nothing was changed", i.Name, r.at)
		}
	}
	return nil
}
