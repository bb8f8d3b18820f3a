package registry_test

import (
	"slices"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/registry"
)

func TestName(t *testing.T) {
	for image, want := range map[string]string{
		"redis:7":                          "docker.io/library/redis",
		"acme/web":                         "docker.io/acme/web",
		"registry.example:5000/a/b":        "registry.example:5000/a/b",
		"r.example/web:1@sha256:" + digits: "r.example/web",
		"sha256:" + digits:                 "",
		"sha256:0123":                      "",
		"0123456789ab":                     "",
		"cafe:1":                           "docker.io/library/cafe",
		"Docker.io/redis:7":                "docker.io/library/redis",
		"index.docker.io/redis":            "docker.io/library/redis",
		"Registry-1.docker.io/redis":       "docker.io/library/redis",
		"R.Example:5000/web":               "r.example:5000/web",
		"Alone/web":                        "alone/web",
	} {
		if got, err := registry.Name(image); err != nil || got != want {
			t.Errorf("%s: got %q, error %v, want %q", image, got, err, want)
		}
	}
	if _, err := registry.Name("Not A Name"); err == nil {
		t.Error("that is no name")
	}
}

const digits = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestPrefixes(t *testing.T) {
	for written, want := range map[string][]string{
		"docker.io":                 {"docker.io"},
		"Docker.io":                 {"docker.io"},
		"index.docker.io":           {"docker.io"},
		"busybox":                   {"docker.io/busybox", "docker.io/library/busybox"},
		"docker.io/busybox":         {"docker.io/busybox", "docker.io/library/busybox"},
		"Index.docker.io/busybox":   {"docker.io/busybox", "docker.io/library/busybox"},
		"docker.io/library":         {"docker.io/library"},
		"library/busybox":           {"docker.io/library/busybox"},
		"docker.io/library/busybox": {"docker.io/library/busybox"},
		"acme/web":                  {"docker.io/acme/web"},
		"R.example:5000":            {"r.example:5000"},
		"R.example:5000/shop":       {"r.example:5000/shop"},
		"registry:5000/shop":        {"registry:5000/shop"},
		"Alone/shop":                {"alone/shop"},
		"localhost":                 {"localhost"},
		"localhost:5000/a/b":        {"localhost:5000/a/b"},
		"[::1]:5000":                {"[::1]:5000"},
	} {
		if got, err := registry.Prefixes(written); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, error %v, want %q", written, got, err, want)
		}
	}
	for _, written := range []string{
		"", " ", "/", "r.example/", "/shop", "r.example/*", "https://r.example", "busybox:stable", "redis:7", "docker.io/library/busybox:stable",
		"r.example/web@sha256:" + digits, "sha256:" + digits, "r.example:stable", "r.example/Shop", "Shop", "a__b.example", "localhosts:1/*",
	} {
		if got, err := registry.Prefixes(written); err == nil {
			t.Errorf("%q gives %q", written, got)
		}
	}
}

func TestWithin(t *testing.T) {
	for _, tt := range []struct {
		repository, prefix string
		want               bool
	}{
		{"docker.io/library/redis", "docker.io", true},
		{"docker.io/library/redis", "docker.io/library", true},
		{"docker.io/library/redis", "docker.io/library/redis", true},
		{"docker.io/library/redis", "docker.io/lib", false},
		{"docker.io.example/redis", "docker.io", false},
		{"r.example:5000/web", "r.example", false},
	} {
		if got := registry.Within(tt.repository, tt.prefix); got != tt.want {
			t.Errorf("%s within %s: got %v", tt.repository, tt.prefix, got)
		}
	}
}

func TestHowARegistryIsReached(t *testing.T) {
	for name, plain := range map[string]bool{
		"127.0.0.1:5000/web": true, "localhost:5000/web": true, "[::1]:5000/web": true,
		"registry.example:5000/web": false, "docker.io/library/redis": false, "localhost.example/web": false,
	} {
		repository, err := registry.Logins(nil).Repository(name)
		if err != nil || repository.PlainHTTP != plain {
			t.Errorf("%s: without TLS is %v, error %v", name, !plain, err)
		}
	}
}
