package view

import (
	"cmp"
	"fmt"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Background is what the reader of a change wants to know beside it.
type Background struct {
	Place    Place              `json:"place,omitzero"` // where the address is configured
	NeededBy []topology.Address `json:"needed_by"`      // who needs what is replaced or taken down, sorted
	Fields   map[string]Field   `json:"fields"`         // by FieldName
	Resource string             `json:"-"`              // what Terraform calls it, where it has no place
	Impact   string             `json:"-"`              // the impact, where only its text is known
}

// where says where an address is configured, "" where nobody knows.
func (b Background) where() string { return cmp.Or(b.Place.String(), b.Resource) }

// Field is what the reader of one difference wants to know beside it.
type Field struct {
	Hidden  Hidden `json:"hidden"`
	Default bool   `json:"default"` // it is not configured
	Cause   Cause  `json:"cause"`
}

// Hidden says which values of a difference are not to be shown.
type Hidden string

// What of a difference is hidden.
const (
	HiddenNone Hidden = ""
	HiddenOld  Hidden = "old" // which may have been a secret
	HiddenBoth Hidden = "both"
)

// Cause is why a field differs.
type Cause struct {
	Kind    plan.CauseKind   `json:"kind"`
	Address topology.Address `json:"address,omitzero"` // of another change
	Place   Place            `json:"place,omitzero"`   // of what causes it
}

// Place is a line of a file.
type Place struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

// String says the place as compilers do, "" when there is none.
func (p Place) String() string {
	if p.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", inLine(p.File), p.Line)
}

// String says the cause in a few words.
func (c Cause) String() string {
	switch c.Kind {
	case plan.CauseChange:
		return "because of " + c.Address.String() + c.Place.inBrackets()
	case plan.CauseDrift:
		return "drift"
	case plan.CauseTag:
		return "the tag leads to another image now" + c.Place.inBrackets()
	case plan.CauseBase:
		return "an image that it is built on is another now" + c.Place.inBrackets()
	case plan.CauseLock:
		return "the lock file has another image" + c.Place.inBrackets()
	}
	return c.Place.String()
}

func (p Place) inBrackets() string {
	if p.File == "" {
		return ""
	}
	return " (" + p.String() + ")"
}

// FieldName names what differs as configuration does: memory, env["A"].
func FieldName(d plan.FieldDiff) string {
	if d.Key == "" {
		return d.Field
	}
	return fmt.Sprintf("%s[%q]", d.Field, d.Key)
}
