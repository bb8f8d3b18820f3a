package config

import (
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// keyed appends an instance key to an address; cty.NilVal stands for none.
func keyed(address string, key cty.Value) string {
	switch {
	case key == cty.NilVal:
		return address
	case key.Type() == cty.Number:
		return address + "[" + key.AsBigFloat().Text('f', -1) + "]"
	}
	return address + "[" + quoted(key.AsString()) + "]"
}

// quoted writes a key as the language does: a template in it stays text.
func quoted(key string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(key))
}

// within puts an address into a module's, "" for the root.
func within(module, address string) string {
	if module == "" {
		return address
	}
	return module + "." + address
}
