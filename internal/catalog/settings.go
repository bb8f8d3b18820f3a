package catalog

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// taker is how a type takes settings: as the command of its container, or as
// environment variables.
type taker struct {
	command func(settings map[string]string) []string
	env     func(settings map[string]string) map[string]string
	words   bool // a value is one word: it ends at the first space
}

// arguments writes each setting as arguments in the given form. The entry
// points of the images that take them so put their program before.
func arguments(form ...string) *taker {
	return &taker{command: func(settings map[string]string) (out []string) {
		for _, name := range slices.Sorted(maps.Keys(settings)) {
			for _, part := range form {
				out = append(out, fillSetting(part, name, settings[name]))
			}
		}
		return out
	}}
}

// options writes settings as long options; one without a value is a switch.
var options = &taker{command: func(settings map[string]string) (out []string) {
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if settings[name] == "" {
			out = append(out, "--"+name)
		} else {
			out = append(out, "--"+name+"="+settings[name])
		}
	}
	return out
}}

// variables writes each setting as a variable whose name has the given form.
func variables(form string) *taker {
	return &taker{env: func(settings map[string]string) map[string]string {
		out := map[string]string{}
		for name, value := range settings {
			out[fillSetting(form, name, "")] = value
		}
		return out
	}}
}

// joined writes all settings, each in the given form, into one variable.
func joined(variable, form string) *taker {
	return &taker{words: true, env: func(settings map[string]string) map[string]string {
		var all []string
		for _, name := range slices.Sorted(maps.Keys(settings)) {
			all = append(all, fillSetting(form, name, settings[name]))
		}
		return map[string]string{variable: strings.Join(all, " ")}
	}}
}

// fillSetting replaces {name}, {NAME} (as a variable has it) and {value}.
func fillSetting(form, name, value string) string {
	upper := strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(name))
	return strings.NewReplacer("{name}", name, "{NAME}", upper, "{value}", value).Replace(form)
}

// settingsCommand returns the command that gives a workload its
// configuration, nil when it takes none by its command.
func settingsCommand(w topology.Workload) []string {
	if s := of(w).settings; s != nil && s.command != nil && len(w.Configuration) > 0 {
		return s.command(w.Configuration)
	}
	return nil
}

// settingsEnv returns the variables that give a workload its configuration.
func settingsEnv(w topology.Workload) map[string]string {
	if s := of(w).settings; s != nil && s.env != nil && len(w.Configuration) > 0 {
		return s.env(w.Configuration)
	}
	return nil
}

var settingName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

// checkConfiguration returns what is wrong with a workload's configuration.
func checkConfiguration(a topology.Address, w topology.Workload) []*topology.FieldError {
	if len(w.Configuration) == 0 {
		return nil
	}
	t := of(w)
	fault := func(key, hint string, err error) []*topology.FieldError {
		return []*topology.FieldError{{Address: a, Field: "configuration", Key: key, Err: err, Hint: hint}}
	}
	switch {
	case w.Type == "":
		return fault("", "Set type, or pass settings by command or env.", errors.New("without a type nobody knows how the image takes settings"))
	case t.settings == nil:
		return fault("", "Build an image with its configuration file, or mount a volume that has it.", fmt.Errorf("%s takes settings from a file alone", t.Name))
	case t.settings.command != nil && (len(w.Command) > 0 || len(w.Entrypoint) > 0):
		return fault("", "Give the settings in the command, or remove command and entrypoint.", fmt.Errorf("%s takes settings by its command, which is set", t.Name))
	}
	var errs []*topology.FieldError
	for _, name := range slices.Sorted(maps.Keys(w.Configuration)) {
		hint, err := "", t.settings.check(name, w.Configuration[name])
		if err == nil {
			hint, err = t.refuse(name)
		}
		errs = append(errs, fault(name, hint, err)...)
	}
	return slices.DeleteFunc(errs, func(e *topology.FieldError) bool { return e.Err == nil })
}

func (t *taker) check(name, value string) error {
	switch {
	case !settingName.MatchString(name):
		return errors.New("the name of a setting is letters, digits, dots, hyphens and underscores, a letter or digit first")
	case strings.ContainsFunc(value, unicode.IsControl) || strings.ToValidUTF8(value, "") != value:
		return errors.New("the value is not one line of text")
	case t.words && (value == "" || strings.ContainsFunc(value, unicode.IsSpace)):
		return errors.New("the value is one word: the image splits its settings at spaces")
	}
	return nil
}
