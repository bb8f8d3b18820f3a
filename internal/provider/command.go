package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	query "github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Command is the provider as the command uses it: served in process, and asked
// for what its configuration says and what its values mean.
type Command struct {
	*bayplanProvider
	// Lenient is for what makes nothing: an image that is not to be had, or an
	// object of others in the way, is no error. Such an image has no digest.
	Lenient bool
	// Ahead has what is live read as soon as it is known where, for whoever asks
	// for it when the configuration is evaluated.
	Ahead bool
	// Key, where it is not empty, is the key, whatever the configuration says.
	Key        topology.Key
	configured *session
	begun      *begun // nil when nothing is begun, or it was taken
}

// begun is an engine that is being read before it is known to be the right one.
type begun struct {
	runtime apply.Runtime
	options EngineOptions
	end     context.CancelFunc
}

// NewCommand returns a provider that is not configured.
func NewCommand(version string, newRuntime NewRuntime) *Command {
	c := &Command{}
	c.bayplanProvider = &bayplanProvider{version: version, newRuntime: func(o EngineOptions) (apply.Runtime, error) {
		if runtime := c.take(o); runtime != nil {
			return runtime, nil
		}
		return newRuntime(o)
	}}
	return c
}

// Begin returns what has what is live read where a provider block says that it is,
// which is of use if one that says the same is configured.
func (c *Command) Begin(ctx context.Context) func(block tftypes.Value) {
	return func(block tftypes.Value) {
		settings, err := DecodeSettings(block)
		options, diags := settings.engine()
		if err != nil || diags.HasError() {
			return // which is said when it is configured
		}
		runtime, err := c.newRuntime(options)
		if err != nil {
			return
		}
		ctx, end := context.WithCancel(context.WithoutCancel(ctx))
		c.begun = &begun{runtime, options, end}
		go func() { _, _ = runtime.Observe(ctx, settings.scope(c.Dir)) }()
	}
}

// take returns the runtime that is being read, nil where it has other options.
func (c *Command) take(o EngineOptions) apply.Runtime {
	found := c.begun
	c.begun = nil
	if found == nil {
		return nil
	}
	if !reflect.DeepEqual(found.options, o) {
		found.end()
		return nil
	}
	return found.runtime
}

// Configure does as the provider does, and keeps what it made.
func (c *Command) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	c.bayplanProvider.Configure(ctx, req, resp)
	if made, ok := resp.ResourceData.(*session); ok {
		made.lenient, made.stateless = c.Lenient, true
		if len(c.Key) > 0 {
			made.keys = &keySource{given: string(c.Key), engine: made.keys.engine}
		}
		c.configured = made
		if c.Ahead {
			ctx := context.WithoutCancel(ctx)
			go func() { _, _ = made.runtime.Observe(ctx, made.scope) }()
		}
	}
}

// Actions returns none: they are Terraform's to invoke, and as the list and
// ephemeral resources would cost every start of the command their description.
func (c *Command) Actions(context.Context) []func() action.Action { return nil }

// ListResources returns none.
func (c *Command) ListResources(context.Context) []func() query.ListResource { return nil }

// EphemeralResources returns none.
func (c *Command) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return nil
}

// Server returns a server of the provider.
func (c *Command) Server(ctx context.Context) tfprotov6.ProviderServer {
	return newDirectServer(ctx, c, func() any {
		if c.configured == nil {
			return nil
		}
		return c.configured
	})
}

// Session is what a configured provider works with.
type Session struct {
	Scope   topology.Scope
	Runtime apply.Runtime
	*session
}

// Session returns what the provider was configured with, false when it was not.
func (c *Command) Session() (Session, bool) {
	if c.configured == nil {
		return Session{}, false
	}
	return newCommandSession(c.configured), true
}

func newCommandSession(s *session) Session { return Session{s.scope, s.runtime, s} }

// Open returns what a provider block with these settings would be configured with.
func (c *Command) Open(s Settings) (Session, error) {
	made, diags := newSession(s, c.Dir, c.newRuntime)
	for _, d := range diags.Errors() {
		return Session{}, errors.New(d.Detail())
	}
	return newCommandSession(made), nil
}

// Host returns the address of the engine, as far as it is known without asking it.
func (s Session) Host() string { return s.keys.engine }

// Key returns the key that credentials are derived from. The first call may
// make a key file.
func (s Session) Key() (topology.Key, error) { return s.keys.get() }

// CheckKey returns an error when something live of an address was made with
// another key: with this one, its passwords would be others.
func (s Session) CheckKey(key topology.Key, live topology.Live, a topology.Address) error {
	if err := checkKey(key, live, a); err != nil {
		return fmt.Errorf("%s: %w", a, err)
	}
	return nil
}

// Decode reads the attributes of a planned resource into a topology, and returns its address.
// What of it is not known is an error: it would be known only after an apply.
func Decode(resource string, planned map[string]tftypes.Value, into *topology.Topology) (topology.Address, error) {
	switch resource {
	case "bayplan_app":
		return decodeNoun(planned, topology.KindApp, &into.Workloads, func(w topology.Workload) string { return w.Name })
	case "bayplan_service":
		return decodeNoun(planned, topology.KindService, &into.Workloads, func(w topology.Workload) string { return w.Name })
	case "bayplan_relationship":
		return decodeNoun(planned, topology.KindRelationship, &into.Relationships, func(r topology.Relationship) string { return r.Name })
	case "bayplan_volume":
		return decodeNoun(planned, topology.KindVolume, &into.Volumes, func(v topology.Volume) string { return v.Name })
	}
	return topology.Address{}, fmt.Errorf("%s is no part of a topology", resource)
}

func decodeNoun[T any](planned map[string]tftypes.Value, kind topology.Kind, into *map[topology.Address]T, name func(T) string) (topology.Address, error) {
	var noun T
	unknown, err := decodeAttributes(planned, &noun)
	a := topology.Address{Kind: kind, Name: name(noun)}
	if err != nil {
		return a, fmt.Errorf("%s: %w", a, err)
	}
	for _, p := range sortedPlaces(unknown) {
		return a, &topology.FieldError{
			Address: a, Field: p.field, Key: p.key, Err: errUnknown,
			Hint: "It follows from something that only an apply decides. Use what is known before, such as host or id, or use Terraform for it.",
		}
	}
	if *into == nil {
		*into = map[topology.Address]T{}
	}
	if _, twice := (*into)[a]; twice {
		return a, &topology.FieldError{
			Address: a, Field: "name", Err: fmt.Errorf("another resource is %s too", a),
			Hint: "Give each its own name: it is what names hosts, containers and volumes.",
		}
	}
	(*into)[a] = noun
	return a, nil
}

var errUnknown = errors.New("the value is not known when a plan is made")

func sortedPlaces(of unknowns) []place {
	return slices.SortedFunc(maps.Keys(of), func(x, y place) int {
		return cmp.Or(cmp.Compare(x.field, y.field), cmp.Compare(x.key, y.key))
	})
}
