package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// What a consumer's label tells of its targets is as old as the consumer; an
// import reads what they are now.
func TestCurrentReferences(t *testing.T) {
	service := func(name string) topology.Address { return topology.Address{Kind: topology.KindService, Name: name} }
	edge := topology.Address{Kind: topology.KindRelationship, Name: "edge"}
	network := scope.RelationshipNetwork("edge")
	instance := func(name, version string, port int64) topology.Instance {
		return topology.Instance{
			Name: scope.InstanceName(service(name), 1, 1), Address: service(name), Generation: 1, N: 1,
			Workload: topology.Workload{Name: name, Image: "db:1", Version: version, Port: port},
			Networks: map[string][]string{network: {edge.Host()}},
		}
	}
	// Made to lead to one, the relationship was led to two.
	live := topology.Live{
		Scope:     scope,
		Instances: []topology.Instance{instance("two", "2", 80), instance("moved", "2", 81)},
		Networks: []topology.Network{{
			Name: network, Kind: topology.NetworkRelationship, Owner: edge, Target: service("one"), Host: edge.Host(),
			Declared: topology.Relationship{Name: "edge", Target: topology.Reference{Address: service("one"), TargetAddress: service("one")}},
		}},
		Markers: []topology.Marker{{Address: edge, Generation: 2, Target: service("two")}},
	}
	live.Instances[1].Networks = nil
	made := func(a, target topology.Address) topology.Reference {
		return topology.Reference{
			Address: a, TargetAddress: target, Host: a.Host(), Port: 80, Scheme: "http", Version: "1", Condition: topology.ConditionHealthy,
			Endpoints: map[string]topology.Endpoint{"default": {Port: 80, Scheme: "http"}},
		}
	}
	outside := topology.Reference{Host: "pay.example", Port: 443}
	now := func(r topology.Reference) topology.Reference {
		r.Version = "2"
		return r
	}
	got := plan.Current(live, map[string]topology.Reference{
		"edge": made(edge, service("one")), "direct": made(service("two"), service("two")),
		"moved": made(service("moved"), service("moved")), "gone": made(service("gone"), service("gone")), "outside": outside,
	})
	want := map[string]topology.Reference{
		"edge": now(made(edge, service("two"))), "direct": now(made(service("two"), service("two"))),
		// Its consumer was made for another port, and for no container.
		"moved": made(service("moved"), service("moved")), "gone": made(service("gone"), service("gone")), "outside": outside,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
