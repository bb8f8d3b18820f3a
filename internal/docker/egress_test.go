package docker

import (
	"context"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// A container in internal networks and the egress network has its way out
// through the latter, whatever the order, and its published port works.
func TestEgress(t *testing.T) {
	b := newBench(t)
	egress := topology.Network{Name: b.scope.EgressNetwork(), Kind: topology.NetworkEgress}
	before, after := b.relationship("a"), b.relationship("z")
	b.perform(t, plan.CreateNetwork{Network: egress}, plan.CreateNetwork{Network: before}, plan.CreateNetwork{Network: after})
	c := shell("web", "exec nc -ll -p 80 -e echo hello")
	port := topology.Port{Address: loopback, Host: freePort(t), Container: 80, Protocol: "tcp"}
	c.Ports = []topology.Port{port}
	c.Networks = []plan.Attachment{{Network: before.Name}, {Network: egress.Name}, {Network: after.Name}}
	name := b.start(t, c)
	n, err := b.network(t.Context(), b.scope, egress.Name)
	if err != nil {
		t.Fatal(err)
	}
	b.succeeds(t, name, "sh", "-c", "ip route | grep -q 'default via "+n.IPAM.Config[0].Gateway+"'")
	testenv.Eventually(t, 5*time.Second, "the published port answers", func() error { return greets(t.Context(), port, "hello") })

	neighbour := sleeper("neighbour")
	neighbour.Networks = []plan.Attachment{{Network: egress.Name}}
	inside, err := b.client.ContainerInspect(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	address := inside.NetworkSettings.Networks[egress.Name].IPAddress
	if code, err := b.run(t.Context(), b.start(t, neighbour), []string{"nc", "-w", "1", address, "80"}); err != nil || code == 0 {
		t.Errorf("a neighbour on the egress network gets code %d, error %v; want it kept apart", code, err)
	}
}

// greets reads a line from a published port.
func greets(ctx context.Context, p topology.Port, want string) error {
	var d net.Dialer
	connection, err := d.DialContext(ctx, "tcp", net.JoinHostPort(p.Address.String(), strconv.Itoa(int(p.Host))))
	if err != nil {
		return err
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(time.Second))
	got, err := io.ReadAll(connection)
	if !strings.Contains(string(got), want) && err == nil {
		err = io.ErrUnexpectedEOF
	}
	return err
}
