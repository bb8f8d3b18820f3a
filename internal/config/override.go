package config

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// override merges the blocks of override files into those they change. Blocks of
// local values and of settings are left over: they change what they name.
func override(blocks, changes hcl.Blocks) (merged, left hcl.Blocks, diags hcl.Diagnostics) {
	merged = slices.Clone(blocks)
	for _, change := range changes {
		switch change.Type {
		case "locals", "terraform":
			left = append(left, change)
			continue
		case "moved", "import", "removed", "check":
			diags = append(diags, errorf(change.DefRange, "Misplaced block", "A %s block cannot be in an override file.", change.Type)...)
			continue
		}
		i := slices.IndexFunc(merged, func(b *hcl.Block) bool { return b.Type == change.Type && slices.Equal(b.Labels, change.Labels) })
		if i < 0 {
			diags = append(diags, errorf(change.DefRange, "Nothing to override", "There is no %s %q to be changed.", change.Type, strings.Join(change.Labels, "."))...)
			continue
		}
		b := *merged[i]
		b.Body = mergedBody{b.Body, change.Body}
		merged[i] = &b
	}
	return merged, left, diags
}

// overrideLocals replaces local values by those of the same name.
func (m *module) overrideLocals(b *hcl.Block) hcl.Diagnostics {
	changes := &module{}
	diags := changes.readLocals(b)
	for _, change := range changes.locals {
		l, ok := m.local(change.name)
		if !ok {
			diags = append(diags, errorf(change.declRange, "Nothing to override", "There is no local value %q to be changed.", change.name)...)
			continue
		}
		*l = *change
	}
	return diags
}

// mergedBody is a body with the attributes of another in place of its own, and its
// blocks in place of all of their type.
type mergedBody struct{ base, change hcl.Body }

func (b mergedBody) Content(schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Diagnostics) {
	base, diags := b.base.Content(schema)
	change, more := b.change.Content(optional(schema))
	return mergeContent(base, change), append(diags, more...)
}

func (b mergedBody) PartialContent(schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Body, hcl.Diagnostics) {
	base, baseRest, diags := b.base.PartialContent(schema)
	change, changeRest, more := b.change.PartialContent(optional(schema))
	return mergeContent(base, change), mergedBody{baseRest, changeRest}, append(diags, more...)
}

func (b mergedBody) JustAttributes() (hcl.Attributes, hcl.Diagnostics) {
	base, diags := b.base.JustAttributes()
	change, more := b.change.JustAttributes()
	merged := mergeContent(&hcl.BodyContent{Attributes: base}, &hcl.BodyContent{Attributes: change})
	return merged.Attributes, append(diags, more...)
}

func (b mergedBody) MissingItemRange() hcl.Range { return b.base.MissingItemRange() }

// optional is a schema that requires nothing.
func optional(schema *hcl.BodySchema) *hcl.BodySchema {
	out := &hcl.BodySchema{Attributes: slices.Clone(schema.Attributes), Blocks: schema.Blocks}
	for i := range out.Attributes {
		out.Attributes[i].Required = false
	}
	return out
}

func mergeContent(base, change *hcl.BodyContent) *hcl.BodyContent {
	out := &hcl.BodyContent{Attributes: hcl.Attributes{}, MissingItemRange: base.MissingItemRange}
	for name, a := range base.Attributes {
		out.Attributes[name] = a
	}
	for name, a := range change.Attributes {
		out.Attributes[name] = a
	}
	changed := change.Blocks.ByType()
	for _, b := range base.Blocks {
		switch changes := changed[b.Type]; {
		case len(changes) == 0:
			out.Blocks = append(out.Blocks, b)
		case b.Type == "lifecycle":
			both := *b
			both.Body = mergedBody{b.Body, changes[0].Body}
			out.Blocks, changed[b.Type] = append(out.Blocks, &both), nil
		}
	}
	for _, b := range change.Blocks {
		if changed[b.Type] != nil {
			out.Blocks = append(out.Blocks, b)
		}
	}
	return out
}
