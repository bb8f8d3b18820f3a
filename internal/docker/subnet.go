package docker

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"iter"
	"net/netip"

	"github.com/docker/docker/api/types/filters"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// subnetBits is the length of a network's prefix: 61 containers, so that the
// replicas of two generations fit.
const subnetBits = 26

// subnets goes once through the subnets of a pool, from a place that depends
// on the name alone. A pool too small to be divided is its own only subnet.
func subnets(pool netip.Prefix, name string) iter.Seq[netip.Prefix] {
	return func(yield func(netip.Prefix) bool) {
		pool = pool.Masked()
		if !pool.Addr().Is4() || pool.Bits() >= subnetBits {
			yield(pool)
			return
		}
		count := uint32(1) << (subnetBits - pool.Bits())
		hash := fnv.New32a()
		hash.Write([]byte(name))
		start := hash.Sum32()
		for i := range count {
			if !yield(nth(pool, (start+i)%count)) {
				return
			}
		}
	}
}

func nth(pool netip.Prefix, n uint32) netip.Prefix {
	base := pool.Addr().As4()
	var address [4]byte
	binary.BigEndian.PutUint32(address[:], binary.BigEndian.Uint32(base[:])+n<<(32-subnetBits))
	return netip.PrefixFrom(netip.AddrFrom4(address), subnetBits)
}

func overlaps(subnet netip.Prefix, taken []netip.Prefix) bool {
	for _, t := range taken {
		if subnet.Overlaps(t) {
			return true
		}
	}
	return false
}

// subnetsInUse returns the subnets of all networks, and whether the scope has
// a network of that name by now.
func (e *Engine) subnetsInUse(ctx context.Context, scope topology.Scope, name string) (ours bool, used []netip.Prefix, err error) {
	found, err := e.listNetworks(ctx, filters.NewArgs())
	for _, n := range found {
		ours = ours || n.Name == name && isOurs(n.Labels, scope)
		for _, config := range n.IPAM.Config {
			if subnet, err := netip.ParsePrefix(config.Subnet); err == nil {
				used = append(used, subnet)
			}
		}
	}
	return ours, used, err
}
