package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// variable evaluates a variable of a module.
func (ev *evaluator) variable(in *instance, v *variable) hcl.Diagnostics {
	if in.parent == nil {
		g, set := ev.given[v.name]
		if !set && v.fallback == cty.NilVal && ev.options.UnsetUnknown {
			in.variables[v.name] = v.mark(cty.UnknownVal(v.typ.WithoutOptionalAttributesDeep()))
			return nil
		}
		value, diags := v.resolve(g, set)
		in.variables[v.name] = value
		return diags
	}
	a, set := in.module.call.arguments[v.name]
	var g given
	if set {
		value, diags := ev.eval(in.parent, a.Expr, in.around)
		if diags.HasErrors() {
			return diags
		}
		g = given{value: value, at: a.Expr.Range()}
	}
	value, diags := v.resolve(g, set)
	in.variables[v.name] = value
	return diags
}

// validate checks the conditions of a variable.
func (ev *evaluator) validate(in *instance, v *variable) hcl.Diagnostics {
	at := v.declRange
	if in.parent != nil {
		if a, ok := in.module.call.arguments[v.name]; ok {
			at = a.Expr.Range()
		}
	} else if g, ok := ev.given[v.name]; ok && g.at != (hcl.Range{}) {
		at = g.at
	}
	var diags hcl.Diagnostics
	for _, c := range v.validation {
		diags = append(diags, ev.check(in, c, repetition{}, "Value not allowed", at)...)
	}
	return diags
}

// local evaluates a local value.
func (ev *evaluator) local(in *instance, l *local) hcl.Diagnostics {
	v, diags := ev.eval(in, l.expr, repetition{})
	in.locals[l.name] = v
	return diags
}

// output evaluates an output of a module.
func (ev *evaluator) output(in *instance, o *output) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, c := range o.preconditions {
		diags = append(diags, ev.check(in, c, repetition{}, "Precondition not met", c.test.Range())...)
	}
	if diags.HasErrors() {
		return diags
	}
	v, diags := ev.eval(in, o.expr, repetition{})
	if diags.HasErrors() {
		return diags
	}
	if o.sensitive {
		v = v.Mark(sensitive)
	}
	in.outputs[o.name] = v
	if in.parent != nil {
		return diags
	}
	plain, paths := v.UnmarkDeepWithPaths()
	if !o.sensitive && len(paths) > 0 {
		return append(diags, errorf(o.declRange, "Output of what is sensitive",
			"Output %q has something sensitive in it. Set sensitive = true, or nonsensitive() where it may be shown.", o.name)...)
	}
	ev.outputs = append(ev.outputs, Output{Name: o.name, Value: plain, Sensitive: o.sensitive, DeclRange: o.declRange})
	return diags
}

// call makes the instances of a module call.
func (ev *evaluator) call(in *instance, c *call) hcl.Diagnostics {
	if in.rehearsal {
		ev.rehearseCall(in, c)
		return nil
	}
	keys, each, diags := ev.repetitions(in, c.repeat)
	if diags.HasErrors() || c.module == nil {
		return diags
	}
	if len(keys) == 0 {
		ev.rehearseCall(in, c)
	}
	if keys == nil {
		return diags
	}
	e := expansion[*instance]{repeat: c.repeat, keys: keys}
	for i, key := range keys {
		e.all = append(e.all, newInstance(c.module, in, keyed(within(in.address, "module."+c.name), key), each[i]))
	}
	in.calls[c.name] = e
	ev.instances[c.module] = append(ev.instances[c.module], e.all...)
	return diags
}

// rehearseCall makes an instance of a module that has none, so that what is in the
// module is evaluated nevertheless as far as it is known, for its errors.
func (ev *evaluator) rehearseCall(in *instance, c *call) {
	if c.module == nil {
		return
	}
	child := newInstance(c.module, in, within(in.address, "module."+c.name), unknownRepetition)
	child.rehearsal = true
	ev.instances[c.module] = append(ev.instances[c.module], child)
}

// check evaluates a condition. One that is not known yet holds.
func (ev *evaluator) check(in *instance, c condition, rep repetition, summary string, at hcl.Range) hcl.Diagnostics {
	if c.test == nil || c.message == nil || in.rehearsal {
		return nil
	}
	scope := ev.scope(in, append(c.test.Variables(), c.message.Variables()...), rep)
	v, diags := c.test.Value(scope)
	if diags.HasErrors() {
		return diags
	}
	v, _ = v.Unmark()
	holds, err := toBool(v)
	switch {
	case err != nil:
		return append(diags, errorf(c.test.Range(), "Wrong condition", "%v.", err)...)
	case holds:
		return diags
	}
	message, more := c.say(scope)
	if diags = append(diags, more...); more.HasErrors() {
		return diags
	}
	d := errorf(at, summary, "%s", message)
	d[0].Expression, d[0].EvalContext = c.test, scope
	return append(diags, d...)
}

// say returns the message of a condition that does not hold.
func (c condition) say(scope *hcl.EvalContext) (string, hcl.Diagnostics) {
	v, diags := c.message.Value(scope)
	if diags.HasErrors() {
		return "", diags
	}
	text, err := convert.Convert(v, cty.String)
	switch {
	case err != nil:
		return "", errorf(c.message.Range(), "Wrong error message", "%v.", err)
	case text.IsMarked():
		return "The condition does not hold; its message has something sensitive in it.", diags
	case text.IsNull() || !text.IsKnown():
		return "The condition does not hold; its message is not known yet.", diags
	}
	return text.AsString(), diags
}
