package config

import (
	"github.com/hashicorp/hcl/v2"
)

// kind is what a reference is to.
type kind string

const (
	kindVariable  kind = "var"
	kindLocal     kind = "local"
	kindModule    kind = "module"
	kindResource  kind = "resource"
	kindData      kind = "data"
	kindEach      kind = "each"
	kindCount     kind = "count"
	kindSelf      kind = "self"
	kindPath      kind = "path"
	kindTerraform kind = "terraform"
)

// reference is what an expression refers to.
type reference struct {
	kind   kind
	typ    string // of a resource or data source
	name   string
	output string // of a module; "" for all of it
	at     hcl.Range
}

// refer reads a traversal as a reference.
func refer(t hcl.Traversal) (reference, hcl.Diagnostics) {
	r := reference{kind: kind(t.RootName()), at: t.SourceRange()}
	words := steps(t)
	switch r.kind {
	case kindSelf:
		return r, nil
	case kindVariable, kindLocal, kindPath, kindTerraform, kindEach, kindCount:
		if len(words) < 2 || words[1].name == "" {
			return r, errorf(r.at, "Incomplete reference", "%q is to be followed by a dot and a name.", r.kind)
		}
		r.name = words[1].name
		return r, r.checkName()
	case kindModule:
		if len(words) < 2 || words[1].name == "" {
			return r, errorf(r.at, "Incomplete reference", "%q is to be followed by a dot and the name of a module call.", r.kind)
		}
		r.name = words[1].name
		words = words[2:]
		if len(words) > 0 && words[0].name == "" {
			words = words[1:]
		}
		if len(words) > 0 {
			r.output = words[0].name
		}
		return r, nil
	case "ephemeral":
		return r, errorf(r.at, "Reference to nothing", "There is no %s that could be referred to.", r.kind)
	case kindResource, kindData:
		words = words[1:]
	default:
		r.kind = kindResource
	}
	if len(words) < 2 || words[1].name == "" {
		return r, errorf(r.at, "Unknown reference", "%q names nothing. A resource is named by its type and name, a variable by var and its name.", t.RootName())
	}
	r.typ, r.name = words[0].name, words[1].name
	return r, nil
}

// known are the names that there are in some namespaces.
var known = map[kind]map[string]bool{
	kindPath:      {"module": true, "root": true, "cwd": true},
	kindTerraform: {"workspace": true},
	kindEach:      {"key": true, "value": true},
	kindCount:     {"index": true},
}

func (r reference) checkName() hcl.Diagnostics {
	if names, ok := known[r.kind]; ok && !names[r.name] {
		return errorf(r.at, "Unknown reference", "There is no %s.%s.", r.kind, r.name)
	}
	return nil
}

// inWords names a resource or data source in a message.
func (r reference) inWords() string {
	if r.kind == kindData {
		return r.resource()
	}
	return "resource " + r.resource()
}

// resource is the address of a resource or data source without keys.
func (r reference) resource() string {
	return (&resource{data: r.kind == kindData, typ: r.typ, name: r.name}).address()
}
