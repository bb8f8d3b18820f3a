package plan

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/catalog"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Impact is what a change costs whoever uses the address.
type Impact struct {
	Create      int                // instances made where none of the address runs
	Replace     int                // instances replaced
	Remove      int                // instances removed and not replaced
	Start       int                // stopped or unhealthy instances started again
	Job         bool               // what is replaced or started runs once, to success
	Because     []string           // what forces the replacement: fields, "env[A]"
	Live        []string           // fields changed on running instances
	Repair      []string           // what else is put right: "network shop-default-db"
	Down        string             // why two generations cannot run at once; "" when they can
	Batch       int                // how many are replaced at once
	Seconds     int                // how long it is down, as it last was or else as configured; 0 when it is not
	Measured    bool               // it was down that long the last time
	Hooks       []topology.Hook    // hooks that run
	Pauses      []topology.Address // who is paused while it is down
	Hits        []topology.Address // who needs the address, sorted
	Shares      []string           // declared relationships that it comes to share, and with whom: who does can reach each other
	TakesOver   []string           // objects of ours found and kept, by engine name
	Builds      string             // the image that is built
	Unlocked    string             // the image that instances are made of, with its digest, where the lock file has it not
	Host        string             // the path of the host that a volume gives access to, where that is power over it
	Root        bool               // the instances that are made run as root, and did not or were not there
	Converts    string             // data that becomes that of another version or type: the volume, and of what and to what
	DeletesData []string           // engine names of volumes that are deleted
	KeepsData   []string           // engine names of volumes that stay behind
	LeavesData  []string           // engine names of volumes that are deleted, but not what they lead to
}

// describe tells in the impact what the sorted instances and the differences mean.
func (r *roll) describe(fields []FieldDiff) {
	r.impact.Job = r.want.Job
	r.impact.Replace = min(r.missing, len(r.old))
	r.impact.Create = r.missing - r.impact.Replace
	r.impact.Remove = len(r.old) - r.impact.Replace
	for _, f := range fields {
		switch {
		case f.Effect == EffectReplace && r.impact.Replace > 0:
			r.impact.Because = append(r.impact.Because, f.label())
		case f.Effect == EffectLive && f.Field != "replicas" && len(r.keep) > 0:
			r.impact.Live = append(r.impact.Live, f.label())
		}
	}
	for _, old := range r.old[:r.impact.Replace] {
		if serving(old) && r.exclusive(old) != "" {
			r.impact.Down = r.exclusive(old)
			r.impact.Seconds, r.impact.Measured = r.expected()
		}
	}
	r.impact.Batch = r.batch()
	r.impact.Shares = r.shares(fields)
	if r.missing > 0 {
		r.describeNew(fields)
	}
}

// shares returns the declared relationships that differences make it join, and who
// has joined them before.
func (r *roll) shares(fields []FieldDiff) []string {
	var out []string
	for _, f := range fields {
		before, _ := f.Old.(topology.Reference)
		joined, is := f.New.(topology.Reference)
		if !is || joined.Address.Kind != topology.KindRelationship || joined.Address == before.Address {
			continue
		}
		network := r.Live.Scope.RelationshipNetwork(joined.Address.Name)
		others := map[topology.Address]bool{}
		for i := range r.Live.Members(network) {
			if i.Address != r.at && i.Address != r.now(joined.TargetAddress) {
				others[i.Address] = true
			}
		}
		if len(others) > 0 {
			out = append(out, joined.Address.String()+" with "+several(byAddress(others)))
		}
	}
	return slices.Compact(out)
}

// describeNew tells what instances are made of and do.
func (r *roll) describeNew(fields []FieldDiff) {
	r.impact.Converts, r.impact.Root = r.converts, r.Rooted(r.at, fields)
	if locked, asked := r.Locked[r.at]; asked && !locked {
		r.impact.Unlocked = r.unlocked()
	}
	if r.want.Build != nil && !r.Built[r.container.Digest] {
		r.impact.Builds = r.container.Image
		if r.Built == nil {
			r.impact.Builds += ", unless it is there"
		}
	}
}

// unlocked names the image that instances are made of, those that it is built on
// where it is.
func (r *roll) unlocked() string {
	if r.want.Build == nil {
		return r.container.Image + "@" + r.container.Digest
	}
	var bases []string
	for _, reference := range sortedKeys(r.want.BaseImages) {
		bases = append(bases, reference+"@"+r.want.BaseImages[reference])
	}
	return strings.Join(bases, ", ")
}

// Rooted reports whether instances of an address that are made are known to run as
// root, and by what differs did not or were not there.
func (in Input) Rooted(a topology.Address, fields []FieldDiff) bool {
	asRoot := in.Root[a]
	if user, own := OwnUser(in.Desired.Workloads[a]); own {
		asRoot = IsRoot(user)
	}
	return asRoot && slices.ContainsFunc(fields, func(f FieldDiff) bool { return f.Field == "image_digest" || f.Field == "user" })
}

