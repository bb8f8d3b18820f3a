package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/volume"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// vaultOptions make of a volume a filesystem in memory, which is there while a
// container that mounts it runs.
var vaultOptions = map[string]string{"type": "tmpfs", "device": "tmpfs", "o": "mode=0755,nosuid,nodev,noexec"}

// performOnVault does the ops on vaults, and leaves the others.
func (e *Engine) performOnVault(ctx context.Context, scope topology.Scope, op plan.Op) error {
	switch op := op.(type) {
	case plan.CreateVault:
		return e.createVault(ctx, scope, op)
	case plan.RemoveVault:
		return e.removeVolume(ctx, scope, op.Name, kindVault)
	case plan.FillVault:
		return e.fillVault(ctx, scope, op)
	}
	return e.performServing(ctx, scope, op)
}

func (e *Engine) createVault(ctx context.Context, scope topology.Scope, op plan.CreateVault) error {
	return e.claimVolume(ctx, scope, volume.CreateOptions{
		Name: op.Vault.Name, DriverOpts: maps.Clone(vaultOptions), Labels: scopeLabels(scope, kindVault, op.Vault.Address),
	}, labelKind, labelOwner)
}

// fillVault writes secrets through the keeper that holds the vault open, as an
// archive: the engine unpacks it where the vault is mounted, and keeps nothing of it.
func (e *Engine) fillVault(ctx context.Context, scope topology.Scope, op plan.FillVault) error {
	done, err := e.own(ctx, scope, topology.KeeperName(op.Vault))
	if err == nil && done.State.Running && !hasEnded(done.State) {
		return nil
	}
	if err != nil && !errdefs.IsNotFound(err) {
		return err
	}
	c, err := e.own(ctx, scope, topology.FillingName(op.Vault))
	if err != nil {
		return err
	}
	if !c.State.Running {
		return classed{fmt.Sprintf("container %q does not run", c.name()), errdefs.ErrFailedPrecondition}
	}
	files, err := archiveOf(op.Secrets)
	if err != nil {
		return err
	}
	e.mu.Lock()
	e.filled[op.Vault] = op.Secrets
	e.mu.Unlock()
	err = e.do(ctx, e.slow(), fmt.Sprintf("copy to container %q", c.name()), func(ctx context.Context) error {
		return e.client.CopyToContainer(ctx, c.ID, topology.SecretsPath, files, container.CopyToContainerOptions{})
	})
	if err != nil {
		return err
	}
	return e.renameInstance(ctx, scope, plan.RenameInstance{From: c.name(), To: topology.KeeperName(op.Vault)})
}

// archiveOf is a tar archive of secrets, each a file that every user of an instance reads.
func archiveOf(secrets map[string]topology.Secret) (*bytes.Buffer, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		value, known := secrets[name].Value()
		if !known {
			return nil, classed{fmt.Sprintf("the value of secret %q is not known", name), errdefs.ErrFailedPrecondition}
		}
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o444, Size: int64(len(value))}); err != nil {
			return nil, fmt.Errorf("secret %q: %w", name, err)
		}
		_, _ = w.Write([]byte(value)) // to memory
	}
	return &out, w.Close()
}

// keeperOf reads the container that holds a vault open.
func keeperOf(c listed) (topology.Keeper, error) {
	k := topology.Keeper{ID: c.ID, Vault: c.Labels[labelVault], Status: statusListed(c.State)}
	for _, name := range c.Names {
		k.Name = strings.TrimPrefix(name, "/")
	}
	l := labelReader{labels: c.Labels}
	l.owner(&k.Address)
	return k, l.wrap("container", k.Name)
}

// readKeeper counts a keeper that has ever ended as exited: where it runs again,
// it is without what it held.
func (e *Engine) readKeeper(ctx context.Context, k *topology.Keeper) error {
	c, err := e.inspect(ctx, k.ID)
	if errdefs.IsNotFound(err) || err == nil && hasEnded(c.State) {
		k.Status = topology.StatusExited
		return nil
	}
	return err
}

// hasEnded reports whether a container has ended since it was made, whatever it
// is now. One that has not tells the zero time.
func hasEnded(s *state) bool {
	at, err := time.Parse(time.RFC3339Nano, s.FinishedAt)
	return err == nil && !at.IsZero()
}

// statusListed is the state of a container as a list has it: whether it runs.
func statusListed(state container.ContainerState) topology.Status {
	switch state {
	case container.StateRunning:
		return topology.StatusRunning
	case container.StateCreated:
		return topology.StatusCreated
	}
	return topology.StatusExited
}

// vaultOf reads a volume for secrets.
func vaultOf(f *volume.Volume) (topology.Vault, error) {
	v := topology.Vault{Name: f.Name}
	l := labelReader{labels: f.Labels}
	l.owner(&v.Address)
	return v, l.wrap("volume", f.Name)
}
