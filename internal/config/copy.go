package config

import (
	"cmp"
	"path/filepath"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Copy says of a directory that it is a copy, as of another time, of the one it
// stands for. path.cwd and abspath tell where that one is, and what absolute
// names in it lead to is read in the copy.
type Copy struct {
	Of   string // the directory it stands for, as an absolute name; "" for none
	Root string // how far up the copy reaches, relative to it: ".", "../.."
}

// location is where the files are that a configuration names.
type location struct {
	dir  string // absolute
	copy Copy
}

func newLocation(dir string, c Copy) location {
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	return location{dir, c}
}

// told returns the absolute name that a configuration has of a file.
func (l location) told(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(cmp.Or(l.copy.Of, l.dir), name)
}

// find returns where a file is that a configuration names.
func (l location) find(name string) string {
	if !filepath.IsAbs(name) {
		return filepath.Join(l.dir, name)
	}
	if l.copy.Of == "" {
		return name
	}
	inside, err := filepath.Rel(l.copy.Of, name)
	if err != nil {
		return name
	}
	there := filepath.Join(l.dir, inside)
	if up, err := filepath.Rel(filepath.Join(l.dir, l.copy.Root), there); err != nil || !filepath.IsLocal(up) {
		return name
	}
	return there
}

// finding returns a function whose first argument names a file, as one that
// finds it.
func (l location) finding(f function.Function) function.Function {
	found := func(args []cty.Value) []cty.Value {
		if name := args[0]; name.IsKnown() && filepath.IsAbs(name.AsString()) {
			args = append([]cty.Value{cty.StringVal(l.find(name.AsString()))}, args[1:]...)
		}
		return args
	}
	return function.New(&function.Spec{
		Params: f.Params(),
		Type:   func(args []cty.Value) (cty.Type, error) { return f.ReturnTypeForValues(found(args)) },
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(found(args)) },
	})
}
