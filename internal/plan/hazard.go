package plan

// Hazard is what a change does that a person must be able to refuse.
type Hazard string

// The hazards.
const (
	HazardDeletesData Hazard = "deletes-data"   // a volume goes, with what it holds
	HazardConverts    Hazard = "converts-data"  // a volume's data becomes that of another version, which the earlier one may not read
	HazardDowntime    Hazard = "downtime"       // nobody serves while an instance is replaced
	HazardRemoves     Hazard = "removes"        // instances go because nothing configures them any more
	HazardUnlocked    Hazard = "unlocked-image" // instances are made of an image that the lock file has not
	HazardHost        Hazard = "host-access"    // a volume is a directory of the host that gives power over it
	HazardRoot        Hazard = "root"           // the processes of new instances are root's, which nobody has to allow
)

// Hazards are all hazards there are.
var Hazards = []Hazard{HazardDeletesData, HazardConverts, HazardDowntime, HazardRemoves, HazardUnlocked, HazardHost, HazardRoot}

// Allowable are those that have to be allowed where nobody is asked.
var Allowable = []Hazard{HazardDeletesData, HazardConverts, HazardDowntime, HazardRemoves, HazardUnlocked, HazardHost}

// Hazards returns what a person has to know before the change is made. To destroy
// is to say that instances go: then that is none.
func (c Change) Hazards(destroy bool) []Hazard {
	var out []Hazard
	if len(c.Impact.DeletesData) > 0 {
		out = append(out, HazardDeletesData)
	}
	if c.Impact.Converts != "" {
		out = append(out, HazardConverts)
	}
	if c.Impact.Down != "" {
		out = append(out, HazardDowntime)
	}
	if !destroy && c.Action == ActionDelete && c.Impact.Remove > 0 {
		out = append(out, HazardRemoves)
	}
	if c.Impact.Unlocked != "" {
		out = append(out, HazardUnlocked)
	}
	if c.Impact.Host != "" {
		out = append(out, HazardHost)
	}
	if c.Impact.Root {
		out = append(out, HazardRoot)
	}
	return out
}
