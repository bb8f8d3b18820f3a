package testenv

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"
	wire "github.com/docker/docker/api/types/registry"
	"github.com/docker/docker/client"
	"golang.org/x/crypto/bcrypt"
)

// Distribution is a real registry: Debian's docker-registry on the loopback,
// which lets in one user. The engine takes any certificate of the loopback.
type Distribution struct {
	Host               string // what the names of its images begin with
	Username, Password string

	docker *client.Client
}

// NewDistribution starts a registry, over TLS if it is given an authority, until
// the test ends; then all that is called an image of it is removed.
func NewDistribution(tb testing.TB, over *Authority) *Distribution {
	tb.Helper()
	env := Require(tb)
	program, err := distributionProgram(tb.Context())
	if err != nil {
		tb.Fatalf("registry: %v", err)
	}
	d := &Distribution{Host: freeAddress(tb), Username: "bot", Password: "a word that only tests have", docker: env.Docker}
	config, base := d.write(tb, over), "http://"
	if over != nil {
		base = "https://"
	}
	startUntilEnd(tb, exec.Command(program, "serve", config))
	insecure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	Eventually(tb, 20*time.Second, "registry", func() error {
		resp, err := insecure.Get(base + d.Host + "/v2/")
		if err != nil {
			return err
		}
		return resp.Body.Close()
	})
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), removalLimit)
		defer cancel()
		if err := (&Registry{Host: d.Host}).removeImages(ctx, env.Docker); err != nil {
			tb.Errorf("images of %s: %v", d.Host, err)
		}
	})
	return d
}

// write writes the registry's configuration and returns the name of the file.
func (d *Distribution) write(tb testing.TB, over *Authority) string {
	tb.Helper()
	dir, secured := tb.TempDir(), ""
	hash, err := bcrypt.GenerateFromPassword([]byte(d.Password), bcrypt.MinCost)
	if err != nil {
		tb.Fatal(err)
	}
	if over != nil {
		certificates := over.Write("registry")
		secured = fmt.Sprintf("  tls: {certificate: %[1]s/cert.pem, key: %[1]s/key.pem}\n", certificates)
	}
	config := fmt.Sprintf("version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %[1]s/data}, delete: {enabled: true}}\n"+
		"http:\n  addr: %[2]s\n%[3]sauth: {htpasswd: {realm: test, path: %[1]s/users}}\n", dir, d.Host, secured)
	for name, text := range map[string]string{"users": d.Username + ":" + string(hash) + "\n", "config.yml": config} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return filepath.Join(dir, "config.yml")
}

// Push puts an image of the engine into the registry as the user, under a name
// such as "shop:1", forgets it on the engine under that name, and returns its digest.
func (d *Distribution) Push(tb testing.TB, local, name string) (digest string) {
	tb.Helper()
	digest, err := d.push(tb.Context(), local, d.Host+"/"+name)
	if err != nil {
		tb.Fatalf("push %s: %v", name, err)
	}
	return digest
}

func (d *Distribution) push(ctx context.Context, local, name string) (digest string, err error) {
	if err := d.docker.ImageTag(ctx, local, name); err != nil {
		return "", err
	}
	header, err := wire.EncodeAuthConfig(wire.AuthConfig{Username: d.Username, Password: d.Password})
	if err != nil {
		return "", err
	}
	stream, err := d.docker.ImagePush(ctx, name, image.PushOptions{RegistryAuth: header})
	if err != nil {
		return "", err
	}
	defer stream.Close()
	if digest, err = pushed(stream); err != nil {
		return "", err
	}
	_, err = d.docker.ImageRemove(ctx, name, image.RemoveOptions{})
	return digest, err
}

// pushed reads the engine's account of a push to its end.
func pushed(stream io.Reader) (digest string, err error) {
	for lines := json.NewDecoder(stream); ; {
		var line struct {
			Error string `json:"error"`
			Aux   struct{ Digest string }
		}
		switch err := lines.Decode(&line); {
		case errors.Is(err, io.EOF):
			return digest, nil
		case err != nil:
			return "", err
		case line.Error != "":
			return "", errors.New(line.Error)
		case line.Aux.Digest != "":
			digest = line.Aux.Digest
		}
	}
}

// distributionProgram returns the path of docker-registry, which is unpacked from
// Debian's package where there is none.
func distributionProgram(ctx context.Context) (program string, err error) {
	const name = "docker-registry"
	if program, err := exec.LookPath(name); err == nil {
		return program, nil
	}
	err = withLock(ctx, name, func(dir string) error {
		program = filepath.Join(dir, name, "usr", "bin", name)
		if _, err := os.Stat(program); err == nil {
			return nil
		}
		if err := requireDebian(); err != nil {
			return fmt.Errorf("there is no %s, and %w", name, err)
		}
		refresh(ctx)
		versions, err := available(ctx, []string{name})
		if err != nil {
			return err
		}
		if versions[name] == "" {
			return fmt.Errorf("the distribution has no package %s", name)
		}
		return unpack(ctx, dir, filepath.Join(dir, name), []candidate{{name, versions[name]}})
	})
	return program, err
}
