// Package internal has no code. Its test keeps the layers of this module: which
// package may know which, and what a pure one must not touch.
package internal

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/bayplan/terraform-provider-bayplan"

// A layer says what one package is for and what its files, tests apart, may
// import. All else of this module and of others is forbidden; the standard
// library is allowed but for what never names.
type layer struct {
	purpose string
	own     []string // packages under internal/
	outside []string // modules, or directories of modules
	never   []string // packages of the standard library
}

const (
	framework = "github.com/hashicorp/terraform-plugin-framework"
	goVersion = "github.com/hashicorp/go-version"
	engine    = "github.com/docker"
	errdefs   = "github.com/containerd/errdefs" // names kinds of errors, and knows no engine
	reference = "github.com/distribution/reference"
	errgroup  = "golang.org/x/sync/errgroup"
)

// Whatever a plan says has to follow from its inputs alone.
var impure = []string{"context", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand", "net/http", "os", "os/exec"}

// layers has a row for each package that exists. The engine's client is a matter
// of docker and testenv only, and docker one of the program's main only.
var layers = map[string]layer{
	"topology": {
		purpose: "the nouns, their addresses, validation of a whole graph, canonical form and hash",
		outside: []string{goVersion},
		never:   impure,
	},
	"catalog": {
		purpose: "service types as data",
		own:     []string{"topology"},
		outside: []string{goVersion},
		never:   impure,
	},
	"plan": {
		purpose: "desired and live to changes to ordered steps, as a pure function",
		own:     []string{"topology", "catalog"},
		outside: []string{goVersion},
		never:   impure,
	},
	"apply": {
		purpose: "walk a plan against a Runtime",
		own:     []string{"topology", "plan"},
		outside: []string{errdefs, errgroup},
	},
	"apply/runtimetest": {
		purpose: "a Runtime in memory, and what every Runtime has to pass",
		own:     []string{"topology", "catalog", "plan", "apply"},
		outside: []string{"github.com/google/go-cmp", "pgregory.net/rapid"},
	},
	"build": {
		purpose: "what an image is built from: files, Dockerfile, base images, and their hash",
		own:     []string{"topology"},
		outside: []string{"github.com/moby/patternmatcher"},
	},
	"docker": {
		purpose: "the Docker engine: observe it, perform one step",
		own:     []string{"topology", "catalog", "plan", "apply", "build", "registry", "docker/probe"},
		outside: []string{engine, errdefs, reference, errgroup, "github.com/go-json-experiment/json", "google.golang.org/protobuf/encoding/protowire"},
	},
	"registry": {
		purpose: "credentials for image registries, as the docker command has them, and the way to them",
		outside: []string{"github.com/docker/cli/cli/config", reference, "oras.land/oras-go/v2"},
	},
	"signature": {
		purpose: "whether an image in a registry was signed with a key, or by an identity",
		own:     []string{"keyless", "signature/verifier"},
		outside: []string{"oras.land/oras-go/v2", "github.com/opencontainers", "github.com/sigstore/sigstore"},
	},
	"signature/verifier": {
		purpose: "the built verifier program, embedded, and how it is run",
		own:     []string{"keyless"},
	},
	"signature/verifier/pack": {
		purpose: "build and compress the verifier program",
	},
	"keyless": {
		purpose: "what the verifier program is asked and answers",
	},
	"verifier": {
		purpose: "the program that tells who has signed without a key, with Sigstore's library",
		own:     []string{"keyless"},
		outside: []string{"github.com/sigstore/sigstore-go"},
	},
	"docker/probe": {
		purpose: "the built health check program, embedded",
	},
	"probe": {
		purpose: "the health check program that runs inside containers",
		never:   []string{"flag", "fmt", "net", "net/http"},
	},
	"config": {
		purpose: "a directory of .tf files to typed planned values, by the schemas of a provider server",
		outside: []string{
			"github.com/hashicorp/hcl/v2", "github.com/zclconf/go-cty", "github.com/zclconf/go-cty-yaml", "github.com/hashicorp/go-cty-funcs",
			"github.com/hashicorp/terraform-plugin-go", "github.com/agext/levenshtein", "golang.org/x/text", goVersion,
		},
	},
	"revision": {
		purpose: "the lock file, the ledger of revisions, and a configuration at a git revision",
		own:     []string{"topology", "plan"},
		outside: []string{"github.com/hashicorp/hcl/v2", "github.com/zclconf/go-cty"},
	},
	"provider": {
		purpose: "the Terraform adapter: schemas, decode, encode",
		own:     []string{"topology", "catalog", "plan", "apply", "build", "keyless", "registry", "revision", "signature", "view"},
		outside: []string{
			framework, framework + "-timeouts", framework + "-validators",
			"github.com/hashicorp/terraform-plugin-go", "github.com/hashicorp/terraform-plugin-log",
			goVersion, errgroup, reference, "oras.land/oras-go/v2",
		},
	},
	"view": {
		purpose: "plans, reviews, events, status and graphs to a terminal, JSON, Markdown, HTML, Mermaid and dot",
		own:     []string{"topology", "plan", "apply", "revision"},
	},
	"cli": {
		purpose: "the command: one file a command, that parses arguments, calls and renders",
		own:     []string{"topology", "plan", "apply", "build", "config", "provider", "registry", "revision", "view"},
		outside: []string{"github.com/spf13/cobra", "golang.org/x/term", "github.com/hashicorp/hcl", "github.com/zclconf/go-cty", errgroup},
	},
	"testenv": {
		purpose: "a real engine and images for tests, part of nothing that is shipped",
		outside: []string{
			engine, errdefs, reference, errgroup, "golang.org/x/crypto/bcrypt",
			"oras.land/oras-go/v2", "github.com/opencontainers", "github.com/sigstore/sigstore", "github.com/google/go-containerregistry/pkg/name",
		},
	},
	"testenv/sigstore": {
		purpose: "a Sigstore of a test's own, that signs images without keys",
		own:     []string{"testenv"},
		outside: []string{
			"github.com/sigstore", "google.golang.org/protobuf/encoding/protojson", "github.com/google/go-containerregistry/pkg/name",
		},
	},
	"testenv/engine": {
		purpose: "a container engine in memory behind the real one's HTTP API, for tests",
		outside: []string{engine, reference},
	},
	"testenv/empty": {
		purpose: "a Terraform provider that does nothing, to compare with",
		outside: []string{framework},
	},
	"testenv/idle": {
		purpose: "the provider's schemas in a provider that does nothing, to compare with",
		own:     []string{"provider"},
		outside: []string{framework},
	},
	"testenv/up": {
		purpose: "make this machine ready for tests and demonstrations",
		own:     []string{"testenv"},
	},
	"acceptance": {
		purpose: "the tests of the whole product; no code that is shipped",
	},
}

// pure packages must not ask for the time either.
var pure = []string{"topology", "catalog", "plan"}

// clock is what package time offers that does not follow from its arguments.
var clock = []string{"After", "AfterFunc", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until"}

func TestLayers(t *testing.T) {
	files := token.NewFileSet()
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || len(name) > 1 && strings.HasPrefix(entry.Name(), ".")) {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		// Every file is read, also those that a build for this machine leaves out.
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			return err
		}
		for _, broken := range broken(path.Dir(filepath.ToSlash(name)), file) {
			t.Errorf("internal/%s: %s", name, broken)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// broken returns which rules a file of the package pkg breaks.
func broken(pkg string, file *ast.File) []string {
	l, ok := layers[pkg]
	if !ok {
		return []string{fmt.Sprintf("package %q has no row in the table of layers: say what it is for and what it may import", pkg)}
	}
	var rules []string
	for _, spec := range file.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		if !l.allows(imported) {
			rules = append(rules, fmt.Sprintf("%s (%s) must not import %q", pkg, l.purpose, imported))
		}
	}
	if slices.Contains(pure, pkg) {
		for _, call := range clockUses(file) {
			rules = append(rules, fmt.Sprintf("%s (%s) must not use time.%s", pkg, l.purpose, call))
		}
	}
	return rules
}

func (l layer) allows(imported string) bool {
	if own, ok := strings.CutPrefix(imported, module+"/internal/"); ok {
		return slices.Contains(l.own, own)
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return !slices.Contains(l.never, imported)
	}
	return slices.ContainsFunc(l.outside, func(allowed string) bool {
		return imported == allowed || strings.HasPrefix(imported, allowed+"/")
	})
}

func clockUses(file *ast.File) []string {
	name := ""
	for _, spec := range file.Imports {
		switch {
		case spec.Path.Value != `"time"`:
		case spec.Name == nil:
			name = "time"
		default:
			name = spec.Name.Name
		}
	}
	var uses []string
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok || !slices.Contains(clock, selector.Sel.Name) {
			return true
		}
		if x, ok := selector.X.(*ast.Ident); ok && name != "" && x.Name == name {
			uses = append(uses, selector.Sel.Name)
		}
		return true
	})
	return uses
}

