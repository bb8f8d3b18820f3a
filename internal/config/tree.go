package config

import (
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// module is what the files of one module call declare, whatever its count.
type module struct {
	path   []string // names of the calls from the root
	dir    string   // relative to the root's
	parent *module
	call   *call // in parent; nil for the root

	variables []*variable
	locals    []*local
	outputs   []*output
	resources []*resource
	data      []*resource
	calls     []*call
	moved     []*movedBlock
	imports   []*importBlock // whose id has to be evaluated
	provider  *providerBlock
	aliases   []hcl.Range // where it is configured with an alias
	required  bool        // required_providers names ours
}

// address is the module's, without the keys of instances; "" for the root.
func (m *module) address() string {
	if m.parent == nil {
		return ""
	}
	return within(m.parent.address(), "module."+m.call.name)
}

func find[T any](all []T, is func(T) bool) (T, bool) {
	for _, one := range all {
		if is(one) {
			return one, true
		}
	}
	var none T
	return none, false
}

func (m *module) variable(name string) (*variable, bool) {
	return find(m.variables, func(v *variable) bool { return v.name == name })
}

func (m *module) local(name string) (*local, bool) {
	return find(m.locals, func(l *local) bool { return l.name == name })
}

func (m *module) output(name string) (*output, bool) {
	return find(m.outputs, func(o *output) bool { return o.name == name })
}

// addresses returns those of the resources of a module, or of its data sources.
func (m *module) addresses(of kind) []string {
	if of == kindData {
		return names(m.data, (*resource).address)
	}
	return names(m.resources, (*resource).address)
}

func (m *module) callOf(name string) (*call, bool) {
	return find(m.calls, func(c *call) bool { return c.name == name })
}

// readTree reads the root module and every module it calls.
func (f *files) readTree(p *protocol) (*module, hcl.Diagnostics) {
	root := &module{dir: "."}
	return root, f.readModule(root, p)
}

func (f *files) readModule(m *module, p *protocol) hcl.Diagnostics {
	primary, overrides, diags := f.parseModule(m.dir)
	if diags.HasErrors() {
		if m.call != nil {
			for _, d := range diags {
				if d.Subject == nil {
					d.Subject = m.call.declRange.Ptr()
				}
			}
		}
		return diags
	}
	diags = append(diags, m.read(primary, overrides, p)...)
	for _, c := range m.calls {
		if c.source == "" {
			continue
		}
		child := &module{path: append(append([]string{}, m.path...), c.name), dir: childDir(m.dir, c.source), parent: m, call: c}
		c.module = child
		if cycle := m.within(child.dir); cycle {
			diags = append(diags, errorf(c.sourceRange, "Module calls itself", "Module %s is called from within itself.", child.dir)...)
			continue
		}
		diags = append(diags, f.readModule(child, p)...)
		diags = append(diags, c.check()...)
	}
	return diags
}

// within reports whether a directory is the module's or that of one it is in.
func (m *module) within(dir string) bool {
	for at := m; at != nil; at = at.parent {
		if at.dir == dir {
			return true
		}
	}
	return false
}

func childDir(parent, source string) string {
	if filepath.IsAbs(source) {
		return filepath.Clean(source)
	}
	return filepath.Join(parent, source)
}

// isLocal reports whether a module's source is a directory beside the caller's.
func isLocal(source string) bool {
	return source == "." || source == ".." || strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../")
}
