package config

import (
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// readInputs returns the values for the root module's variables. The later of
// these wins: the environment, terraform.tfvars, terraform.tfvars.json, the
// *.auto.tfvars files by name, the arguments in their order.
func (f *files) readInputs(root *module, o Options) (map[string]given, hcl.Diagnostics) {
	in := inputs{root: root, values: map[string]given{}}
	diags := in.environment(o.Env)
	automatic, err := f.list(".", isAutomatic)
	if err != nil {
		return nil, errorf(hcl.Range{}, "Unreadable directory", "%v", err)
	}
	for _, name := range append(f.defaults(), automatic...) {
		diags = append(diags, in.file(f, name)...)
	}
	for _, argument := range o.Inputs {
		if argument.File != "" {
			name, err := filepath.Abs(argument.File)
			if err != nil {
				name = argument.File
			}
			diags = append(diags, in.file(f, f.relative(name))...)
			continue
		}
		v, ok := root.variable(argument.Name)
		if !ok && o.IgnoreUndeclared {
			continue
		}
		if !ok {
			diags = append(diags, errorf(hcl.Range{}, "Value for no variable", "There is no variable %q to be set on the command line.", argument.Name)...)
			continue
		}
		diags = append(diags, in.text(v, argument.Value, "<value for var."+v.name+">", ", from the command line,")...)
	}
	return in.values, diags
}

func (f *files) defaults() []string {
	found, _ := f.list(".", func(name string) bool { return name == "terraform.tfvars" || name == "terraform.tfvars.json" })
	return found
}

func isAutomatic(name string) bool {
	return strings.HasSuffix(name, ".auto.tfvars") || strings.HasSuffix(name, ".auto.tfvars.json")
}

// relative names a file relative to the directory if it is in or below it.
func (f *files) relative(name string) string {
	dir, err := filepath.Abs(f.dir)
	if err != nil {
		return name
	}
	if inside, err := filepath.Rel(dir, name); err == nil && filepath.IsLocal(inside) {
		return inside
	}
	return name
}

// inputs collects what is set for variables.
type inputs struct {
	root   *module
	values map[string]given
}

func (in inputs) environment(env func(string) (string, bool)) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, v := range in.root.variables {
		name := "TF_VAR_" + v.name
		if text, ok := env(name); ok {
			diags = append(diags, in.text(v, text, "<value for "+name+">", ", from "+name+" in the environment,")...)
		}
	}
	return diags
}

// text sets a variable to what a text says: a string where the type is a simple
// one, an expression otherwise.
func (in inputs) text(v *variable, text, name, from string) hcl.Diagnostics {
	if v.literal {
		in.values[v.name] = given{value: cty.StringVal(text), from: from}
		return nil
	}
	expr, diags := hclsyntax.ParseExpression([]byte(text), name, hcl.InitialPos)
	if diags.HasErrors() {
		return diags
	}
	value, diags := expr.Value(nil)
	if !diags.HasErrors() {
		in.values[v.name] = given{value: value, from: from}
	}
	return diags
}

func (in inputs) file(f *files, name string) hcl.Diagnostics {
	file, diags := f.parse(name)
	if file == nil || file.Body == nil || diags.HasErrors() {
		return diags
	}
	attributes, more := file.Body.JustAttributes()
	diags = append(diags, more...)
	for _, key := range sorted(attributes) {
		a := attributes[key]
		value, more := a.Expr.Value(nil)
		if diags = append(diags, more...); more.HasErrors() {
			continue
		}
		if _, ok := in.root.variable(key); !ok {
			diags = append(diags, warnf(a.NameRange, "Value for no variable", "There is no variable %q.", key)...)
			continue
		}
		in.values[key] = given{value: value, at: a.Expr.Range()}
	}
	return diags
}
