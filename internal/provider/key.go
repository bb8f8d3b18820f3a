package provider

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// keySource gives the key that credentials are derived from, and makes one
// when it is first needed and none was given. It is safe for concurrent use.
type keySource struct {
	given  string // in the configuration or the environment
	engine string // its address

	once sync.Once
	key  topology.Key
	err  error
}

// get returns the key.
func (k *keySource) get() (topology.Key, error) {
	k.once.Do(func() { k.key, k.err = k.find() })
	return k.key, k.err
}

func (k *keySource) find() (topology.Key, error) {
	if k.given != "" {
		return topology.Key(k.given), nil
	}
	if err := k.check(); err != nil {
		return nil, err
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return nil, fmt.Errorf("there is no place for a key file: %w; set key on the provider, or BAYPLAN_KEY", err)
	}
	return keyFile(filepath.Join(dir, "bayplan", "key"))
}

// check returns an error when there will be no key: a remote engine is used
// from several machines, and each would make a key of its own.
func (k *keySource) check() error {
	local := k.engine == "" || strings.HasPrefix(k.engine, "unix://") || strings.HasPrefix(k.engine, "npipe://")
	if local || k.given != "" {
		return nil
	}
	return fmt.Errorf("no key is given for the remote engine %s: set key on the provider, or BAYPLAN_KEY, "+
		"to a secret that everyone who applies this configuration has", k.engine)
}

// keyFile reads the key file, and makes it when it is not there. Of several
// that make it at once one wins, and all return the winner's key.
func keyFile(name string) (topology.Key, error) {
	key, err := readKey(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if err := writeKey(name); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("key file: %w", err)
	}
	return readKey(name)
}

func readKey(name string) (topology.Key, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	key := strings.TrimSpace(string(content))
	if key == "" {
		return nil, fmt.Errorf("key file %s is empty: restore it, or remove it to have a new key and new passwords", name)
	}
	return topology.Key(key), nil
}

// writeKey makes a key file in full or not at all: a link to a name that is
// taken fails, and no reader ever sees a part.
func writeKey(name string) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), ".key-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	_, err = fmt.Fprintln(temporary, hex.EncodeToString(secret))
	if err := errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Link(temporary.Name(), name)
}
