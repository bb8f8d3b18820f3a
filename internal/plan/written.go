package plan

import (
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// written is what is known of the data in a volume, and the generation of the
// marker that tells it, 0 where none does.
type written struct {
	topology.Data
	generation int
}

// lastWritten returns what is known of the data that a service is to have: what a
// marker or the volume says, else what the oldest instance that has it made of it.
// One that never started made nothing of it.
func (b *builder) lastWritten(want topology.Workload, instances []topology.Instance) written {
	volume := b.dataOf(want)
	data, generation := b.Live.DataIn(volume)
	for _, i := range instances {
		if data.Type == "" && volume != "" && b.dataOf(i.Workload) == volume && i.Status != topology.StatusCreated {
			data = topology.DataOf(i.Workload)
		}
	}
	return written{data, generation}
}

// writes marks what the data becomes once an instance has started, as long as it is
// there to be told: a volume that is yet to be made says it itself.
func (r *roll) writes(data topology.Data, needs ...[]int) []int {
	volume := r.dataOf(r.want)
	if _, there := r.Live.Volume(volume); !there || data == r.data.Data || data.Type == "" {
		return nil
	}
	r.data = written{data, r.data.generation + 1}
	marker := topology.Marker{
		Name: r.Live.Scope.DataMarkerName(volume, r.data.generation), Address: r.at,
		Generation: r.data.generation, Volume: volume, Data: data,
	}
	return []int{r.add(Mark{Marker: marker}, Unmark{Name: marker.Name}, needs...)}
}

// starting marks that the data is that of the wanted type, with the passwords that it knows by then.
func (r *roll) starting(needs []int) []int {
	data := topology.DataOf(r.want)
	if r.data.Type != "" {
		data.CredentialsVersion = r.data.CredentialsVersion
	}
	return r.writes(data, needs)
}

// forget removes the markers of the data in a volume before a generation, and
// returns the steps.
func (b *builder) forget(volume string, before int, needs ...[]int) []int {
	var out []int
	for _, m := range b.Live.Written {
		if m.Volume == volume && m.Generation < before {
			out = append(out, b.add(Unmark{Name: m.Name}, nil, needs...))
		}
	}
	return out
}
