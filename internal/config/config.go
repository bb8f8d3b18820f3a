// Package config evaluates a directory of .tf files, as Terraform does, to the
// planned values of its resources and to its outputs, each with its place in the
// files.
//
// It speaks the Terraform language over hcl and cty, and knows no resource: types,
// defaults, checks and plan modifiers are those of the provider server it is
// given, which is asked over the provider protocol, in process. What it does not
// evaluate (other providers' resources, modules that are not local, provisioners)
// is an error at its line; nothing is skipped in silence.
//
// It must not know what a resource means, compare with anything live, or write.
// Whether the server it asks contacts an engine is the business of its caller.
package config

import (
	"context"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// LanguageVersion is the version of Terraform whose language this package speaks.
// It is what required_version is held against.
const LanguageVersion = "1.11.4"

// ProviderSource is the address of the only provider whose resources are evaluated.
const ProviderSource = "bayplan/bayplan"

// Options says with what a configuration is evaluated.
type Options struct {
	// Inputs are the -var and -var-file arguments, in their order; the later wins.
	Inputs []Input
	// Workspace is terraform.workspace; "" stands for "default".
	Workspace string
	// Env looks up an environment variable, of which only TF_VAR_<name> are asked
	// for. Nil means that none is set.
	Env func(name string) (value string, ok bool)
	// Configure asks to configure the server with the provider block before
	// resources are planned. Otherwise they are planned as the server is.
	Configure bool
	// IgnoreUndeclared makes it no error when an input is for a variable that is not there:
	// the inputs are those of another version of the configuration.
	IgnoreUndeclared bool
	// UnsetUnknown makes a variable that has no value an unknown one, which is no
	// error then, as is to check a configuration apart from what it is used with.
	// Resources and modules whose number follows from it are checked, and not there.
	UnsetUnknown bool
	// ForTerraform asks to warn also of what only Terraform would miss.
	ForTerraform bool
	// Ahead, where it is not nil, is told at once what the provider block seems to
	// say, where that can be guessed.
	Ahead func(block tftypes.Value)
	// Copy is what the directory is a copy of, if it is one.
	Copy Copy
}

// Input is one argument: a variable's value as text, or the path of a file of
// variables, relative to the working directory of the process.
type Input struct {
	Name, Value string
	File        string // not empty for a file
}

// Config is what a directory says. All slices are in a stable order: resources and
// outputs such that each comes after what it refers to.
type Config struct {
	Dir       string
	Workspace string
	Provider  Provider
	Resources []*Resource
	Outputs   []Output
	Moved     []Moved
	// Files are the files that were read, by the names that ranges have, for
	// rendering diagnostics. They are there also after errors.
	Files map[string]*hcl.File
}

// Provider is the provider block of the root module.
type Provider struct {
	// Value is an object of the provider's schema, without marks. It is all null
	// when there is no block.
	Value     cty.Value
	DeclRange hcl.Range // zero when there is no block
	wire      tftypes.Type
}

// Raw returns Value as the provider's own framework takes it.
func (p Provider) Raw() tftypes.Value { return toProvider(p.Value, p.wire) }

// Output is an output of the root module.
type Output struct {
	Name      string
	Value     cty.Value // without marks
	Sensitive bool
	DeclRange hcl.Range
}

// Moved is a moved block: addresses of resources or of modules, with the path of
// the module that the block is in.
type Moved struct {
	From, To  string
	DeclRange hcl.Range
}

// Load evaluates the .tf and .tf.json files of a directory and of the local
// modules they call. Values that only an apply can know are unknown. It returns
// every error it finds, each with its place; what could be evaluated nevertheless
// is in the Config, which is never nil. Warnings come with results that are whole.
//
// It reads files below and beside the directory and calls the server, nothing else.
func Load(ctx context.Context, dir string, server tfprotov6.ProviderServer, o Options) (*Config, hcl.Diagnostics) {
	if o.Workspace == "" {
		o.Workspace = "default"
	}
	if o.Env == nil {
		o.Env = func(string) (string, bool) { return "", false }
	}
	files := newFiles(dir)
	c := &Config{Dir: dir, Workspace: o.Workspace, Files: files.parsed()}
	p, err := newProtocol(ctx, server)
	if err != nil {
		return c, errorf(hcl.Range{}, "No schemas", "The provider does not say what its resources are: %v", err)
	}
	c.Provider.Value = p.provider.null()
	return c, byPlace(c.load(ctx, p, files, o))
}

func (c *Config) load(ctx context.Context, p *protocol, f *files, o Options) hcl.Diagnostics {
	if o.Ahead != nil {
		f.seen = func(text []byte) {
			if block, ok := p.ahead(text, o.Workspace); ok {
				o.Ahead(block)
			}
		}
	}
	root, diags := f.readTree(p)
	if o.ForTerraform {
		diags = append(diags, root.checkRequired()...)
	}
	if diags.HasErrors() {
		return diags
	}
	given, more := f.readInputs(root, o)
	if diags = append(diags, more...); more.HasErrors() {
		return diags
	}
	ev := newEvaluator(ctx, p, root, given, o, newLocation(f.dir, o.Copy), time.Now())
	return append(diags, ev.run(c)...)
}
