package plan

// Hazard is what a change does that a person must be able to refuse.
type Hazard string

// The hazards.
const (
	HazardDeletesData Hazard = "deletes-data" // a volume goes, with what it holds
	HazardDowntime    Hazard = "downtime"     // nobody serves while an instance is replaced
)

// Hazards are all hazards there are.
var Hazards = []Hazard{HazardDeletesData, HazardDowntime}

// Hazards returns what has to be allowed before the change is made.
func (c Change) Hazards() []Hazard {
	var out []Hazard
	if len(c.Impact.DeletesData) > 0 {
		out = append(out, HazardDeletesData)
	}
	if c.Impact.Down != "" {
		out = append(out, HazardDowntime)
	}
	return out
}
