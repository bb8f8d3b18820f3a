package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/provider"
	"github.com/bayplan/terraform-provider-bayplan/internal/registry"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// savedFormat is the version of the format of saved plans. One of another
// version, or made by another version of the program, is refused.
const savedFormat = "1"

// sealedPlan is the purpose that what is secret in a saved plan is sealed for.
const sealedPlan = "saved plan"

// savedPlan is a plan in a file. What may hold a secret is sealed.
type savedPlan struct {
	savedHeader
	Sealed []byte `json:"sealed"`
}

// savedHeader can be read without the key, and cannot be changed without it.
type savedHeader struct {
	FormatVersion string             `json:"format_version"`
	Bayplan       string             `json:"bayplan_version"`
	Engine        string             `json:"engine"`
	Provider      provider.Settings  `json:"provider"`
	Count         view.Count         `json:"count"`
	Addresses     []topology.Address `json:"addresses"` // that change
}

// savedContent is what a plan is made from, but for the key, so that it is the
// same again.
type savedContent struct {
	Input      plan.Input
	Secrets    map[topology.Address]map[string]string // of Input, which has no value of any
	Destroy    bool
	Written    map[topology.Address][]string
	Hidden     map[topology.Address][]string
	Source     *revision.Git
	Background map[topology.Address]view.Background
	Limits     map[topology.Address]apply.Limit
	// RegistryAuth is of the provider block, as its images are still to be pulled.
	RegistryAuth registry.Logins `json:",omitempty"`
}

// save writes a plan to a file that only its owner can read.
func (p *project) save(ctx context.Context, name, version string, proposed *proposal) error {
	key, err := p.Key()
	if err != nil {
		return err
	}
	settings, err := p.settings()
	if err != nil {
		return err
	}
	header := savedHeader{
		FormatVersion: savedFormat, Bayplan: version, Engine: p.Host(), Provider: settings, Count: proposed.Count(),
		Addresses: []topology.Address{},
	}
	content := savedContent{
		Input: proposed.input, Secrets: valuesOf(proposed.input.Desired), Destroy: proposed.Destroy, Background: proposed.Background, Limits: proposed.limits,
		RegistryAuth: settings.RegistryAuth,
	}
	content.Input.Key = nil
	known := p.content(p.desired)
	content.Written, content.Hidden, content.Source = known.Written, known.Hidden, p.source(ctx)
	for _, change := range proposed.Changes {
		header.Addresses = append(header.Addresses, change.Address)
	}
	return writeSaved(name, key, header, content)
}

func writeSaved(name string, key topology.Key, header savedHeader, content savedContent) error {
	beside, err := json.Marshal(header)
	if err != nil {
		return err
	}
	secret, err := json.Marshal(content)
	if err != nil {
		return err
	}
	saved := savedPlan{savedHeader: header}
	if saved.Sealed, err = revision.Seal(key, sealedPlan, secret, beside); err != nil {
		return err
	}
	text, err := json.MarshalIndent(saved, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(name, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	return nil
}

// settings returns those that the provider was configured with.
func (p *project) settings() (provider.Settings, error) {
	s, err := provider.DecodeSettings(p.config.Provider.Raw())
	s.Project, s.Environment = p.Scope.Project, p.Scope.Environment
	return s, err
}

// readSaved reads the header of a saved plan, which this program can apply.
func (c *command) readSaved(name string) (savedPlan, error) {
	var saved savedPlan
	text, err := os.ReadFile(name)
	if err != nil {
		return saved, fmt.Errorf("plan: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&saved); err != nil {
		return saved, withHint("Make one with bayplan plan --out.", "%s is no saved plan: %w", name, err)
	}
	if saved.FormatVersion != savedFormat || saved.Bayplan != c.Version {
		return saved, withHint("Plan again with this version.", "%s was made by bayplan %s, and this is %s", name, saved.Bayplan, c.Version)
	}
	return saved, nil
}

// reopen makes the plan again that is saved: from the same it is the same.
func (c *command) reopen(name string) (*project, *proposal, error) {
	saved, err := c.readSaved(name)
	if err != nil {
		return nil, nil, err
	}
	command := provider.NewCommand(c.Version, c.NewRuntime)
	settings := saved.Provider
	settings.ImagePolicy.RequireDigest = false // each image of the plan has one
	session, err := command.Open(settings)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	if session.Host() != saved.Engine {
		return nil, nil, withHint("Set DOCKER_HOST or the docker context as it was.",
			"%s is for the engine %s, and this is %s", name, saved.Engine, session.Host())
	}
	key, err := session.Key()
	if err != nil {
		return nil, nil, err
	}
	var content savedContent
	if err := saved.open(key, &content); err != nil {
		return nil, nil, withHint("Give the key that it was made with as BAYPLAN_KEY, or plan again.", "%s: %w", name, err)
	}
	if settings.RegistryAuth = content.RegistryAuth; len(content.RegistryAuth) > 0 {
		if session, err = command.Open(settings); err != nil {
			return nil, nil, err
		}
	}
	content.Input.Key = key
	giveValues(content.Input.Desired, content.Secrets)
	recorded := &revision.Content{Topology: content.Input.Desired, Follows: content.Input.Follows, Written: content.Written, Hidden: content.Hidden}
	p := &project{Session: session, desired: content.Input.Desired, renamed: content.Input.Renamed, recorded: recorded, from: content.Source}
	p.desired.Scope = session.Scope
	proposed, err := p.make(content.Input, content.Destroy)
	if err != nil {
		return nil, nil, err
	}
	proposed.limits = content.Limits
	proposed.Background = content.Background
	return p, proposed, nil
}

func (s savedPlan) open(key topology.Key, into *savedContent) error {
	beside, err := json.Marshal(s.savedHeader)
	if err != nil {
		return err
	}
	secret, err := revision.Unseal(key, sealedPlan, s.Sealed, beside)
	if err != nil {
		return err
	}
	return json.Unmarshal(secret, into)
}
