package config

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/gocty"
)

// local is one value of a locals block.
type local struct {
	name      string
	expr      hcl.Expression
	declRange hcl.Range
}

// output is an output block.
type output struct {
	name          string
	expr          hcl.Expression
	sensitive     bool
	dependsOn     []hcl.Traversal
	preconditions []condition
	declRange     hcl.Range
}

// condition is a validation, precondition or postcondition block.
type condition struct {
	test, message hcl.Expression
	declRange     hcl.Range
}

func sorted[K cmp.Ordered, T any](m map[K]T) []K { return slices.Sorted(maps.Keys(m)) }

// literal stores a value in target, which says by its type what is wanted.
func literal(v cty.Value, target any, at hcl.Range) hcl.Diagnostics {
	t, err := gocty.ImpliedType(target)
	if err == nil {
		v, err = convert.Convert(v, t)
	}
	if err == nil && !v.IsWhollyKnown() || err == nil && v.IsNull() {
		err = errors.New("a value is wanted")
	}
	if err == nil {
		err = gocty.FromCtyValue(v, target)
	}
	if err != nil {
		return errorf(at, "Wrong value", "%v.", err)
	}
	return nil
}

// constant stores the value of an attribute that may refer to nothing. An
// attribute that is not there leaves target as it is.
func constant(content *hcl.BodyContent, name string, target any) hcl.Diagnostics {
	a, ok := content.Attributes[name]
	if !ok {
		return nil
	}
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() {
		return diags
	}
	want, err := gocty.ImpliedType(target)
	if err == nil {
		v, err = convert.Convert(v, want)
	}
	if err == nil {
		err = gocty.FromCtyValue(v, target)
	}
	if err != nil {
		return append(diags, errorf(a.Expr.Range(), "Unsuitable value type", "Unsuitable value: %v.", err)...)
	}
	return diags
}

func (m *module) readLocals(b *hcl.Block) hcl.Diagnostics {
	attributes, diags := b.Body.JustAttributes()
	all := slices.SortedFunc(maps.Values(attributes), func(a, b *hcl.Attribute) int { return compareRanges(a.Range, b.Range) })
	for _, a := range all {
		m.locals = append(m.locals, &local{a.Name, a.Expr, a.Range})
	}
	return diags
}

var outputSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{
		{Name: "value", Required: true}, {Name: "description"}, {Name: "sensitive"}, {Name: "ephemeral"}, {Name: "depends_on"},
	},
	Blocks: []hcl.BlockHeaderSchema{{Type: "precondition"}, {Type: "postcondition"}},
}

func (m *module) readOutput(b *hcl.Block) hcl.Diagnostics {
	content, diags := b.Body.Content(outputSchema)
	o := &output{name: b.Labels[0], declRange: b.DefRange}
	diags = append(diags, checkName(b)...)
	var description string
	diags = append(diags, constant(content, "description", &description)...)
	diags = append(diags, constant(content, "sensitive", &o.sensitive)...)
	if a, ok := content.Attributes["ephemeral"]; ok {
		diags = append(diags, unsupported(a.Range, "Ephemeral outputs are Terraform's.")...)
	}
	if a, ok := content.Attributes["depends_on"]; ok {
		on, more := traversals(a.Expr)
		o.dependsOn, diags = on, append(diags, more...)
	}
	for _, inner := range content.Blocks {
		if inner.Type == "postcondition" {
			diags = append(diags, errorf(inner.DefRange, "Misplaced block", "An output has preconditions, not postconditions.")...)
			continue
		}
		c, more := readCondition(inner)
		o.preconditions, diags = append(o.preconditions, c), append(diags, more...)
	}
	if a, ok := content.Attributes["value"]; ok {
		o.expr = a.Expr
		m.outputs = append(m.outputs, o)
	}
	return diags
}

var conditionSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{
	{Name: "condition", Required: true}, {Name: "error_message", Required: true},
}}

func readCondition(b *hcl.Block) (condition, hcl.Diagnostics) {
	content, diags := b.Body.Content(conditionSchema)
	c := condition{declRange: b.DefRange}
	if a, ok := content.Attributes["condition"]; ok {
		c.test = a.Expr
	}
	if a, ok := content.Attributes["error_message"]; ok {
		c.message = a.Expr
	}
	if c.test != nil && len(c.test.Variables()) == 0 {
		diags = append(diags, errorf(c.test.Range(), "Condition without a reference", "A condition that refers to nothing is always the same.")...)
	}
	return c, diags
}

// traversals reads a list of references, as depends_on has it.
func traversals(expr hcl.Expression) ([]hcl.Traversal, hcl.Diagnostics) {
	items, diags := hcl.ExprList(expr)
	var out []hcl.Traversal
	for _, item := range items {
		t, more := traversal(item)
		if diags = append(diags, more...); !more.HasErrors() {
			out = append(out, t)
		}
	}
	return out, diags
}

func traversal(expr hcl.Expression) (hcl.Traversal, hcl.Diagnostics) {
	expr, diags := unquoted(expr)
	if diags.HasErrors() {
		return nil, diags
	}
	return hcl.AbsTraversalForExpr(expr)
}
