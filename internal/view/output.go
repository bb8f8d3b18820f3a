package view

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// WriteOutputs writes outputs for a person, sorted by name.
func WriteOutputs(w io.Writer, all map[string]Output) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		o := all[name]
		value := text(o.Value)
		switch {
		case o.Sensitive:
			value = "(sensitive)"
		case o.Unknown:
			value = "(only an apply decides)"
		}
		fmt.Fprintf(w, "%s = %s\n", name, value)
	}
}

type outputsJSON struct {
	FormatVersion string            `json:"format_version"`
	Outputs       map[string]Output `json:"outputs"`
}

// WriteOutputsJSON writes outputs for a program.
func WriteOutputsJSON(w io.Writer, all map[string]Output) error {
	return writeJSON(w, outputsJSON{FormatVersion, all})
}

// WriteOutput writes one value: text and numbers bare, all else, and
// everything where that is asked for, as JSON.
func WriteOutput(w io.Writer, value any, json bool) error {
	switch value.(type) {
	case nil, []any, map[string]any:
		json = true
	}
	if json {
		return writeJSON(w, value)
	}
	_, err := fmt.Fprintln(w, value)
	return err
}

type versionJSON struct {
	FormatVersion string `json:"format_version"`
	Version       string `json:"version"`
	Language      string `json:"terraform_language"`
	Platform      string `json:"platform"`
}

// WriteVersionJSON writes the version for a program.
func WriteVersionJSON(w io.Writer, version, language, platform string) error {
	return writeJSON(w, versionJSON{FormatVersion, version, language, platform})
}
