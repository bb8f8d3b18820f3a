package testenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// errLocked is what tryLock answers while another process holds the lock.
var errLocked = errors.New("held by another process")

// cacheDir is where locks, logs and downloaded packages are kept between runs:
// BAYPLAN_TESTENV_CACHE, or bayplan-testenv in the user's cache directory.
func cacheDir() (string, error) {
	dir := os.Getenv("BAYPLAN_TESTENV_CACHE")
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("test environment cache: %w", err)
		}
		dir = filepath.Join(user, "bayplan-testenv")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("test environment cache: %w", err)
	}
	return dir, nil
}

// withLock runs fn while no other process, and no other call in this one, holds
// the lock of that name. It waits for the lock until ctx ends.
func withLock(ctx context.Context, name string, fn func(dir string) error) error {
	dir, err := cacheDir()
	if err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(dir, name+".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("lock %s: %w", name, err)
	}
	defer file.Close() // closing the only descriptor releases the lock
	err = poll(ctx, 100*time.Millisecond, func() error { return tryLock(file) })
	if err != nil {
		return fmt.Errorf("lock %s: %w", name, err)
	}
	return fn(dir)
}
