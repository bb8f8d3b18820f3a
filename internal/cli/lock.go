package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

const (
	lockPoll    = 500 * time.Millisecond
	unlockLimit = 15 * time.Second
	unlockTries = 3
)

// lock takes the lock of the scope, waiting for it at most as long as is asked
// for, and returns what gives it back.
func (c *command) lock(ctx context.Context, p *project, operation string, patience time.Duration) (release func(), err error) {
	locker, ok := p.Runtime.(apply.Locker)
	if !ok {
		return func() {}, nil
	}
	mine := apply.Lock{ID: strings.ToLower(rand.Text()[:8]), Who: whoami(), Operation: operation, Since: time.Now().UTC().Truncate(time.Second)}
	if err := c.await(ctx, patience, func() error { return locker.Lock(ctx, p.Scope, mine) }); err != nil {
		abandon(ctx, locker, p.Scope, mine.ID, err)
		return nil, err
	}
	p.holds = mine.ID
	return func() {
		if err := unlock(ctx, locker, p.Scope, mine.ID); err != nil {
			c.report(withHint("Give it back with bayplan force-unlock "+mine.ID+".", "unlock: %w", err))
		}
	}, nil
}

// abandon gives back a lock that could not be taken, unless another has it: it
// may have been made and only the answer lost.
func abandon(ctx context.Context, locker apply.Locker, scope topology.Scope, id string, because error) {
	var locked *apply.LockedError
	if errors.As(because, &locked) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlockLimit/unlockTries)
	defer cancel()
	_ = locker.Unlock(ctx, scope, id) // who finds it locked is told how to give it back
}

// unlock gives a lock back, also when the context has ended, and tries again for a
// while when that fails. The lock of another is never taken.
func unlock(ctx context.Context, locker apply.Locker, scope topology.Scope, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlockLimit)
	defer cancel()
	for {
		limited, cancel := context.WithTimeout(ctx, unlockLimit/unlockTries)
		err := locker.Unlock(limited, scope, id)
		cancel()
		var locked *apply.LockedError
		if err == nil || errors.As(err, &locked) || errors.Is(err, apply.ErrUnreachable) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(lockPoll):
		}
	}
}

// await tries to lock until it succeeds, fails otherwise, or patience ends.
func (c *command) await(ctx context.Context, patience time.Duration, try func() error) error {
	deadline, told := time.Now().Add(patience), false
	for {
		err := try()
		var locked *apply.LockedError
		if !errors.As(err, &locked) {
			return err
		}
		if time.Now().After(deadline) {
			return withHint("Wait for it with --lock-timeout 5m or, if its process is gone, bayplan force-unlock "+locked.Holder.ID+".",
				"%w", err)
		}
		if !told {
			fmt.Fprintf(c.err(), "Waiting: %v.\n", err)
			told = true
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(lockPoll):
		}
	}
}

// whoami says who runs the command, where.
func whoami() string {
	name := os.Getenv("USER")
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s@%s, process %d", name, host, os.Getpid())
}

func (c *command) forceUnlockCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "force-unlock ID",
		Short: "Give back the lock of a process that is gone",
		Long: `Force-unlock removes the lock that an apply left behind when it was killed. The ID
is in the message of who found it locked. Never do so while its holder works.`,
		Example: `  bayplan force-unlock k3v9x2aa`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := c.openAnyway(cmd.Context())
			if err != nil {
				return err
			}
			locker, ok := p.Runtime.(apply.Locker)
			if !ok {
				return errors.New("this engine has no locks")
			}
			if err := locker.Unlock(cmd.Context(), p.Scope, args[0]); err != nil {
				return fmt.Errorf("the lock %s is not there: %w", args[0], err)
			}
			fmt.Fprintln(c.out(), "Unlocked.")
			return nil
		},
	}
}
