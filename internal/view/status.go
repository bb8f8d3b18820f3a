package view

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Status is what is live of a scope, in order.
type Status struct {
	Scope topology.Scope
	Rows  []StatusRow
}

// StatusRow is what is live of one address.
type StatusRow struct {
	Address    topology.Address `json:"address"`
	Configured bool             `json:"configured"`
	State      string           `json:"state"`            // running, healthy, exited, absent, present
	Wanted     int              `json:"wanted"`           // instances; 0 for what has none
	Live       int              `json:"live"`             // instances
	Runs       string           `json:"runs,omitempty"`   // image, or whom a relationship leads to
	Ports      []string         `json:"ports,omitempty"`  // as published
	Differs    []string         `json:"differs"`          // fields in which live is not what is configured
	Impact     string           `json:"impact,omitempty"` // what an apply would do about it
}

// WriteStatus writes what is live for a person, as a table.
func WriteStatus(w io.Writer, s Style, status Status) error {
	fmt.Fprintf(w, "%s, environment %s\n\n", s.Bold(status.Scope.Project), status.Scope.Environment)
	if len(status.Rows) == 0 {
		_, err := fmt.Fprintln(w, "Nothing is configured, and nothing is live.")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ADDRESS\tSTATE\tINSTANCES\tRUNS\tPLAN")
	for _, r := range status.Rows {
		instances := "-"
		if r.Address.IsWorkload() {
			instances = fmt.Sprintf("%d/%d", r.Live, r.Wanted)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", r.Address, r.State, instances, orDash(inLine(r.Runs)), r.plan())
	}
	return table.Flush()
}

// plan says what an apply would do, in a few words.
func (r StatusRow) plan() string {
	switch {
	case !r.Configured && r.Impact == "":
		return "not configured, kept"
	case !r.Configured:
		return "not configured: " + r.Impact
	case len(r.Differs) > 0 && r.State != "absent":
		return "differs: " + strings.Join(r.Differs, ", ")
	case r.Impact != "":
		return r.Impact
	}
	return "as configured"
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

type statusJSON struct {
	FormatVersion string      `json:"format_version"`
	Project       string      `json:"project"`
	Environment   string      `json:"environment"`
	Addresses     []StatusRow `json:"addresses"`
}

// WriteStatusJSON writes what is live for a program.
func WriteStatusJSON(w io.Writer, status Status) error {
	rows := status.Rows
	if rows == nil {
		rows = []StatusRow{}
	}
	for i := range rows {
		rows[i].Differs = append([]string{}, rows[i].Differs...)
	}
	return writeJSON(w, statusJSON{FormatVersion, status.Scope.Project, status.Scope.Environment, rows})
}
