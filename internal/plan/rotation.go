package plan

import (
	"slices"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// rotate has an instance change the passwords that its data knows, once it
// serves, and returns the steps after which they are right. They are wrong as long
// as an old instance with the same data is there that was made with others: it
// goes only after that, so that what a killed apply has not done the next one does.
func (r *roll) rotate(name string, served []int) []int {
	data := r.dataOf(r.want)
	i := slices.IndexFunc(r.old, func(old topology.Instance) bool {
		return data != "" && r.dataOf(old.Workload) == data && old.Workload.CredentialsVersion != r.want.CredentialsVersion
	})
	if i < 0 {
		return served
	}
	changed := r.add(r.changePassword(name, r.want), r.changePassword(name, r.old[i].Workload), served)
	r.told[r.at] = append(r.told[r.at], changed)
	return []int{changed}
}

func (r *roll) changePassword(name string, to topology.Workload) ChangePassword {
	c := catalog.Rotate(r.Desired.Scope, r.at, to, r.Key)
	return ChangePassword{Name: name, Command: c.Command, Input: c.Input, Password: c.Password}
}