func TestLayersCatch(t *testing.T) {
	for _, tt := range []struct{ pkg, source, want string }{
		{"plan", `import "github.com/bayplan/terraform-provider-bayplan/internal/catalog"`, ""},
		{"plan", `import ("fmt"; "time"); var d time.Duration`, ""},
		{"plan", `import "time"; var at = time.Now`, "time.Now"},
		{"plan", `import clock "time"; var at = clock.Since`, "time.Since"},
		{"plan", `import "context"`, `"context"`},
		{"plan", `import "math/rand/v2"`, "rand"},
		{"plan", `import "github.com/docker/go-units"`, "go-units"},
		{"topology", `import "github.com/hashicorp/go-version"`, ""},
		{"topology", `import "github.com/hashicorp/hcl/v2"`, "hcl"},
		{"provider", `import "github.com/bayplan/terraform-provider-bayplan/internal/docker"`, "internal/docker"},
		{"provider", `import "github.com/docker/docker/client"`, "client"},
		{"docker", `import "github.com/docker/docker/client"`, ""},
		{"docker", `import "github.com/bayplan/terraform-provider-bayplan/internal/testenv"`, "testenv"},
		{"probe", `import "net"`, `"net"`},
		{"helpers", ``, "no row"},
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n"+tt.source, 0)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(broken(tt.pkg, file), "; ")
		if (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s with %s: got %q; want %q", tt.pkg, tt.source, got, tt.want)
		}
	}
}

// A table with a name that nothing bears would let a renamed package slip through.
func TestLayersNameEachOther(t *testing.T) {
	known := slices.Collect(maps.Keys(layers))
	for pkg, l := range layers {
		if l.purpose == "" {
			t.Errorf("%s: no purpose", pkg)
		}
		for _, own := range l.own {
			if !slices.Contains(known, own) {
				t.Errorf("%s may import %s, which has no row", pkg, own)
			}
		}
	}
}
