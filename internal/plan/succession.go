package plan

import (
	"fmt"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// succeeds says what a service does to the data that it is to have, as whoever
// wrote it last left it, "" when nothing, and refuses a type or version that does not read it.
func (b *builder) succeeds(want topology.Workload) (converts string, err error) {
	data := b.dataOf(want)
	if data == "" {
		return "", nil
	}
	for _, before := range b.writers(data) {
		what := fmt.Sprintf("%s from %s to %s", data, before.Type, want.Type)
		switch catalog.Succeed(before, want) {
		case catalog.SuccessionConverts:
			converts = what
		case catalog.SuccessionDump:
			return "", b.refuse("type", "", "Declare a service of the new version beside it, fill it from a dump of the old one, and lead its consumers there. Or remove the volume, if its data is of no use.",
				"the data in volume %s is of %s, and %s does not read it", data, before.Type, want.Type)
		case catalog.SuccessionDown, catalog.SuccessionOther:
			if !want.AllowDowngrade {
				return "", b.refuse("type", "", "Declare another service beside it, or set allow_downgrade = true if you know that the data can be read.",
					"the data in volume %s is of %s, and %s may not read it", data, before.Type, want.Type)
			}
			converts = what
		}
	}
	return converts, nil
}

// writers returns the services whose data is in a volume, as instances that have it
// tell, and the one who is known to have written it last.
func (b *builder) writers(volume string) []topology.Workload {
	var out []topology.Workload
	for i := range b.Live.All() {
		if b.dataOf(i.Workload) == volume {
			out = append(out, i.Workload)
		}
	}
	if last, _ := b.Live.DataIn(volume); last.Type != "" {
		out = append(out, topology.Workload{Type: last.Type})
	}
	return out
}