// OwnUser returns whom the instances of a workload run as, false where that is
// for its image to say.
func OwnUser(w topology.Workload) (user string, own bool) {
	user = catalog.Effective(w).User
	return user, user != ""
}

// IsRoot reports whether a user, as an image or a workload has it, is root.
func IsRoot(user string) bool {
	name, _, _ := strings.Cut(user, ":")
	id, err := strconv.Atoi(name)
	return name == "" || name == "root" || err == nil && id == 0
}

// expected returns the seconds that a replacement without overlap takes: those
// of the last time, else, as it is configured, the whole grace period and the first
// round of the health check.
func (r *roll) expected() (seconds int, measured bool) {
	if last, known := r.Downtimes[r.at]; known {
		return int(math.Ceil(last.Seconds())), true
	}
	takes, _ := r.want.StopGracePeriod.Value()
	if h := r.container.Health; h != nil {
		takes += time.Duration(h.Interval)
	}
	return int(takes.Seconds()) + 1, false
}

// String says the impact in one line, "" when there is none.
func (i Impact) String() string {
	var parts []string
	say := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	list := func(items []string) string { return strings.Join(items, ", ") }
	if len(i.TakesOver) > 0 {
		say("takes over %s", list(i.TakesOver))
	}
	if i.Builds != "" {
		say("builds %s", i.Builds)
	}
	if i.Create > 0 {
		say("creates %s", instances(i.Create))
	}
	if i.Replace > 0 {
		say("%s", i.replacing())
	}
	if i.Remove > 0 {
		say("removes %s", instances(i.Remove))
		if i.Replace == 0 && i.Down != "" {
			say("down until then: %s", i.Down)
		}
	}
	if i.Start > 0 {
		say("%s %s", map[bool]string{false: "starts", true: "runs"}[i.Job], instances(i.Start))
	}
	for _, hook := range i.Hooks {
		say("runs the %s hook", hook)
	}
	if len(i.Live) > 0 {
		say("changes %s live%s", list(i.Live), map[bool]string{true: ", nothing restarts"}[i.Create+i.Replace+i.Start == 0])
	}
	if len(i.Repair) > 0 {
		say("%s", list(i.Repair))
	}
	if len(i.Shares) > 0 {
		say("shares %s, and they can reach each other", strings.Join(i.Shares, ", and "))
	}
	if i.Unlocked != "" {
		say("takes %s, which is not locked", i.Unlocked)
	}
	if i.Converts != "" {
		say("converts the data of %s", i.Converts)
	}
	if i.Host != "" {
		say("gives access to %s of the host", i.Host)
	}
	if len(i.DeletesData) > 0 {
		say("deletes the data of %s", list(i.DeletesData))
	}
	if len(i.KeepsData) > 0 {
		say("keeps the data of %s", list(i.KeepsData))
	}
	if len(i.LeavesData) > 0 {
		say("removes volume %s, while what it leads to stays", list(i.LeavesData))
	}
	return strings.Join(parts, "; ")
}

func (i Impact) replacing() string {
	s := fmt.Sprintf("replaces %s because of %s", instances(i.Replace), strings.Join(i.Because, ", "))
	if len(i.Because) == 0 {
		s = fmt.Sprintf("replaces %s, which another key or version of Bayplan made", instances(i.Replace))
	}
	switch {
	case i.Job && i.Down == "":
		return s + ", which runs the job anew"
	case i.Down == "" && i.Batch < i.Replace:
		return s + fmt.Sprintf(", %d at a time, each new one healthy before an old one stops", i.Batch)
	case i.Down == "":
		return s + ", each new one healthy before an old one stops"
	}
	s += ", down meanwhile"
	switch {
	case i.Measured:
		s += fmt.Sprintf(", for about %ds as last time", i.Seconds)
	case i.Seconds > 0:
		s += fmt.Sprintf(", for up to about %ds", i.Seconds)
	}
	s += ": " + i.Down
	if len(i.Pauses) > 0 {
		s += "; pauses " + addresses(i.Pauses)
	}
	hit := slices.DeleteFunc(slices.Clone(i.Hits), func(a topology.Address) bool { return slices.Contains(i.Pauses, a) })
	if len(hit) > 0 {
		s += "; hits " + addresses(hit)
	}
	return s
}

func addresses(list []topology.Address) string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.String()
	}
	return strings.Join(out, ", ")
}

// several lists addresses, of many the first ones.
func several(list []topology.Address) string {
	const most = 5
	if len(list) <= most {
		return addresses(list)
	}
	return fmt.Sprintf("%s and %d more", addresses(list[:most]), len(list)-most)
}

func instances(n int) string {
	if n == 1 {
		return "1 instance"
	}
	return fmt.Sprintf("%d instances", n)
}
