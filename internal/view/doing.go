package view

import (
	"fmt"
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// doing says what a running step does, in a few words.
func (p *Progress) doing(step int) string {
	s := p.steps[step]
	switch o := s.Op.(type) {
	case plan.EnsureImage:
		return p.fetching(o.Image, step)
	case plan.BuildImage:
		return p.building(o, step)
	case plan.StartInstance:
		if hook := p.hooks[o.Name]; hook != "" {
			return fmt.Sprintf("running the %s hook", hook)
		}
	case plan.AwaitInstance:
		if hook := p.hooks[o.Name]; hook != "" {
			return fmt.Sprintf("running the %s hook", hook)
		}
	}
	return doing(s, p.scope)
}

func (p *Progress) fetching(image string, step int) string {
	pull, pulls := p.pulls[step]
	switch {
	case !pulls:
		return "looking for " + image
	case pull.Total == 0:
		return "pulling " + image
	case pull.Done == pull.Total:
		return fmt.Sprintf("unpacking %s, %s", image, amount(pull.Total))
	}
	return fmt.Sprintf("pulling %s %s of %s", image, amount(pull.Done), amount(pull.Total))
}

func (p *Progress) building(o plan.BuildImage, step int) string {
	switch now, begun := p.pulls[step]; {
	case !begun:
		return "looking for " + o.Image
	case now.Step == "":
		return "building " + o.Image + ", " + p.fetching("what it is built on,", step)
	default:
		return "building " + o.Image + ", " + now.Step
	}
}

func doing(s plan.Step, scope topology.Scope) string {
	switch o := s.Op.(type) {
	case plan.EnsureProbe:
		return "preparing the health probe"
	case plan.CreateNetwork:
		return "creating network " + o.Network.Name
	case plan.RemoveNetwork:
		if o.IfUnused {
			return "removing network " + o.Name + " if unused"
		}
		return "removing network " + o.Name
	case plan.Connect:
		return "connecting " + o.Instance
	case plan.Disconnect:
		return "disconnecting " + o.Instance
	case plan.CreateVolume:
		return "creating volume " + o.Volume.Name
	case plan.RemoveVolume:
		return "deleting volume " + o.Name
	}
	return doingToInstance(s, scope)
}

func doingToInstance(s plan.Step, scope topology.Scope) string {
	switch o := s.Op.(type) {
	case plan.CreateInstance:
		return "creating " + o.Name
	case plan.StartInstance:
		return "starting " + o.Name
	case plan.StopInstance:
		return "stopping " + o.Name
	case plan.WatchInstance:
		return "watching " + o.Name
	case plan.PauseInstance:
		return "pausing " + o.Name
	case plan.UnpauseInstance:
		return "unpausing " + o.Name
	case plan.ResumeInstance:
		return "resuming " + o.Name
	case plan.ChangePassword:
		return "changing the password in " + o.Name
	case plan.RemoveInstance:
		return "removing " + o.Name
	case plan.RenameInstance:
		return "renaming " + o.From
	case plan.UpdateInstance:
		return "updating " + o.Name
	case plan.AwaitInstance:
		if !isInstanceOf(o.Name, s.Address, scope) {
			return "waiting for " + o.Name
		}
		return "waiting until " + o.Name + " is " + string(o.Condition)
	}
	return s.Op.String()
}

// did says what was done to take a step back: "removed shop-default-web-1-1".
func did(s plan.Step, scope topology.Scope) string {
	return strings.Replace(doing(s, scope), "ing ", "ed ", 1)
}

// isInstanceOf reports whether an instance is one of an address, by its name.
func isInstanceOf(name string, a topology.Address, scope topology.Scope) bool {
	rest, ok := strings.CutPrefix(name, scope.Prefix()+a.Name+"-")
	var generation, n int
	found, _ := fmt.Sscanf(rest, "%d-%d", &generation, &n)
	return ok && found == 2 && rest == fmt.Sprintf("%d-%d", generation, n)
}

// past says what became of an address when all its steps are done.
func past(a plan.Action) string {
	switch a {
	case plan.ActionCreate:
		return "created"
	case plan.ActionReplace:
		return "replaced"
	case plan.ActionDelete:
		return "deleted"
	}
	return "changed"
}
