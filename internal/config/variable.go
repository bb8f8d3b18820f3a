package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// variable is a variable block.
type variable struct {
	name       string
	typ        cty.Type // with optional attributes
	defaults   *typeexpr.Defaults
	literal    bool      // text for it is a string, not an expression
	fallback   cty.Value // cty.NilVal when it is required
	sensitive  bool
	nullable   bool
	validation []condition
	declRange  hcl.Range
}

var variableSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{
		{Name: "description"}, {Name: "type"}, {Name: "default"}, {Name: "sensitive"}, {Name: "nullable"}, {Name: "ephemeral"},
	},
	Blocks: []hcl.BlockHeaderSchema{{Type: "validation"}},
}

// reservedVariables are the names that a module call has other uses for.
var reservedVariables = map[string]bool{
	"source": true, "version": true, "providers": true, "count": true, "for_each": true, "lifecycle": true, "depends_on": true, "locals": true,
}

func (m *module) readVariable(b *hcl.Block) hcl.Diagnostics {
	content, diags := b.Body.Content(variableSchema)
	v := &variable{name: b.Labels[0], typ: cty.DynamicPseudoType, literal: true, nullable: true, declRange: b.DefRange}
	m.variables = append(m.variables, v)
	diags = append(diags, checkName(b)...)
	if reservedVariables[v.name] {
		diags = append(diags, errorf(b.LabelRanges[0], "Reserved name", "A module call has another use for %q.", v.name)...)
	}
	var description string
	diags = append(diags, constant(content, "description", &description)...)
	diags = append(diags, constant(content, "sensitive", &v.sensitive)...)
	diags = append(diags, constant(content, "nullable", &v.nullable)...)
	if a, ok := content.Attributes["ephemeral"]; ok {
		diags = append(diags, unsupported(a.Range, "Ephemeral variables are Terraform's.")...)
	}
	if a, ok := content.Attributes["type"]; ok {
		diags = append(diags, v.readType(a.Expr)...)
	}
	if a, ok := content.Attributes["default"]; ok {
		diags = append(diags, v.readDefault(a.Expr)...)
	}
	for _, inner := range content.Blocks {
		c, more := readCondition(inner)
		v.validation, diags = append(v.validation, c), append(diags, more...)
	}
	return diags
}

// bareTypes are types that may be written without that of their elements.
var bareTypes = map[string]cty.Type{
	"list": cty.List(cty.DynamicPseudoType), "set": cty.Set(cty.DynamicPseudoType), "map": cty.Map(cty.DynamicPseudoType),
}

func (v *variable) readType(expr hcl.Expression) hcl.Diagnostics {
	if t, ok := bareTypes[hcl.ExprAsKeyword(expr)]; ok {
		v.typ, v.literal = t, false
		return nil
	}
	t, defaults, diags := typeexpr.TypeConstraintWithDefaults(expr)
	if diags.HasErrors() {
		return diags
	}
	v.typ, v.defaults, v.literal = t, defaults, t.IsPrimitiveType()
	return diags
}

func (v *variable) readDefault(expr hcl.Expression) hcl.Diagnostics {
	value, diags := expr.Value(nil)
	if diags.HasErrors() {
		v.fallback = cty.DynamicVal
		return diags
	}
	value, err := v.convert(value)
	if err == nil && value.IsNull() && !v.nullable {
		return errorf(expr.Range(), "Wrong default", "Variable %q is not nullable, so its default cannot be null.", v.name)
	}
	if v.fallback = value; err != nil {
		v.fallback = cty.DynamicVal
		return errorf(expr.Range(), "Wrong default", "The default of variable %q is not of its type: %v.", v.name, err)
	}
	return diags
}

// convert makes a value one of the variable's type, defaults of its attributes filled in.
func (v *variable) convert(value cty.Value) (cty.Value, error) {
	if v.defaults != nil && !value.IsNull() {
		value = v.defaults.Apply(value)
	}
	return convert.Convert(value, v.typ)
}

// given is a value that was set for a variable from outside of its module.
type given struct {
	value cty.Value
	at    hcl.Range // zero for what is in no file
	from  string    // says where it is from, for what is in no file
}

// resolve returns the variable's value: the given one, or the default.
func (v *variable) resolve(g given, set bool) (cty.Value, hcl.Diagnostics) {
	at := g.at
	if at == (hcl.Range{}) {
		at = v.declRange
	}
	if set && g.value.IsNull() && !v.nullable {
		if set = false; v.fallback == cty.NilVal {
			return cty.DynamicVal, errorf(at, "Variable cannot be null", "Variable %q is required, and it is not nullable.", v.name)
		}
	}
	if !set {
		if v.fallback == cty.NilVal {
			return cty.DynamicVal, errorf(v.declRange, "Variable without a value",
				"Variable %q has no default: set it in a .tfvars file, with --var, or as TF_VAR_%s in the environment.", v.name, v.name)
		}
		return v.mark(v.fallback), nil
	}
	value, err := v.convert(g.value)
	if err != nil {
		return cty.DynamicVal, errorf(at, "Wrong value for a variable", "The value for variable %q%s is not of its type: %v.", v.name, g.from, err)
	}
	return v.mark(value), nil
}

func (v *variable) mark(value cty.Value) cty.Value {
	if v.sensitive {
		return value.Mark(sensitive)
	}
	return value
}
