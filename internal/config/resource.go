package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/hashicorp/hcl/v2/hcldec"
)

const providerName = "bayplan"

// resource is a resource block, or a data block.
type resource struct {
	data      bool
	typ, name string
	body      hcl.Body // what the schema describes
	schema    *schema
	repeat    repeat
	dependsOn []hcl.Traversal
	lifecycle lifecycle
	declRange hcl.Range
	used      bool              // an expression refers to it
	refers    []hcl.Traversal   // to what, in body
	written   hcl.Attributes    // in body, without those of dynamic blocks
	spec      hcldec.ObjectSpec // the schema's, as far as it concerns body
}

func (r *resource) address() string {
	if r.data {
		return string(kindData) + "." + r.typ + "." + r.name
	}
	return r.typ + "." + r.name
}

// repeat is a count or for_each. Both are nil for what is there once.
type repeat struct{ count, forEach hcl.Expression }

func (r repeat) expressions() []hcl.Expression {
	var all []hcl.Expression
	for _, e := range []hcl.Expression{r.count, r.forEach} {
		if e != nil {
			all = append(all, e)
		}
	}
	return all
}

type lifecycle struct {
	preventDestroy, createBeforeDestroy bool
	ignoreAll                           bool
	ignore                              []hcl.Traversal
	pre, post                           []condition
}

var resourceSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "count"}, {Name: "for_each"}, {Name: "depends_on"}, {Name: "provider"}},
	Blocks: []hcl.BlockHeaderSchema{
		{Type: "lifecycle"}, {Type: "connection"}, {Type: "provisioner", LabelNames: []string{"type"}}, {Type: "_"}, {Type: "locals"},
	},
}

func (m *module) readResource(b *hcl.Block, p *protocol) hcl.Diagnostics {
	r := &resource{typ: b.Labels[0], name: b.Labels[1], declRange: b.DefRange}
	diags := checkName(b)
	prefix, _, _ := strings.Cut(r.typ, "_")
	if r.schema = p.resources[r.typ]; r.schema == nil {
		if prefix != providerName {
			return append(diags, unsupported(b.DefRange, "%s is a resource of provider %q, not of %s.", r.address(), prefix, ProviderSource)...)
		}
		return append(diags, errorf(b.LabelRanges[0], "No such type of resource", "There is no %s; there are %s.", r.typ, strings.Join(sorted(p.resources), ", "))...)
	}
	m.resources = append(m.resources, r)
	return append(diags, r.read(b)...)
}

// read takes what the block says.
func (r *resource) read(b *hcl.Block) hcl.Diagnostics {
	content, rest, diags := b.Body.PartialContent(resourceSchema)
	r.body = rest
	r.spec, r.written = r.schema.concerning(rest)
	r.refers = dynblock.VariablesHCLDec(rest, r.spec)
	diags = append(diags, r.repeat.read(content)...)
	if a, ok := content.Attributes["depends_on"]; ok {
		var more hcl.Diagnostics
		r.dependsOn, more = traversals(a.Expr)
		diags = append(diags, more...)
		if r.data {
			diags = append(diags, unsupported(a.Range, "%s is read before anything is changed, and can wait for nothing.", r.address())...)
		}
	}
	if a, ok := content.Attributes["provider"]; ok {
		diags = append(diags, checkProvider(a.Expr)...)
	}
	for _, inner := range content.Blocks {
		diags = append(diags, r.readMeta(inner)...)
	}
	return diags
}

func (r *resource) readMeta(b *hcl.Block) hcl.Diagnostics {
	switch b.Type {
	case "lifecycle":
		return r.lifecycle.read(b)
	case "provisioner":
		return unsupported(b.DefRange, "%s has a provisioner. A job, bayplan_app with job = true, does the same in a container.", r.address())
	case "connection":
		return unsupported(b.DefRange, "%s has a connection, which only provisioners use.", r.address())
	}
	return errorf(b.DefRange, "Reserved block", "%s has a block %q, whose name is reserved.", r.address(), b.Type)
}

