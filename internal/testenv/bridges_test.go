package testenv

import (
	"net"
	"os/exec"
	"slices"
	"testing"
)

// What a killed daemon left of a network is found and removed, interface and rules.
func TestBridgeIsRemoved(t *testing.T) {
	t.Parallel()
	Require(t)
	const bridge, other = "br-00000000feed", "br-00000000fee0"
	shell := func(command string) {
		t.Helper()
		if _, err := output(exec.Command("sh", "-c", command)); err != nil {
			t.Fatal(err)
		}
	}
	found := func() []string {
		t.Helper()
		bridges, err := daemonBridges(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return bridges
	}
	for _, command := range []string{
		"ip link add " + bridge + " type bridge",
		"iptables --wait -t filter -A FORWARD -i " + bridge + " -o " + bridge + " -j ACCEPT",
		"iptables --wait -t nat -A POSTROUTING -s 192.0.2.0/26 ! -o " + bridge + " -j MASQUERADE",
		"iptables --wait -t nat -A POSTROUTING -s 192.0.2.64/26 ! -o " + other + " -j MASQUERADE",
	} {
		shell(command)
	}
	t.Cleanup(func() {
		shell("iptables --wait -t nat -D POSTROUTING -s 192.0.2.64/26 ! -o " + other + " -j MASQUERADE")
	})
	if found := found(); !slices.Contains(found, bridge) || !slices.Contains(found, other) {
		t.Errorf("of %s and %s is found: %v", bridge, other, found)
	}
	if err := removeBridge(t.Context(), bridge); err != nil {
		t.Fatal(err)
	}
	if found := found(); slices.Contains(found, bridge) || !slices.Contains(found, other) {
		t.Errorf("without %s there is: %v", bridge, found)
	}
	if _, err := net.InterfaceByName(bridge); err == nil {
		t.Errorf("%s is still there", bridge)
	}
}
