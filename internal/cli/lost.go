package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
)

// tellLost says what of a revision a plan cannot bring back: the data of then.
func (c *command) tellLost(p *project, proposed *proposal) {
	if proposed.Empty() {
		return
	}
	var written, gone []string
	data := dataVolumes(p.desired)
	for _, v := range proposed.live.Volumes {
		if _, declared := p.desired.Volumes[v.Address]; declared || data[v.Name] {
			written = append(written, v.Name)
		}
	}
	for _, s := range proposed.Steps {
		if made, ok := s.Op.(plan.CreateVolume); ok {
			gone = append(gone, made.Volume.Name)
		}
	}
	slices.Sort(gone)
	if len(written) > 0 {
		fmt.Fprintf(c.out(), "Data stays as it is now, with what was written since: %s.\n", strings.Join(written, ", "))
	}
	if len(gone) > 0 {
		fmt.Fprintf(c.out(), "%s\n", c.style(c.Out).Careful("Data is not brought back, and these start empty: "+strings.Join(gone, ", ")+"."))
	}
}
