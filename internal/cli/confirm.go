package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// parseHazards reads the names of --allow. One that nobody has to allow may be
// named: who allows what a review says need not tell them apart.
func parseHazards(names []string) ([]plan.Hazard, error) {
	var out []plan.Hazard
	for _, name := range names {
		h := plan.Hazard(name)
		if !slices.Contains(plan.Hazards, h) {
			return nil, fmt.Errorf("--allow: %q is no hazard: there are %s", name, listed(plan.Allowable))
		}
		out = append(out, h)
	}
	return out, nil
}

func listed(hazards []plan.Hazard) string {
	var names []string
	for _, h := range hazards {
		names = append(names, string(h))
	}
	return strings.Join(names, ", ")
}

// confirm asks whether to apply a plan. Approved without being asked, each of
// its hazards that can be has to be allowed by name.
func (c *command) confirm(ctx context.Context, proposed *proposal, approved bool, allowed []plan.Hazard) error {
	switch {
	case approved:
		return refused(proposed, allowed)
	case !isTerminal(c.In):
		return withHint("Give --auto-approve to apply without being asked.", "there is nobody to ask: this is no terminal")
	}
	to := c.Err // what is piped does not hide the question
	if isTerminal(c.Out) {
		to = c.Out
	}
	fmt.Fprintf(view.Harmless(to, c.style(to)), "\nApply this plan to %s? Only %s does: ", proposed.Where(), c.style(to).Bold("yes"))
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(c.In).ReadString('\n')
		answer <- strings.TrimSpace(line)
	}()
	select {
	case said := <-answer:
		if said != "yes" {
			return errors.New("not applied, and nothing was changed")
		}
		fmt.Fprintln(to)
		return nil
	case <-ctx.Done():
		fmt.Fprintln(to)
		return errors.New("interrupted, and nothing was changed")
	}
}

// allowing says what to do about a hazard that is not allowed.
func allowing(h plan.Hazard) string {
	if h == plan.HazardUnlocked {
		return fmt.Sprintf("Lock the image with bayplan lock, or allow it with --allow %s.", h)
	}
	return fmt.Sprintf("Allow it with --allow %s, or answer for it in a terminal.", h)
}

// refused returns an error for each hazard that is not allowed.
func refused(proposed *proposal, allowed []plan.Hazard) error {
	var errs []error
	for _, change := range proposed.Changes {
		for _, h := range change.Hazards(proposed.Destroy) {
			if slices.Contains(plan.Allowable, h) && !slices.Contains(allowed, h) {
				errs = append(errs, withHint(allowing(h),
					"%s: %s is not allowed: %s", change.Address, h, change.Impact))
			}
		}
	}
	return errors.Join(errs...)
}
