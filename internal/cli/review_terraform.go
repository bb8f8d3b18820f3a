package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// terraformPlan is what terraform show -json writes of a plan, as far as a
// review needs it: https://developer.hashicorp.com/terraform/internals/json-format.
type terraformPlan struct {
	FormatVersion   string            `json:"format_version"`
	Errored         bool              `json:"errored"`
	ResourceChanges []terraformChange `json:"resource_changes"`
	ResourceDrift   []terraformChange `json:"resource_drift"`
	PriorState      json.RawMessage   `json:"prior_state"`
	Configuration   struct {
		ProviderConfig map[string]struct {
			FullName    string          `json:"full_name"`
			Expressions json.RawMessage `json:"expressions"`
		} `json:"provider_config"`
	} `json:"configuration"`
}

// terraformChange is a change of one resource.
type terraformChange struct {
	Address         string `json:"address"`
	PreviousAddress string `json:"previous_address"`
	Mode            string `json:"mode"`
	Type            string `json:"type"`
	Change          struct {
		Actions         []string `json:"actions"`
		Before          any      `json:"before"`
		After           any      `json:"after"`
		AfterUnknown    any      `json:"after_unknown"`
		BeforeSensitive any      `json:"before_sensitive"`
		AfterSensitive  any      `json:"after_sensitive"`
	} `json:"change"`
}

// reviewOfTerraform reviews a plan of Terraform's.
func reviewOfTerraform(name string) (view.Review, error) {
	p, err := readTerraform(name)
	if err != nil {
		return view.Review{}, err
	}
	sum := sha256.Sum256(p.PriorState)
	r := view.Review{
		Plan: view.Plan{Scope: p.scope(), Background: map[topology.Address]view.Background{}},
		Base: view.State{Kind: view.StateTerraform, Name: "state"}, Head: view.State{Kind: view.StatePlan, Name: name},
		BaseHash: hex.EncodeToString(sum[:]), Others: map[string]int{}, Unasked: map[topology.Address]bool{},
	}
	r.Before, r.After = revision.NewContent(r.Scope).Topology, revision.NewContent(r.Scope).Topology
	for _, c := range p.ResourceChanges {
		c.draw(r.Before, r.After)
	}
	drifted := map[topology.Address][]string{}
	for _, c := range p.ResourceDrift {
		if a, ours := c.noun(); ours {
			drifted[a] = names(c.fields(a))
		}
	}
	needs := needing(r)
	for _, c := range p.ResourceChanges {
		c.add(&r, drifted, needs)
	}
	if p.Errored {
		r.Refused = append(r.Refused, "Terraform could not plan everything")
	}
	return r, nil
}

func readTerraform(name string) (terraformPlan, error) {
	var p terraformPlan
	src, err := os.ReadFile(name)
	if err != nil {
		return p, fmt.Errorf("--terraform: %w", err)
	}
	if err := json.Unmarshal(src, &p); err != nil || !strings.HasPrefix(p.FormatVersion, "1.") {
		return p, withHint("Make one with terraform show -json PLANFILE.", "--terraform: %s is no plan of Terraform's as JSON", name)
	}
	return p, nil
}

// scope returns the project and environment, each "" where the plan does not tell.
func (p terraformPlan) scope() topology.Scope {
	var s topology.Scope
	for _, provider := range p.Configuration.ProviderConfig {
		var said struct {
			Project struct {
				Value string `json:"constant_value"`
			} `json:"project"`
		}
		if path.Base(provider.FullName) == "bayplan" && json.Unmarshal(provider.Expressions, &said) == nil {
			s.Project = max(s.Project, said.Project.Value)
		}
	}
	for _, c := range p.ResourceChanges {
		s.Environment = max(s.Environment, c.environment())
	}
	return s
}
