//go:build linux

package main

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// target is what a check connects to.
type target struct {
	addrs []netip.AddrPort // tried in order until one accepts
	host  string           // what the Host header says
	path  string           // "/" when none is spelled
}

// parseTarget reads [host]:port[/path].
func parseTarget(s string) (target, error) {
	authority, path := s, "/"
	if i := strings.IndexByte(s, '/'); i >= 0 {
		authority, path = s[:i], s[i:]
	}
	if !sendable(path) {
		return target{}, errors.New("target " + strconv.Quote(s) + ": a path has no spaces or control characters")
	}
	i := strings.LastIndexByte(authority, ':')
	if i < 0 {
		return target{}, errors.New("target " + strconv.Quote(s) + ": no port")
	}
	port, err := strconv.ParseUint(authority[i+1:], 10, 16)
	if err != nil || port == 0 {
		return target{}, errors.New("target " + strconv.Quote(s) + ": a port is a number from 1 to 65535")
	}
	t := target{host: authority, path: path}
	switch host := authority[:i]; host {
	case "", "localhost":
		// Servers that check the Host header know this name more often than an address.
		t.host = "localhost" + authority[i:]
		t.addrs = []netip.AddrPort{
			netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port)),
			netip.AddrPortFrom(netip.IPv6Loopback(), uint16(port)),
		}
	default:
		addr, err := netip.ParseAddrPort(authority)
		if err != nil || addr.Addr().Zone() != "" {
			return target{}, errors.New("target " + strconv.Quote(s) + ": the host is not an IP address")
		}
		t.addrs = []netip.AddrPort{addr}
	}
	return t, nil
}

// sendable reports whether path can stand in a request line.
func sendable(path string) bool {
	for i := range len(path) {
		if path[i] <= ' ' || path[i] == 0x7f {
			return false
		}
	}
	return true
}
