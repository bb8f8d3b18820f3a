package plan

import (
	"cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// rotate has an instance change the passwords that its data knows, once it
// serves, and returns the steps after which they are right. That they are is marked
// last, so that what a killed apply has not done the next one does.
func (r *roll) rotate(name string, served []int) []int {
	if r.data.Type == "" || r.data.CredentialsVersion == r.want.CredentialsVersion {
		return served
	}
	before := r.want
	before.CredentialsVersion = r.data.CredentialsVersion
	changed := []int{r.add(r.changePassword(name, r.want), r.changePassword(name, before), served)}
	r.told[r.at] = append(r.told[r.at], changed...)
	return append(changed, r.writes(topology.DataOf(r.want), changed)...)
}

func (r *roll) changePassword(name string, to topology.Workload) ChangePassword {
	c := catalog.Rotate(r.Desired.Scope, r.at, to, r.Key)
	return ChangePassword{Name: name, Command: c.Command, Input: c.Input, Password: c.Password}
}

// Rotated returns the services that are told another password than what is there
// of a change was made with.
func Rotated(c Change) []topology.Address {
	var out []topology.Address
	for _, f := range c.Fields {
		before, was := f.Old.(topology.Reference)
		after, is := f.New.(topology.Reference)
		former, other := cmp.Or(before.Principal, before.TargetAddress.Name), cmp.Or(after.Principal, after.TargetAddress.Name)
		if was && is && before.TargetAddress == after.TargetAddress && former != other {
			out = append(out, after.TargetAddress)
		}
	}
	return out
}
