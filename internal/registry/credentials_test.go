package registry_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bayplan/terraform-provider-bayplan/internal/registry"
)

// helper is a credential helper as the docker command runs one: it reads the
// server from its input, and knows two.
const helper = `#!/bin/sh
[ "$1" = get ] || exit 2
read -r server
case "$server" in
safe.example) echo '{"ServerURL":"safe.example","Username":"carol","Secret":"from the helper"}' ;;
token.example) echo '{"ServerURL":"token.example","Username":"<token>","Secret":"a refresh token"}' ;;
*) echo 'credentials not found in native keychain'; exit 1 ;;
esac
`

// write writes the docker command's configuration and has a helper in PATH.
func write(t *testing.T, config string) (file string) {
	t.Helper()
	dir := t.TempDir()
	file = filepath.Join(dir, "config.json")
	for name, text := range map[string]string{file: config, filepath.Join(dir, "docker-credential-test"): helper} {
		if err := os.WriteFile(name, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("DOCKER_CONFIG", dir)
	t.Setenv("DOCKER_AUTH_CONFIG", "")
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	return file
}

func TestFind(t *testing.T) {
	file := write(t, `{
		"auths": {
			"https://index.docker.io/v1/": {"auth": "bWU6c2VjcmV0"},
			"r.example": {"auth": "Ym90OnRva2Vu"},
			"https://s.example/v2/": {"auth": "Ym90OnRva2Vu"}
		},
		"credHelpers": {"safe.example": "test", "token.example": "test", "other.example": "test"}
	}`)
	mine := registry.Logins{"r.example": {Username: "given", Password: "on the provider"}}
	for _, tt := range []struct {
		logins registry.Logins
		host   string
		want   registry.Credentials
	}{
		{nil, "docker.io", registry.Credentials{
			Login: registry.Login{Username: "me", Password: "secret"}, Server: "https://index.docker.io/v1/", Origin: `user "me" of ` + file,
		}},
		{nil, "r.example", registry.Credentials{
			Login: registry.Login{Username: "bot", Password: "token"}, Server: "r.example", Origin: `user "bot" of ` + file,
		}},
		{nil, "s.example", registry.Credentials{
			Login: registry.Login{Username: "bot", Password: "token"}, Server: "s.example", Origin: `user "bot" of ` + file,
		}},
		{mine, "r.example", registry.Credentials{Login: mine["r.example"], Server: "r.example", Origin: `user "given" of registry_auth on the provider`}},
		{nil, "safe.example", registry.Credentials{
			Login: registry.Login{Username: "carol", Password: "from the helper"}, Server: "safe.example",
			Origin: `user "carol" of docker-credential-test (named in ` + file + ")",
		}},
		{nil, "token.example", registry.Credentials{
			IdentityToken: "a refresh token", Server: "token.example", Origin: `a token of docker-credential-test (named in ` + file + ")",
		}},
		{nil, "other.example", registry.Credentials{
			Server: "other.example", Origin: "none for other.example in registry_auth on the provider, nor in docker-credential-test (named in " + file + ")",
		}},
		{mine, "q.example", registry.Credentials{
			Server: "q.example", Origin: "none for q.example in registry_auth on the provider, nor in " + file,
		}},
	} {
		got, err := tt.logins.Find(tt.host)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: error %v, -want +got:\n%s", tt.host, err, diff)
		}
	}
}

func TestFindInAStoreForAll(t *testing.T) {
	file := write(t, `{"credsStore": "test"}`)
	got, err := registry.Logins(nil).Find("safe.example")
	if err != nil || got.Password != "from the helper" || got.Origin != `user "carol" of docker-credential-test (named in `+file+")" {
		t.Errorf("got %+v, error %v", got, err)
	}
	t.Setenv("DOCKER_AUTH_CONFIG", `{"auths": {"safe.example": {"auth": "Ym90OnRva2Vu"}}}`)
	if got, err := registry.Logins(nil).Find("safe.example"); err != nil || got.Username != "bot" {
		t.Errorf("with DOCKER_AUTH_CONFIG got %+v, error %v", got, err)
	}
}

func TestFindFails(t *testing.T) {
	for config, want := range map[string]string{
		`{"credsStore": "nowhere"}`: "credentials for safe.example from docker-credential-nowhere (named in ",
		`{`:                         "config.json: ",
		`{"auths": {"safe.example": {"auth": "not base 64"}}}`: "config.json: ",
	} {
		write(t, config)
		if _, err := registry.Logins(nil).Find("safe.example"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q", config, err, want)
		}
	}
	t.Setenv("DOCKER_CONFIG", filepath.Join(t.TempDir(), "none"))
	if got, err := registry.Logins(nil).Find("safe.example"); err != nil || !got.None() {
		t.Errorf("without a configuration got %+v, error %v", got, err)
	}
}
