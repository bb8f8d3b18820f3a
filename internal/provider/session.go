package provider

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/revision"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// session is what the resources of one configured provider share.
type session struct {
	scope   topology.Scope
	runtime apply.Runtime
	keys    *keySource
	claims  *claims
	lock    revision.Lock
	policy  *policy
	copyOf  string // the directory that the working directory is a copy of, "" for none
	lenient bool   // an image that is not to be had and objects of others are no errors

	stateless bool // no state tells what is live of a resource that is planned

	unreachable atomic.Bool // whether a refresh has said so

	once      sync.Once // guards what is below
	elsewhere topology.Foreign
	err       error
}

func newSession(settings Settings, dir string, newRuntime NewRuntime) (*session, diag.Diagnostics) {
	scope := settings.scope(dir)
	options, diags := settings.engine()
	policy, wrong := newPolicy(settings.ImagePolicy, settings.RegistryAuth)
	diags.Append(wrong...)
	if err := topology.ValidName(scope.Project); err != nil {
		refuse(&diags, path.Root("project"), err)
	}
	if err := topology.ValidName(scope.Environment); err != nil {
		refuse(&diags, path.Root("environment"), err)
	}
	lock, err := readLock(settings.LockFile)
	if err != nil {
		refuse(&diags, path.Root("lock_file"), err)
	}
	if diags.HasError() {
		return nil, diags
	}
	runtime, err := newRuntime(options)
	if err != nil {
		refuse(&diags, path.Root("host"), err)
		return nil, diags
	}
	keys := &keySource{given: firstOf(settings.Key, os.Getenv("BAYPLAN_KEY")), engine: runtime.Endpoint()}
	if err := keys.check(); err != nil {
		refuse(&diags, path.Root("key"), err)
		return nil, diags
	}
	return &session{scope: scope, runtime: runtime, keys: keys, claims: newClaims(), lock: lock, policy: policy, copyOf: dir}, diags
}

// unread reports what kept a resource from being read. That there is no engine
// is said once: it fails the plan, and is as true of every other resource.
func (s *session) unread(diags *diag.Diagnostics, a topology.Address, err error) {
	if errors.Is(err, apply.ErrUnreachable) && s.unreachable.Swap(true) {
		return
	}
	report(diags, "read", a, err)
}

// foreign returns what else is on the engine, as it was when it was first asked
// for. Without a state everything looks as if it was to be made: there it is
// nothing, and what is in the way is looked for in the steps.
func (s *session) foreign(ctx context.Context) (topology.Foreign, error) {
	if s.lenient || s.stateless {
		return topology.Foreign{}, nil
	}
	s.once.Do(func() { s.elsewhere, s.err = s.runtime.ObserveForeign(ctx, s.scope) })
	return s.elsewhere, s.err
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

var notLabel = regexp.MustCompile(`[^a-z0-9]+`)

// directoryName is the name of a directory, "" being the working directory, as a
// DNS label, or "" when nothing of it can be one.
func directoryName(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	name := notLabel.ReplaceAllString(strings.ToLower(filepath.Base(dir)), "-")
	return strings.Trim(name[:min(len(name), 40)], "-")
}
