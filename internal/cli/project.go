package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/config"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// project is what a directory declares, and the engine that it is about.
type project struct {
	provider.Session
	config  *config.Config
	desired topology.Topology
	sources map[topology.Address]*config.Resource
	renamed map[topology.Address]topology.Address // former addresses, by the present one
	holds   string                                // the id of the lock that is held
	// recorded is what a record says, and from its commit, where no configuration does.
	recorded *revision.Content
	from     *revision.Git
	reverts  string // what it goes back to: "#3", a commit, or ""
	goesBack bool   // it takes back what a failed apply has done
}

// observe reads what is live, of all or of some addresses: what has another
// name now counts as what it is.
func (p *project) observe(ctx context.Context, about ...topology.Address) (topology.Live, error) {
	for _, a := range about {
		if former, ok := p.renamed[a]; ok {
			about = append(about, former)
		}
	}
	live, err := p.Runtime.Observe(ctx, p.Scope, about...)
	return plan.Rename(live, p.renamed, nil).Indexed(), err
}

// load evaluates the directory and writes its warnings.
func (c *command) load(ctx context.Context, configure bool) (*config.Config, *provider.Command, error) {
	adapter := provider.NewCommand(c.Version, c.NewRuntime)
	adapter.Lenient, adapter.Ahead = c.lenient, c.ahead
	options := config.Options{
		Inputs: c.flags.inputs, Workspace: workspace(), Env: os.LookupEnv, Configure: configure, UnsetUnknown: !configure, ForTerraform: !configure,
	}
	if c.ahead && configure {
		options.Ahead = adapter.Begin(ctx)
	}
	loaded, diags := config.Load(ctx, ".", adapter.Server(ctx), options)
	if diags.HasErrors() {
		return nil, nil, cmp.Or(unreachable(ctx, adapter), error(&diagnosed{loaded.Files, diags}))
	}
	if len(diags) > 0 {
		c.diagnose(loaded.Files, diags)
	}
	return loaded, adapter, nil
}

// unreachable returns the error that there is no engine, which is said once and
// not of each resource that asks for an image, or nil.
func unreachable(ctx context.Context, adapter *provider.Command) error {
	session, configured := adapter.Session()
	if !configured {
		return nil
	}
	_, err := session.Runtime.Observe(ctx, session.Scope)
	if errors.Is(err, apply.ErrUnreachable) {
		return err
	}
	return nil
}

// workspace returns the name of the workspace: as it is given here or to
// Terraform, else the one that terraform workspace select chose.
func workspace() string {
	chosen, err := os.ReadFile(filepath.Join(cmp.Or(os.Getenv("TF_DATA_DIR"), ".terraform"), "environment"))
	if err != nil {
		chosen = nil // none was
	}
	return cmp.Or(os.Getenv("BAYPLAN_ENVIRONMENT"), os.Getenv("TF_WORKSPACE"), strings.TrimSpace(string(chosen)))
}

// open loads the directory as one topology.
func (c *command) open(ctx context.Context) (*project, error) {
	loaded, adapter, err := c.load(ctx, true)
	if err != nil {
		return nil, err
	}
	return newProject(loaded, adapter)
}

// newProject returns what a configuration declares as one topology.
func newProject(loaded *config.Config, adapter *provider.Command) (*project, error) {
	session, ok := adapter.Session()
	if !ok {
		return nil, errors.New("the provider was not configured")
	}
	p := &project{Session: session, config: loaded, sources: map[topology.Address]*config.Resource{}}
	p.desired.Scope = session.Scope
	if err := p.decode(); err != nil {
		return nil, err
	}
	return p, nil
}

// openAnyway does so for what makes nothing.
func (c *command) openAnyway(ctx context.Context) (*project, error) {
	c.lenient = true
	return c.open(ctx)
}

// decode reads the planned resources into the topology.
func (p *project) decode() error {
	var errs []error
	for _, r := range p.config.Resources {
		a, err := provider.Decode(r.Type, r.Attributes(), &p.desired)
		if err == nil {
			err = refuseSensitive(a, r)
		}
		if err != nil {
			errs = append(errs, p.at(r, err))
			continue
		}
		if err := p.takeSecrets(a, r); err != nil {
			errs = append(errs, p.at(r, err))
			continue
		}
		p.sources[a] = r
	}
	if err := p.diagnosed(errs); err != nil {
		return err
	}
	var err error
	p.renamed, err = plan.Renames(p.desired)
	return p.located(err)
}

// refuseSensitive returns an error for what is sensitive of a build, which is to
// be seen in the image.
func refuseSensitive(a topology.Address, r *config.Resource) error {
	for _, path := range r.Sensitive {
		if covers(path, "build", "") && len(path) > 0 {
			return &topology.FieldError{
				Address: a, Field: "build", Err: fmt.Errorf("%s is sensitive, and what an image is built with stays in its history", pathText(path)),
				Hint: "Give it to the app when it runs, or mark it as nonsensitive if it is no secret.",
			}
		}
	}
	return nil
}

// at places an error in the configuration of a resource.
func (p *project) at(r *config.Resource, err error) error {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: r.Address, Detail: err.Error(), Subject: r.DeclRange.Ptr()}
	var field *topology.FieldError
	if errors.As(err, &field) {
		path := cty.GetAttrPath(field.Field)
		if field.Key != "" {
			path = path.IndexString(field.Key)
		}
		d.Summary, d.Detail, d.Subject = "Cannot plan "+field.Address.String(), sentence(field.Err.Error())+hintSentence(field.Hint), r.Range(path).Ptr()
	}
	return &diagnosed{p.config.Files, hcl.Diagnostics{d}}
}

func hintSentence(hint string) string {
	if hint == "" {
		return ""
	}
	return " " + hint
}

// sentence ends a text as one.
func sentence(text string) string { return text + "." }

// diagnosed makes one error of many: of those that have a place in the
// configuration one set of diagnostics, and nothing else when there are any.
func (p *project) diagnosed(errs []error) error {
	all := &diagnosed{}
	var others []error
	for _, err := range errs {
		var one *diagnosed
		if errors.As(err, &one) {
			all.files, all.all = one.files, append(all.all, one.all...)
		} else {
			others = append(others, err)
		}
	}
	if len(all.all) > 0 {
		return all
	}
	return errors.Join(others...)
}

// located places what is wrong with a plan in the configuration, as far as it
// has a place there.
func (p *project) located(err error) error {
	if err == nil {
		return nil
	}
	errs := flat(err)
	for i, e := range errs {
		var field *topology.FieldError
		if !errors.As(e, &field) {
			continue
		}
		if source, ok := p.sources[field.Address]; ok {
			errs[i] = p.at(source, e)
		}
	}
	return p.diagnosed(errs)
}
