package docker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func TestSubnetsGoThroughThePoolOnce(t *testing.T) {
	t.Parallel()
	pool := netip.MustParsePrefix("10.1.2.0/24")
	got := slices.Collect(subnets(pool, topology.NetworkImplied, "a"))
	if again := slices.Collect(subnets(pool, topology.NetworkImplied, "a")); !slices.Equal(got, again) {
		t.Errorf("%v, then %v", got, again)
	}
	slices.SortFunc(got, netip.Prefix.Compare)
	var want []netip.Prefix
	for _, s := range []string{"10.1.2.0/26", "10.1.2.64/26", "10.1.2.128/26", "10.1.2.192/26"} {
		want = append(want, netip.MustParsePrefix(s))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// Who shares a network with many finds room in it, and a small pool is not used
// up by one network.
func TestSubnetsAreAsWideAsTheirNetworksMayGrow(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pool string
		kind topology.NetworkKind
		want []int // the lengths of the prefixes, in their order
	}{
		{"10.213.0.0/16", topology.NetworkEgress, []int{22, 23, 24, 25, 26}},
		{"10.213.0.0/16", topology.NetworkRelationship, []int{24, 25, 26}},
		{"10.213.0.0/16", topology.NetworkImplied, []int{26}},
		{"10.0.0.0/8", topology.NetworkEgress, []int{22, 23, 24, 25, 26}},
		{"10.213.0.0/18", topology.NetworkEgress, []int{24, 25, 26}},
		{"10.213.0.0/24", topology.NetworkEgress, []int{26}},
		{"10.213.0.0/28", topology.NetworkEgress, []int{28}},
	} {
		var got []int
		seen := map[netip.Prefix]bool{}
		for subnet := range subnets(netip.MustParsePrefix(tt.pool), tt.kind, "a") {
			if seen[subnet] || !netip.MustParsePrefix(tt.pool).Contains(subnet.Addr()) || subnet != subnet.Masked() {
				t.Fatalf("%s of %s: %s", tt.kind, tt.pool, subnet)
			}
			seen[subnet] = true
			got = append(got, subnet.Bits())
		}
		if got = slices.Compact(got); !slices.Equal(got, tt.want) {
			t.Errorf("the prefixes of %s in %s are %v long; want %v", tt.kind, tt.pool, got, tt.want)
		}
	}
}

func TestCreateNetworkAtOnce(t *testing.T) {
	b := newBench(t)
	n := b.relationship("db")
	var group errgroup.Group
	for range 8 {
		e, err := New(Options{Host: b.host})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		group.Go(func() error { return e.Perform(t.Context(), b.scope, plan.CreateNetwork{Network: n}, nil) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if found, err := b.networksNamed(t.Context(), b.scope, n.Name); err != nil || len(found) != 1 {
		t.Errorf("%d networks, error %v; want one", len(found), err)
	}
}

// To apps of one apply that start at once there is never more than one network
// of egress, not even for a moment.
func TestCreateNetworkAtOnceInOneProcess(t *testing.T) {
	b := newBench(t)
	n := b.relationship("db")
	var group errgroup.Group
	for range 8 {
		group.Go(func() error {
			err := b.Perform(t.Context(), b.scope, plan.CreateNetwork{Network: n}, nil)
			if err != nil {
				return err
			}
			found, err := b.networksNamed(t.Context(), b.scope, n.Name)
			if err == nil && len(found) != 1 {
				err = fmt.Errorf("%d networks, want one", len(found))
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

func TestCreateNetworkFindsAFreeSubnet(t *testing.T) {
	pool := netip.MustParsePrefix("10.217.5.0/25")
	b := benchAt(t, Options{Host: testenv.Require(t).Host, Pool: pool})
	// Names that have the same first choice.
	var names []string
	for i := 0; len(names) < 3; i++ {
		name := fmt.Sprintf("r%d", i)
		for first := range subnets(pool, topology.NetworkRelationship, b.scope.RelationshipNetwork(name)) {
			if first == netip.MustParsePrefix("10.217.5.0/26") {
				names = append(names, name)
			}
			break
		}
	}
	b.perform(t, plan.CreateNetwork{Network: b.relationship(names[0])}, plan.CreateNetwork{Network: b.relationship(names[1])})
	err := b.refuse(t, plan.CreateNetwork{Network: b.relationship(names[2])}, "no subnet of 10.217.5.0/25 is to be had")
	if !strings.Contains(err.Error(), "overlaps") {
		t.Errorf("%v does not say why", err)
	}
}

// The egress network is made by who needs it and removed by whose leaving
// leaves it without members, in one apply all at once: nobody loses it.
func TestEgressComesAndGoes(t *testing.T) {
	b := newBench(t)
	egress := b.scope.EgressNetwork()
	var group errgroup.Group
	for i := range 4 {
		web := fmt.Sprintf("web%d", i)
		c := sleeper(web)
		c.Networks = []plan.Attachment{{Network: egress}}
		group.Go(func() error {
			for range 3 {
				for _, op := range []plan.Op{
					plan.CreateNetwork{Network: topology.Network{Name: egress, Kind: topology.NetworkEgress}},
					plan.CreateInstance{Name: b.name(web), Container: c},
					plan.StartInstance{Name: b.name(web)},
					plan.RemoveInstance{Name: b.name(web)},
					plan.RemoveNetwork{Name: egress, IfUnused: true},
				} {
					if err := b.Perform(t.Context(), b.scope, op, nil); err != nil {
						return fmt.Errorf("%s: %w", op, err)
					}
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if live := b.observe(t); len(live.Networks) > 0 {
		t.Errorf("left over: %v", live.Networks)
	}
}

func TestCreateNetworkBesideAForeignOne(t *testing.T) {
	b := newBench(t)
	other := bench{b.Engine, topology.Scope{Project: b.scope.Project, Environment: "other"}}
	n := b.relationship("db")
	other.perform(t, plan.CreateNetwork{Network: n}) // the same name in another scope
	if err := b.refuse(t, plan.CreateNetwork{Network: n}, "already exists"); !errdefs.IsConflict(err) {
		t.Errorf("class of %v", err)
	}
	b.perform(t, plan.RemoveNetwork{Name: n.Name})
	if found, err := b.networksNamed(t.Context(), other.scope, n.Name); err != nil || len(found) != 1 {
		t.Errorf("the other's network: %v, error %v", found, err)
	}
}

func TestNetworkKinds(t *testing.T) {
	b := newBench(t)
	implied := topology.Network{
		Name: b.scope.ImpliedNetwork(app("web"), "db", topology.Address{Kind: topology.KindService, Name: "db"}), Kind: topology.NetworkImplied, Owner: app("web"), Key: "db",
		Target: topology.Address{Kind: topology.KindService, Name: "db"}, Host: "db.internal",
	}
	egress := topology.Network{Name: b.scope.EgressNetwork(), Kind: topology.NetworkEgress}
	b.perform(t, plan.CreateNetwork{Network: implied}, plan.CreateNetwork{Network: egress})
	live := b.observe(t)
	got, _ := live.Network(implied.Name)
	implied.ID = got.ID
	if diff := cmp.Diff(implied, got); diff != "" {
		t.Errorf("implied (-made +read):\n%s", diff)
	}
	inside, err := b.network(t.Context(), b.scope, implied.Name)
	if err != nil || !inside.Internal {
		t.Errorf("implied: %+v, error %v", inside, err)
	}
	outside, err := b.network(t.Context(), b.scope, egress.Name)
	if err != nil || outside.Internal || outside.Options["com.docker.network.bridge.enable_icc"] != "false" {
		t.Errorf("egress: %+v, error %v", outside, err)
	}
}

func TestConnect(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"x", "y"} {
		b.perform(t, plan.CreateNetwork{Network: b.relationship(name)})
	}
	x, y := b.scope.RelationshipNetwork("x"), b.scope.RelationshipNetwork("y")
	client := sleeper("client")
	client.CapAdd = []string{"NET_RAW"} // to ping
	client.Networks = []plan.Attachment{{Network: x}}
	from := b.start(t, client)
	running, made := b.start(t, sleeper("server")), b.create(t, sleeper("other")) // in no network
	for _, name := range []string{running, made} {
		connect := plan.Connect{Network: x, Instance: name, Aliases: []string{"db.internal"}}
		b.perform(t, connect, connect)
		b.perform(t, plan.Connect{Network: x, Instance: name, Aliases: []string{"new.internal", "also.internal"}})
		if got := b.instance(t, name).Networks; len(got) != 1 || !slices.Equal(got[x], []string{"also.internal", "new.internal"}) {
			t.Errorf("%s: got %v", name, got)
		}
	}
	b.perform(t, plan.StartInstance{Name: made})
	b.succeeds(t, from, "ping", "-c1", "-W2", "new.internal")
	b.perform(t, plan.Connect{Network: y, Instance: made}, plan.Disconnect{Network: x, Instance: made}, plan.Disconnect{Network: x, Instance: made})
	if got := b.instance(t, made).Networks; len(got) != 1 || len(got[y]) != 0 {
		t.Errorf("got %v", got)
	}
	b.perform(t, plan.Disconnect{Network: x, Instance: "nobody"})
	b.refuse(t, plan.Connect{Network: x, Instance: "nobody"}, `inspect container "nobody"`)
	b.refuse(t, plan.Connect{Network: "nowhere", Instance: made}, `network "nowhere" does not exist`)
}

func TestRemoveNetwork(t *testing.T) {
	b := newBench(t)
	n := b.relationship("x")
	b.perform(t, plan.RemoveNetwork{Name: n.Name}, plan.CreateNetwork{Network: n})
	c := sleeper("web")
	c.Networks = []plan.Attachment{{Network: n.Name}}
	name := b.create(t, c)
	unused := plan.RemoveNetwork{Name: n.Name, IfUnused: true}
	exists := func() bool {
		found, err := b.networksNamed(t.Context(), b.scope, n.Name)
		if err != nil {
			t.Fatal(err)
		}
		return len(found) > 0
	}
	b.perform(t, unused) // a member that was never started
	if !exists() {
		t.Fatal("a network with a member was removed")
	}
	b.perform(t, plan.StartInstance{Name: name}, unused)
	if !exists() {
		t.Fatal("a network with a running member was removed")
	}
	if err := b.refuse(t, plan.RemoveNetwork{Name: n.Name}, "active endpoints"); !strings.Contains(err.Error(), name) {
		t.Errorf("%v does not name the member", err)
	}
	b.perform(t, plan.RemoveInstance{Name: name}, unused, unused)
	if exists() {
		t.Error("an unused network was left")
	}
}

func TestRemoveNetworkWaitsForItsMembers(t *testing.T) {
	b := newBench(t)
	n := b.relationship("x")
	b.perform(t, plan.CreateNetwork{Network: n})
	c := sleeper("web")
	c.Networks = []plan.Attachment{{Network: n.Name}}
	name := b.start(t, c)
	var group errgroup.Group
	group.Go(func() error { return b.Perform(t.Context(), b.scope, plan.RemoveNetwork{Name: n.Name}, nil) })
	b.perform(t, plan.RemoveInstance{Name: name})
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

// A container that ends again and again is disconnected while it waits to be
// started, and goes on being started.
func TestDisconnectOfWhatKeepsEnding(t *testing.T) {
	b := newBench(t)
	n := b.relationship("db")
	c := shell("crashes", "exit 3")
	c.Settings = append(c.Settings, plan.Setting{Path: "HostConfig.RestartPolicy", Value: topology.Restart("always")})
	name := b.create(t, c)
	b.perform(t, plan.CreateNetwork{Network: n}, plan.Connect{Network: n.Name, Instance: name, Aliases: []string{"it"}}, plan.StartInstance{Name: name})
	restarts := 5 // by then the engine waits for seconds
	rests := func(ctx context.Context) (bool, error) {
		c, err := b.inspect(ctx, name)
		if err == nil && (!c.State.Restarting || c.RestartCount < restarts) {
			err = errors.New("it is " + describe(c))
		}
		return err == nil, err
	}
	if err := poll(t.Context(), 30*time.Second, rests); err != nil {
		t.Fatal(err)
	}
	b.perform(t, plan.Disconnect{Network: n.Name, Instance: name}, plan.RemoveNetwork{Name: n.Name})
	restarts = 0
	if err := poll(t.Context(), 30*time.Second, rests); err != nil {
		t.Error(err)
	}
	now, err := b.inspect(t.Context(), name)
	if _, in := now.NetworkSettings.Networks[n.Name]; in || err != nil {
		t.Errorf("it is in the network still, %v", err)
	}
}
