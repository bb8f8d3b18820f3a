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

// subnetBits is the length of the smallest network's prefix: 61 containers, so
// that the replicas of two generations fit.
const subnetBits = 26

// widest returns the length of the prefix that a network has where the pool has
// room for it. Every consumer of a declared relationship is in that one's
// network, and whoever reaches the outside is in that of egress: 1021, about as
// many as a bridge of Linux takes. No network takes much of a small pool.
func widest(pool netip.Prefix, kind topology.NetworkKind) int {
	switch kind {
	case topology.NetworkEgress:
		return min(subnetBits, max(22, pool.Bits()+6))
	case topology.NetworkRelationship:
		return min(subnetBits, max(24, pool.Bits()+8))
	}
	return subnetBits
}

// subnets goes once through the subnets of a pool, the widest first, each time
// from a place that depends on the name alone. A pool too small to be divided is
// its own only subnet.
func subnets(pool netip.Prefix, kind topology.NetworkKind, name string) iter.Seq[netip.Prefix] {
	return func(yield func(netip.Prefix) bool) {
		pool = pool.Masked()
		if !pool.Addr().Is4() || pool.Bits() >= subnetBits {
			yield(pool)
			return
		}
		hash := fnv.New32a()
		hash.Write([]byte(name))
		start := hash.Sum32()
		for bits := widest(pool, kind); bits <= subnetBits; bits++ {
			count := uint32(1) << (bits - pool.Bits())
			for i := range count {
				if !yield(nth(pool, bits, (start+i)%count)) {
					return
				}
			}
		}
	}
}

func nth(pool netip.Prefix, bits int, n uint32) netip.Prefix {
	base := pool.Addr().As4()
	var address [4]byte
	binary.BigEndian.PutUint32(address[:], binary.BigEndian.Uint32(base[:])+n<<(32-bits))
	return netip.PrefixFrom(netip.AddrFrom4(address), bits)
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
