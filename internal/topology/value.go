package topology

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Size is an amount of memory as its author spelled it, in powers of 1024:
// "64m", "1.5g", "1048576". The empty Size is no limit.
type Size string

var sizePattern = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) ?([bkmgt]?)b?$`)

// Bytes returns the size in bytes, 0 for the empty Size.
func (s Size) Bytes() (int64, error) {
	if s == "" {
		return 0, nil
	}
	match := sizePattern.FindStringSubmatch(strings.ToLower(string(s)))
	if match == nil {
		return 0, fmt.Errorf("%q is not a size: want a number and b, k, m, g or t, such as 64m or 1.5g", string(s))
	}
	number, err := strconv.ParseFloat(match[1], 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a size: %w", string(s), err)
	}
	bytes := number * math.Pow(1024, float64(strings.Index("bkmgt", match[2])))
	if match[2] == "" {
		bytes = number
	}
	if bytes > math.MaxInt64/2 || bytes < 1 {
		return 0, fmt.Errorf("%q is out of range for a size", string(s))
	}
	return int64(bytes), nil
}

// SizeOf spells a number of bytes in the largest unit that divides it.
func SizeOf(bytes int64) Size {
	if bytes <= 0 {
		return ""
	}
	units := []string{"", "k", "m", "g", "t"}
	i := 0
	for i < len(units)-1 && bytes%1024 == 0 {
		bytes /= 1024
		i++
	}
	return Size(strconv.FormatInt(bytes, 10) + units[i])
}

// Limit is a largest number. The negative ones are no limit, as is 0.
type Limit int64

// Unlimited is no limit, said so.
const Unlimited Limit = -1

// Duration is a length of time as its author spelled it, in Go's notation: "15s".
// The empty Duration is the default of where it stands.
type Duration string

// Value returns the duration, 0 for the empty one. Negative ones are errors.
func (d Duration) Value() (time.Duration, error) {
	if d == "" {
		return 0, nil
	}
	v, err := time.ParseDuration(string(d))
	if err != nil || v < 0 {
		return 0, fmt.Errorf("%q is not a duration: want a number and ms, s, m or h, such as 15s", string(d))
	}
	return v, nil
}

// Restart is a restart policy: "no", "always", "unless-stopped",
// "on-failure" or "on-failure:N".
type Restart string

// Policy splits the restart policy into its name and its number of retries.
func (r Restart) Policy() (name string, retries int, err error) {
	name, count, counted := strings.Cut(string(r), ":")
	switch name {
	case "no", "always", "unless-stopped", "on-failure", "":
	default:
		return "", 0, fmt.Errorf("%q is no restart policy: want no, always, unless-stopped, on-failure or on-failure:N", string(r))
	}
	if !counted {
		return name, 0, nil
	}
	retries, err = strconv.Atoi(count)
	if err != nil || retries < 1 || name != "on-failure" {
		return "", 0, fmt.Errorf("%q is no restart policy: only on-failure takes a number of retries, from 1", string(r))
	}
	return name, retries, nil
}

// Port is a published port: Host of Address is forwarded to Container.
type Port struct {
	Address   netip.Addr
	Host      uint16
	Container uint16
	Protocol  string // tcp or udp
}

// ParsePort reads "[address:]host:container[/udp]". A missing address is
// 127.0.0.1, never all interfaces.
func ParsePort(s string) (Port, error) {
	bad := func(why string) (Port, error) {
		return Port{}, fmt.Errorf("%q is not a published port: %s; want [address:]host:container[/udp]", s, why)
	}
	p := Port{Address: netip.MustParseAddr("127.0.0.1"), Protocol: "tcp"}
	rest, protocol, given := strings.Cut(s, "/")
	if given {
		p.Protocol = protocol
	}
	if p.Protocol != "tcp" && p.Protocol != "udp" {
		return bad("the protocol is tcp or udp")
	}
	rest, container, ok := cutLast(rest, ":")
	if !ok {
		return bad("there is no host port")
	}
	address, host, ok := cutLast(rest, ":")
	if !ok {
		host = rest
	} else {
		parsed, err := netip.ParseAddr(unbracketed(address))
		if err != nil || parsed.Zone() != "" {
			return bad("the address is no IP address")
		}
		p.Address = parsed.Unmap()
	}
	var err error
	if p.Host, err = parsePortNumber(host); err != nil {
		return bad("the host port is " + err.Error())
	}
	if p.Container, err = parsePortNumber(container); err != nil {
		return bad("the container port is " + err.Error())
	}
	return p, nil
}

// unbracketed takes the brackets off that set an IPv6 address apart from a port.
func unbracketed(address string) string {
	if inner, ok := strings.CutPrefix(address, "["); ok && strings.HasSuffix(inner, "]") {
		return strings.TrimSuffix(inner, "]")
	}
	return address
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func parsePortNumber(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, errors.New("not a number from 1 to 65535")
	}
	return uint16(n), nil
}

// String writes the port with its address and, for udp, its protocol.
func (p Port) String() string {
	s := netip.AddrPortFrom(p.Address, p.Host).String() + ":" + strconv.Itoa(int(p.Container))
	if p.Protocol == "udp" {
		s += "/udp"
	}
	return s
}

// Clashes reports whether two published ports cannot be bound at once. All
// addresses of one IP version do not clash with those of the other.
func (p Port) Clashes(q Port) bool {
	return p.Host == q.Host && p.Protocol == q.Protocol && p.Address.Is4() == q.Address.Is4() &&
		(p.Address == q.Address || p.Address.IsUnspecified() || q.Address.IsUnspecified())
}
