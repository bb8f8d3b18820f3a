package config_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
)

// place is the lines of a file that an error is about.
type place struct {
	file       string
	first, end int
	text       string
}

func (p place) String() string { return fmt.Sprintf("%s:%d-%d: %s", p.file, p.first, p.end, p.text) }

// has reports whether another place is in this one. Some errors of Terraform, such
// as that of a cycle, have no place.
func (p place) has(other place) bool {
	return p.file == "" || p.file == other.file && p.first <= other.first && other.first <= p.end
}

// jsonDiagnostic is a diagnostic as terraform shows it.
type jsonDiagnostic struct {
	Severity, Summary, Detail string
	Range                     *struct {
		Filename   string
		Start, End struct{ Line int }
	}
}

func (d jsonDiagnostic) place() []place {
	if d.Severity != "error" {
		return nil
	}
	p := place{text: d.Summary + ": " + d.Detail}
	if d.Range != nil {
		p.file, p.first, p.end = d.Range.Filename, d.Range.Start.Line, d.Range.End.Line
	}
	return []place{p}
}

// errorsIn are the errors among the messages of terraform plan -json.
func errorsIn(lines []byte) []place {
	var out []place
	scanner := bufio.NewScanner(bytes.NewReader(lines))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var line struct{ Diagnostic jsonDiagnostic }
		if json.Unmarshal(scanner.Bytes(), &line) == nil {
			out = append(out, line.Diagnostic.place()...)
		}
	}
	return out
}
