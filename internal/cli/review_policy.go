package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// policy forbids a hazard: of a downtime one that may last longer than a bound.
type policy struct {
	text   string
	hazard plan.Hazard
	bound  time.Duration
}

// parsePolicies reads the policies of --fail-on: "deletes-data", "downtime>5s".
func parsePolicies(texts []string) ([]policy, error) {
	var out []policy
	for _, text := range texts {
		name, limit, bounded := strings.Cut(text, ">")
		p := policy{text: text, hazard: plan.Hazard(strings.TrimSpace(name))}
		if !slices.Contains(plan.Hazards, p.hazard) {
			return nil, fmt.Errorf("--fail-on: %q is no hazard: there are %s", name, listed(plan.Hazards))
		}
		if bounded {
			var err error
			p.bound, err = time.ParseDuration(strings.TrimSpace(limit))
			if err != nil || p.bound < 0 || p.hazard != plan.HazardDowntime {
				return nil, fmt.Errorf("--fail-on: %q: only a downtime has a bound, such as downtime>5s", text)
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// forbidden returns an error for each change that a policy forbids. A downtime
// of which nobody knows how long it is lasts longer than any bound.
func forbidden(policies []policy, r view.Review) error {
	var errs []error
	for _, c := range r.Changes {
		for _, p := range policies {
			down := time.Duration(c.Impact.Seconds) * time.Second
			within := p.hazard == plan.HazardDowntime && down > 0 && down <= p.bound
			if slices.Contains(c.Hazards(r.Destroy), p.hazard) && !within {
				errs = append(errs, fmt.Errorf("%s: --fail-on %s: %s", c.Address, p.text, c.Impact))
			}
		}
	}
	return errors.Join(errs...)
}
