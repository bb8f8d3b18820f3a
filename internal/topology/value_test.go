package topology_test

import (
	"strings"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

func TestSizeBytes(t *testing.T) {
	for s, want := range map[topology.Size]int64{
		"": 0, "1": 1, "64m": 64 << 20, "64M": 64 << 20, "64mb": 64 << 20, "64 m": 64 << 20, "1.5g": 3 << 29,
		"512k": 512 << 10, "2t": 2 << 40, "10b": 10, "0.5k": 512,
	} {
		if got, err := s.Bytes(); err != nil || got != want {
			t.Errorf("Size(%q).Bytes() = %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []topology.Size{
		"0", "0m", "-1m", "m", "1e9", "1.m", ".5g", "1,5g", "64mib", "64x", "64\nm", "64m\n", " 64m", "0x10", "NaN", "Inf",
		"99999999999999999999", "9999999999t", topology.Size(strings.Repeat("9", 400)), "6４m", "64m\x00",
	} {
		if got, err := s.Bytes(); err == nil {
			t.Errorf("Size(%q).Bytes() = %d; want an error", s, got)
		}
	}
}

func TestSizeOf(t *testing.T) {
	for bytes, want := range map[int64]topology.Size{0: "", -1: "", 1: "1", 1024: "1k", 1536: "1536", 64 << 20: "64m", 3 << 30: "3g", 5 << 50: "5120t"} {
		if got := topology.SizeOf(bytes); got != want {
			t.Errorf("SizeOf(%d) = %q; want %q", bytes, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[topology.Duration]time.Duration{"": 0, "15s": 15 * time.Second, "1m30s": 90 * time.Second, "0s": 0, "100ms": 100 * time.Millisecond} {
		if got, err := d.Value(); err != nil || got != want {
			t.Errorf("Duration(%q) = %v, %v; want %v", d, got, err, want)
		}
	}
	for _, d := range []topology.Duration{"15", "-1s", "s", "1 s", "1d", "9999999999h", "1s\n"} {
		if got, err := d.Value(); err == nil {
			t.Errorf("Duration(%q) = %v; want an error", d, got)
		}
	}
}

func TestRestartPolicy(t *testing.T) {
	for r, want := range map[topology.Restart]struct {
		name    string
		retries int
	}{
		"": {"", 0}, "no": {"no", 0}, "always": {"always", 0}, "unless-stopped": {"unless-stopped", 0},
		"on-failure": {"on-failure", 0}, "on-failure:3": {"on-failure", 3},
	} {
		if name, retries, err := r.Policy(); err != nil || name != want.name || retries != want.retries {
			t.Errorf("Restart(%q) = %q, %d, %v", r, name, retries, err)
		}
	}
	for _, r := range []topology.Restart{"never", "always:3", ":3", "on-failure:", "on-failure:0", "on-failure:-1", "on-failure:x", "no:1", "Always"} {
		if name, _, err := r.Policy(); err == nil {
			t.Errorf("Restart(%q) = %q; want an error", r, name)
		}
	}
}

func TestParsePort(t *testing.T) {
	for s, want := range map[string]string{
		"8080:80":                     "127.0.0.1:8080:80",
		"8080:80/udp":                 "127.0.0.1:8080:80/udp",
		"8080:80/tcp":                 "127.0.0.1:8080:80",
		"0.0.0.0:80:80":               "0.0.0.0:80:80",
		"[::1]:80:8080":               "[::1]:80:8080",
		"::1:80:8080":                 "[::1]:80:8080",
		"[::ffff:127.0.0.1]:80:80":    "127.0.0.1:80:80",
		"192.168.1.2:65535:65535/udp": "192.168.1.2:65535:65535/udp",
	} {
		if p, err := topology.ParsePort(s); err != nil || p.String() != want {
			t.Errorf("ParsePort(%q) = %s, %v; want %s", s, p, err, want)
		}
	}
	for s, want := range map[string]string{
		"":                     "there is no host port",
		"80":                   "there is no host port",
		"80:":                  "the container port",
		":80":                  "the host port",
		":80:80":               "no IP address",
		"0:80":                 "the host port",
		"80:0":                 "the container port",
		"65536:80":             "the host port",
		"-1:80":                "the host port",
		"+80:80":               "the host port",
		"80:80/sctp":           "tcp or udp",
		"80:80/":               "tcp or udp",
		"80:80/TCP":            "tcp or udp",
		"localhost:80:80":      "no IP address",
		"[127.0.0.1:80:80":     "no IP address",
		"]::1[:80:80":          "no IP address",
		"[[::1]]:80:80":        "no IP address",
		"[fe80::1%eth0]:1:1":   "no IP address",
		"1.2.3:80:80":          "no IP address",
		" 80:80":               "the host port",
		"80:80\n":              "the container port",
		"127.0.0.1:80-90:80":   "the host port",
		"80:80:80:80":          "no IP address",
		"127.0.0.1:80:80/udp ": "tcp or udp",
	} {
		if p, err := topology.ParsePort(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParsePort(%q) = %s, %v; want an error with %q", s, p, err, want)
		}
	}
}

func TestPortClashes(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"80:80", "80:81", true},
		{"80:80", "81:80", false},
		{"80:80", "80:80/udp", false},
		{"0.0.0.0:80:80", "80:80", true},
		{"[::]:80:80", "[::1]:80:80", true},
		{"0.0.0.0:80:80", "[::]:80:80", false},
		{"192.168.1.1:80:80", "192.168.1.2:80:80", false},
	} {
		p, q := port(t, tt.a), port(t, tt.b)
		if p.Clashes(q) != tt.want || q.Clashes(p) != tt.want {
			t.Errorf("%s and %s: clash %v, %v; want %v", p, q, p.Clashes(q), q.Clashes(p), tt.want)
		}
	}
}

func port(t *testing.T, s string) topology.Port {
	t.Helper()
	p, err := topology.ParsePort(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func FuzzParsePort(f *testing.F) {
	for _, s := range []string{"8080:80", "0.0.0.0:80:80/udp", "[::1]:80:80", "[fe80::1%a]:1:1", "::1:1:1", "[[::]]:1:1", ":::", "/udp", "80:80/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := topology.ParsePort(s)
		if err != nil {
			return
		}
		if p.Host == 0 || p.Container == 0 || !p.Address.IsValid() || p.Address.Zone() != "" {
			t.Errorf("%q is %+v", s, p)
		}
		if back, err := topology.ParsePort(p.String()); err != nil || back != p {
			t.Errorf("%q is written as %q, which reads as %v, %v", s, p, back, err)
		}
	})
}

func FuzzSizeBytes(f *testing.F) {
	for _, s := range []string{"64m", "1.5g", "0", "-1", "1e9", "9999999999999999999t", "64 kb", "\u212a", "64\u212a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := topology.Size(s).Bytes()
		if err != nil {
			return
		}
		if (n == 0) != (s == "") || n < 0 {
			t.Fatalf("%q is %d bytes", s, n)
		}
		if back, err := topology.SizeOf(n).Bytes(); err != nil || back != n {
			t.Errorf("%d bytes are spelled %q, which is %d, %v", n, topology.SizeOf(n), back, err)
		}
	})
}
