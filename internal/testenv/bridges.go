package testenv

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/network"
)

// bridgeName matches the interface that the daemon makes for a network: the
// first twelve digits of the network's id.
var bridgeName = regexp.MustCompile(`\bbr-([0-9a-f]{12})\b`)

// tables are those of the firewall in which the daemon writes of its bridges.
var tables = []string{"filter", "nat"}

// removeStrayBridges removes what a daemon that was killed while it made or
// removed a network has left of it. The next daemon knows nothing of it and gives
// its subnet away again, and on that network nobody reaches anybody: the old
// rules translate the addresses and the old route takes the answers. It must be
// called before anybody makes a network.
func removeStrayBridges(ctx context.Context, host string) error {
	docker, err := dial(host)
	if err != nil {
		return err
	}
	defer docker.Close()
	networks, err := docker.NetworkList(ctx, network.ListOptions{})
	if err != nil {
		return fmt.Errorf("list networks: %w", err)
	}
	bridges, err := daemonBridges(ctx)
	if err != nil {
		return err
	}
	for _, bridge := range bridges {
		id := strings.TrimPrefix(bridge, "br-")
		if slices.ContainsFunc(networks, func(n network.Summary) bool { return strings.HasPrefix(n.ID, id) }) {
			continue
		}
		report(ctx, "engine: removing %s, which no network has", bridge)
		if err := removeBridge(ctx, bridge); err != nil {
			return err
		}
	}
	return nil
}

// daemonBridges returns the daemon's bridges that this machine has or its firewall names.
func daemonBridges(ctx context.Context) ([]string, error) {
	var found []string
	for _, table := range tables {
		rules, err := rulesOf(ctx, table)
		if err != nil {
			return nil, err
		}
		found = append(found, bridgeName.FindAllString(strings.Join(rules, "\n"), -1)...)
	}
	links, err := links()
	for _, link := range links {
		found = append(found, bridgeName.FindString(link))
	}
	slices.Sort(found)
	found = slices.Compact(found)
	return slices.DeleteFunc(found, func(name string) bool { return name == "" }), err
}

// removeBridge removes a bridge and the firewall's rules that name it.
func removeBridge(ctx context.Context, bridge string) error {
	for _, table := range tables {
		rules, err := rulesOf(ctx, table)
		if err != nil {
			return err
		}
		for _, rule := range rules {
			if !slices.Contains(bridgeName.FindAllString(rule, -1), bridge) {
				continue
			}
			remove := append([]string{"--wait", "-t", table, "-D"}, strings.Fields(rule)[1:]...)
			if _, err := output(exec.CommandContext(ctx, "iptables", remove...)); err != nil {
				return err
			}
		}
	}
	links, err := links()
	if err != nil || !slices.Contains(links, bridge) {
		return err // just rules were left of it
	}
	_, err = output(exec.CommandContext(ctx, "ip", "link", "delete", bridge))
	return err
}

// rulesOf returns the rules of one of the firewall's tables, as commands that append them.
func rulesOf(ctx context.Context, table string) ([]string, error) {
	text, err := output(exec.CommandContext(ctx, "iptables", "--wait", "-t", table, "-S"))
	return strings.Split(strings.TrimSpace(text), "\n"), err
}

// links returns the names of this machine's network interfaces.
func links() ([]string, error) {
	interfaces, err := net.Interfaces()
	var names []string
	for _, i := range interfaces {
		names = append(names, i.Name)
	}
	return names, err
}
