package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/volume"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

const (
	kindLock  = "lock"
	labelLock = "io.bayplan.lock" // JSON of who holds it
)

var _ apply.Locker = (*Engine)(nil)

// lockName names the volume whose existence is the lock of a scope. The dot
// keeps it apart from every declared volume.
func lockName(s topology.Scope) string { return s.Prefix() + "apply.lock" }

// Lock makes the volume that is the lock. Of many that do at once the engine
// lets one make it and shows the others what it made.
func (e *Engine) Lock(ctx context.Context, scope topology.Scope, lock apply.Lock) error {
	said, err := json.Marshal(lock)
	if err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	labels := scopeLabels(scope, kindLock, topology.Address{})
	labels[labelLock] = string(said)
	name := lockName(scope)
	found, err := e.makeVolume(ctx, "lock", volume.CreateOptions{
		Name: name, Driver: localDriver, DriverOpts: spared, Labels: labels,
	})
	if err == nil {
		err = heldBy(found, scope, lock.ID)
	}
	if err == nil {
		e.snapshot(scope).drop() // it may be from before the last holder was done
	}
	return err
}

// heldBy returns nil when the volume is the lock that has the id.
func heldBy(v volume.Volume, scope topology.Scope, id string) error {
	if !isOurs(v.Labels, scope) || v.Labels[labelKind] != kindLock {
		return fmt.Errorf("%w; when nothing is being applied, remove it: docker volume rm %s", foreign("volume", v.Name, scope), v.Name)
	}
	var holder apply.Lock
	if err := json.Unmarshal([]byte(v.Labels[labelLock]), &holder); err != nil {
		return fmt.Errorf("volume %q: label %s: %w", v.Name, labelLock, err)
	}
	if holder.ID != id {
		return &apply.LockedError{Holder: holder}
	}
	return nil
}

// Holder reads who holds the lock.
func (e *Engine) Holder(ctx context.Context, scope topology.Scope) (apply.Lock, error) {
	found, err := e.inspectVolume(ctx, lockName(scope))
	if errdefs.IsNotFound(err) {
		return apply.Lock{}, nil
	}
	if err == nil {
		err = heldBy(found, scope, "")
	}
	var held *apply.LockedError
	if errors.As(err, &held) {
		return held.Holder, nil
	}
	return apply.Lock{}, err
}

// Unlock removes the volume that is the lock, if it is that of the id.
func (e *Engine) Unlock(ctx context.Context, scope topology.Scope, id string) error {
	found, err := e.inspectVolume(ctx, lockName(scope))
	if errdefs.IsNotFound(err) {
		return nil
	}
	if err == nil {
		err = heldBy(found, scope, id)
	}
	if err != nil {
		return err
	}
	return e.removeVolume(ctx, scope, lockName(scope), kindLock)
}
