package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// decided are the settings that a type decides itself, as the rest of what it
// says of a service relies on them: no configuration has them.
type decided struct {
	data    []string // where its data is
	network []string // what it listens on
	process []string // whom it runs as, and how
	// same returns the one spelling of all that the server takes for the same
	// name; nil when it takes none but one.
	same func(name string) string
	// shortened says that the server takes the start of a name for the name.
	shortened bool
}

// refuse returns why a setting is not for a configuration to say, nil when it
// is, and what to do instead.
func (t Type) refuse(name string) (hint string, err error) {
	if own, ok := t.decides.find(t.decides.data, name); ok {
		return "Remove it; mount a volume at " + t.Data + " to have the data on that one.",
			fmt.Errorf("%s decides %s itself: its data is in %s, where its volume is", t.Name, own, t.Data)
	}
	if own, ok := t.decides.find(t.decides.network, name); ok {
		return "Remove it.", fmt.Errorf("%s decides %s itself: its health check and its users look for it at port %d", t.Name, own, t.Port)
	}
	if own, ok := t.decides.find(t.decides.process, name); ok {
		return "Remove it.", fmt.Errorf("%s decides %s itself: its image, its data and its users rely on how it runs and as whom", t.Name, own)
	}
	return "", nil
}

// find returns which of the names the server takes a name for.
func (d decided) find(names []string, name string) (string, bool) {
	same := d.same
	if same == nil {
		same = strings.Clone
	}
	name = same(name)
	i := slices.IndexFunc(names, func(own string) bool {
		rest, starts := strings.CutPrefix(same(own), name)
		return starts && (rest == "" || d.shortened && !strings.HasPrefix(rest, "-")) // the first word may be an option of its own
	})
	if i < 0 {
		return "", false
	}
	return names[i], true
}

// sameOption takes the names of a database's server for what they are: with
// hyphens or underscores, and with the prefix that forgives it not being one.
func sameOption(name string) string {
	return strings.TrimPrefix(strings.ReplaceAll(name, "_", "-"), "loose-")
}

func sameParameter(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "-", "_"))
}

// sameProperty takes what becomes the same variable for the same name.
func sameProperty(name string) string { return fillSetting("{NAME}", name, "") }

// sameVariable reads the second way in which a variable names a setting.
func sameVariable(name string) string {
	setting, ok := strings.CutPrefix(name, "ES_SETTING_")
	if !ok {
		return name
	}
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(setting), "_", "."), "..", "_")
}