func (r *repeat) read(content *hcl.BodyContent) hcl.Diagnostics {
	count, counted := content.Attributes["count"]
	each, iterated := content.Attributes["for_each"]
	if counted {
		r.count = count.Expr
	}
	if iterated {
		r.forEach = each.Expr
	}
	if counted && iterated {
		return errorf(each.NameRange, "Both count and for_each", "Only one of them can say how many there are.")
	}
	return nil
}

// checkProvider accepts the default configuration of the provider, and nothing else.
func checkProvider(expr hcl.Expression) hcl.Diagnostics {
	t, diags := traversal(expr)
	if diags.HasErrors() {
		return diags
	}
	if len(t) == 1 && t.RootName() == providerName {
		return nil
	}
	return errorf(expr.Range(), "Several engines", "The command plans one engine at a time, the one of provider %q without an alias. "+
		"Move what is on another to a directory of its own, and run the command there with --chdir.", providerName)
}

var lifecycleSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{
		{Name: "create_before_destroy"}, {Name: "prevent_destroy"}, {Name: "ignore_changes"}, {Name: "replace_triggered_by"},
	},
	Blocks: []hcl.BlockHeaderSchema{{Type: "precondition"}, {Type: "postcondition"}, {Type: "action_trigger"}},
}

func (l *lifecycle) read(b *hcl.Block) hcl.Diagnostics {
	content, diags := b.Body.Content(lifecycleSchema)
	diags = append(diags, constant(content, "create_before_destroy", &l.createBeforeDestroy)...)
	diags = append(diags, constant(content, "prevent_destroy", &l.preventDestroy)...)
	if a, ok := content.Attributes["replace_triggered_by"]; ok {
		diags = append(diags, unsupported(a.Range, "replace_triggered_by compares with a state file, and there is none.")...)
	}
	if a, ok := content.Attributes["ignore_changes"]; ok {
		diags = append(diags, l.readIgnored(a.Expr)...)
	}
	for _, inner := range content.Blocks {
		if inner.Type == "action_trigger" {
			diags = append(diags, unsupported(inner.DefRange, "Actions are Terraform's to invoke. A hook of bayplan_app runs with every new version.")...)
			continue
		}
		c, more := readCondition(inner)
		if diags = append(diags, more...); inner.Type == "precondition" {
			l.pre = append(l.pre, c)
		} else {
			l.post = append(l.post, c)
		}
	}
	return diags
}

func (l *lifecycle) readIgnored(expr hcl.Expression) hcl.Diagnostics {
	if hcl.ExprAsKeyword(expr) == "all" {
		l.ignoreAll = true
		return nil
	}
	items, diags := hcl.ExprList(expr)
	for _, item := range items {
		item, more := unquoted(item)
		if diags = append(diags, more...); more.HasErrors() {
			continue
		}
		t, more := hcl.RelTraversalForExpr(item)
		if diags = append(diags, more...); !more.HasErrors() {
			l.ignore = append(l.ignore, t)
		}
	}
	return diags
}

// checkIgnored returns an error for what no attribute has as its name.
func (r *resource) checkIgnored() hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, t := range r.lifecycle.ignore {
		first, ok := t[0].(hcl.TraverseAttr)
		if ok && !r.schema.typ.HasAttribute(first.Name) {
			diags = append(diags, errorf(t.SourceRange(), "No such attribute", "%s has no attribute %q whose changes could be ignored.", r.address(), first.Name)...)
		}
	}
	return diags
}

func (m *module) readData(b *hcl.Block, p *protocol) hcl.Diagnostics {
	typ := b.Labels[0]
	if prefix, _, _ := strings.Cut(typ, "_"); prefix != providerName {
		return unsupported(b.DefRange, "data.%s.%s is of provider %q, not of %s.", typ, b.Labels[1], prefix, ProviderSource)
	}
	if p.data[typ] == nil {
		return errorf(b.LabelRanges[0], "No such type of data", "There is no data source %s; there are %s.", typ, strings.Join(sorted(p.data), ", "))
	}
	r := &resource{data: true, typ: typ, name: b.Labels[1], schema: p.data[typ], declRange: b.DefRange}
	m.data = append(m.data, r)
	return append(checkName(b), r.read(b)...)
}
