package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
)

// files reads what is in and below a directory. Names are relative to it.
type files struct {
	dir    string
	parser *hclparse.Parser
	seen   func(text []byte) // is told of the files of the root module before they are parsed, nil for nobody
}

func newFiles(dir string) *files { return &files{dir: dir, parser: hclparse.NewParser()} }

func (f *files) parsed() map[string]*hcl.File { return f.parser.Files() }

// at returns where a name is, seen from the working directory of the process.
func (f *files) at(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(f.dir, name)
}

// parse reads one file. It is nil when there is none.
func (f *files) parse(name string) (*hcl.File, hcl.Diagnostics) {
	src, diags := f.read(name)
	if diags.HasErrors() {
		return nil, diags
	}
	return f.parseText(name, src)
}

func (f *files) read(name string) ([]byte, hcl.Diagnostics) {
	src, err := os.ReadFile(f.at(name))
	if err != nil {
		return nil, errorf(hcl.Range{Filename: name}, "Unreadable file", "%v", err)
	}
	return src, nil
}

func (f *files) parseText(name string, src []byte) (*hcl.File, hcl.Diagnostics) {
	if strings.HasSuffix(name, ".json") {
		return f.parser.ParseJSON(src, name)
	}
	return f.parser.ParseHCL(src, name)
}

// list returns the names of a directory's files that keep selects, sorted.
func (f *files) list(dir string, keep func(name string) bool) ([]string, error) {
	entries, err := os.ReadDir(f.at(dir))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && !ignored(e.Name()) && keep(e.Name()) {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	slices.Sort(names)
	return names, nil
}

// ignored reports whether a file is an editor's.
func ignored(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") ||
		strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#")
}

func isConfig(name string) bool {
	return strings.HasSuffix(name, ".tf") || strings.HasSuffix(name, ".tf.json")
}

// Configured reports whether a directory has a file that Load reads.
func Configured(dir string) (bool, error) {
	names, err := newFiles(dir).list(".", isConfig)
	return len(names) > 0, err
}

// isOverride reports whether a file changes what others declare.
func isOverride(name string) bool {
	base := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(name), ".json"), ".tf")
	return base == "override" || strings.HasSuffix(base, "_override")
}

// parseModule reads the files of a module: those that declare, and the overrides.
func (f *files) parseModule(dir string) (primary, overrides []*hcl.File, diags hcl.Diagnostics) {
	names, err := f.list(dir, isConfig)
	if err != nil {
		return nil, nil, errorf(hcl.Range{}, "Unreadable directory", "%v", err)
	}
	if len(names) == 0 {
		where, err := filepath.Abs(f.at(dir))
		if err != nil {
			return nil, nil, errorf(hcl.Range{}, "Unreadable directory", "%v", err)
		}
		return nil, nil, errorf(hcl.Range{}, "No configuration files", "There is no .tf file in %s.", where)
	}
	texts := make([][]byte, len(names))
	for i, name := range names {
		var more hcl.Diagnostics
		texts[i], more = f.read(name)
		if diags = append(diags, more...); f.seen != nil && !more.HasErrors() {
			f.seen(texts[i])
		}
	}
	f.seen = nil // the provider block is in the root module
	if diags.HasErrors() {
		return nil, nil, diags
	}
	for i, name := range names {
		file, more := f.parseText(name, texts[i])
		diags = append(diags, more...)
		switch {
		case file == nil || file.Body == nil:
		case isOverride(name):
			overrides = append(overrides, file)
		default:
			primary = append(primary, file)
		}
	}
	return primary, overrides, diags
}
