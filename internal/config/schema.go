package config

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// protocol is a provider server and what it said of its schemas.
type protocol struct {
	server    tfprotov6.ProviderServer
	inProcess InProcess // the same server, if it is one
	provider  *schema
	resources map[string]*schema
	data      map[string]*schema
	functions map[string]function.Function
}

// schema is one schema in the terms of hcl and cty.
type schema struct {
	block   *tfprotov6.SchemaBlock
	spec    hcldec.ObjectSpec
	implied *hcl.BodySchema   // of spec
	always  hcldec.ObjectSpec // what of spec concerns every body
	typ     cty.Type
	wire    tftypes.Object
	nulls   map[string]cty.Value // of typ's attributes
	secret  bool                 // something in it must not be shown
	// nothing is what there is before a resource is new.
	nothing *tfprotov6.DynamicValue
}

func newProtocol(ctx context.Context, server tfprotov6.ProviderServer) (*protocol, error) {
	resp, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	for _, d := range resp.Diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return nil, errors.New(d.Summary + ": " + d.Detail)
		}
	}
	p := &protocol{server: server}
	p.inProcess, _ = server.(InProcess)
	if p.provider, err = newSchema(resp.Provider); err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	if p.resources, err = newSchemas(resp.ResourceSchemas); err != nil {
		return nil, err
	}
	if p.data, err = newSchemas(resp.DataSourceSchemas); err != nil {
		return nil, err
	}
	p.functions = map[string]function.Function{}
	for name, f := range resp.Functions {
		if p.functions[functionPrefix+name], err = p.newFunction(ctx, name, f); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func newSchemas(all map[string]*tfprotov6.Schema) (map[string]*schema, error) {
	out := map[string]*schema{}
	for name, s := range all {
		var err error
		if out[name], err = newSchema(s); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return out, nil
}

func newSchema(s *tfprotov6.Schema) (*schema, error) {
	if s == nil {
		s = &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{}}
	}
	spec, err := blockSpec(s.Block)
	if err != nil {
		return nil, err
	}
	wire, ok := s.ValueType().(tftypes.Object)
	if !ok {
		return nil, fmt.Errorf("a schema is of a %s", s.ValueType())
	}
	out := &schema{
		block: s.Block, spec: spec, implied: hcldec.ImpliedSchema(spec), always: maps.Clone(spec),
		typ: hcldec.ImpliedType(spec).WithoutOptionalAttributesDeep(), wire: wire, nulls: map[string]cty.Value{}, secret: secretBlock(s.Block),
	}
	maps.DeleteFunc(out.always, func(_ string, of hcldec.Spec) bool {
		attribute, is := of.(*hcldec.AttrSpec)
		return is && !attribute.Required
	})
	for name, t := range out.typ.AttributeTypes() {
		out.nulls[name] = cty.NullVal(t)
	}
	out.nothing, err = out.encode(cty.NullVal(out.typ))
	return out, err
}

// null is the object that an empty block stands for.
func (s *schema) null() cty.Value {
	return cty.ObjectVal(s.nulls)
}

// concerning returns the part of the schema that a body is about, which is all
// but the attributes that nobody wrote, and the attributes in the body.
func (s *schema) concerning(body hcl.Body) (hcldec.ObjectSpec, hcl.Attributes) {
	content, _, _ := body.PartialContent(s.implied)
	spec := maps.Clone(s.always)
	for name := range content.Attributes {
		spec[name] = s.spec[name]
	}
	return spec, content.Attributes
}

// whole returns an object with null for all that it lacks.
func (s *schema) whole(v cty.Value) cty.Value {
	all := maps.Clone(s.nulls)
	maps.Copy(all, v.AsValueMap())
	return cty.ObjectVal(all)
}

// attribute returns a root attribute, nil when there is none of that name.
func (s *schema) attribute(name string) *tfprotov6.SchemaAttribute {
	return attributeOf(s.block.Attributes, name)
}

func attributeOf(all []*tfprotov6.SchemaAttribute, name string) *tfprotov6.SchemaAttribute {
	i := slices.IndexFunc(all, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return all[i]
}

func blockSpec(block *tfprotov6.SchemaBlock) (hcldec.ObjectSpec, error) {
	spec := hcldec.ObjectSpec{}
	for _, a := range block.Attributes {
		t, err := attributeType(a)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		spec[a.Name] = &hcldec.AttrSpec{Name: a.Name, Type: t, Required: a.Required}
	}
	for _, nested := range block.BlockTypes {
		inner, err := blockSpec(nested.Block)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", nested.TypeName, err)
		}
		if spec[nested.TypeName], err = nestedSpec(nested, inner); err != nil {
			return nil, err
		}
	}
	return spec, nil
}

func nestedSpec(b *tfprotov6.SchemaNestedBlock, inner hcldec.ObjectSpec) (hcldec.Spec, error) {
	least, most := int(b.MinItems), int(b.MaxItems)
	switch b.Nesting {
	case tfprotov6.SchemaNestedBlockNestingModeSingle:
		return &hcldec.BlockSpec{TypeName: b.TypeName, Nested: inner, Required: least > 0}, nil
	case tfprotov6.SchemaNestedBlockNestingModeGroup:
		return &hcldec.DefaultSpec{
			Primary: &hcldec.BlockSpec{TypeName: b.TypeName, Nested: inner},
			Default: &hcldec.LiteralSpec{Value: cty.NullVal(hcldec.ImpliedType(inner).WithoutOptionalAttributesDeep())},
		}, nil
	case tfprotov6.SchemaNestedBlockNestingModeList:
		return &hcldec.BlockListSpec{TypeName: b.TypeName, Nested: inner, MinItems: least, MaxItems: most}, nil
	case tfprotov6.SchemaNestedBlockNestingModeSet:
		return &hcldec.BlockSetSpec{TypeName: b.TypeName, Nested: inner, MinItems: least, MaxItems: most}, nil
	case tfprotov6.SchemaNestedBlockNestingModeMap:
		return &hcldec.BlockMapSpec{TypeName: b.TypeName, Nested: inner, LabelNames: []string{"key"}}, nil
	}
	return nil, fmt.Errorf("%s: blocks nest in a way that is not known: %s", b.TypeName, b.Nesting)
}

// attributeType is the type that a value is converted to. What is not required of
// a nested object may be absent, and what it does not know is dropped.
func attributeType(a *tfprotov6.SchemaAttribute) (cty.Type, error) {
	if a.NestedType == nil {
		return ctyType(a.Type)
	}
	types, optional := map[string]cty.Type{}, []string{}
	for _, inner := range a.NestedType.Attributes {
		t, err := attributeType(inner)
		if err != nil {
			return t, fmt.Errorf("%s: %w", inner.Name, err)
		}
		types[inner.Name] = t
		if !inner.Required {
			optional = append(optional, inner.Name)
		}
	}
	object := cty.ObjectWithOptionalAttrs(types, optional)
	switch a.NestedType.Nesting {
	case tfprotov6.SchemaObjectNestingModeList:
		return cty.List(object), nil
	case tfprotov6.SchemaObjectNestingModeSet:
		return cty.Set(object), nil
	case tfprotov6.SchemaObjectNestingModeMap:
		return cty.Map(object), nil
	}
	return object, nil
}

// ctyType is a provider's type in the language.
func ctyType(t tftypes.Type) (cty.Type, error) {
	switch {
	case t.Is(tftypes.String):
		return cty.String, nil
	case t.Is(tftypes.Number):
		return cty.Number, nil
	case t.Is(tftypes.Bool):
		return cty.Bool, nil
	}
	if object, ok := t.(tftypes.Object); ok {
		return ctyObject(object)
	}
	var of tftypes.Type
	var collect func(cty.Type) cty.Type
	switch t := t.(type) {
	case tftypes.List:
		of, collect = t.ElementType, cty.List
	case tftypes.Set:
		of, collect = t.ElementType, cty.Set
	case tftypes.Map:
		of, collect = t.ElementType, cty.Map
	default:
		return cty.NilType, fmt.Errorf("no attribute is a %s", t)
	}
	element, err := ctyType(of)
	if err != nil {
		return cty.NilType, err
	}
	return collect(element), nil
}

func ctyObject(t tftypes.Object) (cty.Type, error) {
	types := map[string]cty.Type{}
	for name, of := range t.AttributeTypes {
		var err error
		if types[name], err = ctyType(of); err != nil {
			return cty.NilType, fmt.Errorf("%s: %w", name, err)
		}
	}
	return cty.Object(types), nil
}
