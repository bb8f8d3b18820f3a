package docker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/containerd/errdefs"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// call makes one call to the engine within a limit of time. Its error starts
// with the call's name, unless that is empty because a step's op names it, and
// keeps the class that errdefs sees.
func call[T any](ctx context.Context, e *Engine, limit time.Duration, name string, do func(context.Context) (T, error)) (value T, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, noAnswer{limit})
	defer cancel()
	if err = e.negotiate(ctx); err != nil {
		name = "ask the engine for the version of its API"
	} else {
		value, err = do(ctx)
		for err != nil && e.isBack(ctx, err) {
			value, err = do(ctx)
		}
	}
	if err == nil {
		return value, nil
	}
	if err = e.explain(ctx, err); name != "" {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return value, err
}

// list is call for lists. Where one is not found, that says nothing of what would
// be in it: its error is not of the class of what is absent.
func list[T any](ctx context.Context, e *Engine, name string, do func(context.Context) (T, error)) (T, error) {
	value, err := call(ctx, e, e.ReadTimeout, name, do)
	if errdefs.IsNotFound(err) {
		err = classed{err.Error(), errdefs.ErrUnknown}
	}
	return value, err
}

// negotiate settles the API version before the first call. The client would do
// so itself, but some of its calls look at the version before they do.
func (e *Engine) negotiate(ctx context.Context) error {
	if e.negotiated.Load() {
		return nil
	}
	select {
	case e.negotiating <- struct{}{}:
		defer func() { <-e.negotiating }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if e.negotiated.Load() {
		return nil
	}
	ping, err := e.client.Ping(ctx)
	if err != nil {
		return err
	}
	e.client.NegotiateAPIVersionPing(ping)
	e.buildKit = usesBuildKit(ping.BuilderVersion)
	e.negotiated.Store(true)
	return nil
}

// do is call for calls that answer with nothing.
func (e *Engine) do(ctx context.Context, limit time.Duration, name string, do func(context.Context) error) error {
	_, err := call(ctx, e, limit, name, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, do(ctx)
	})
	return err
}

// noAnswer is the cause of a call's end when its time is up.
type noAnswer struct{ limit time.Duration }

func (n noAnswer) Error() string { return fmt.Sprintf("no answer within %s", n.limit) }
func (n noAnswer) Unwrap() error { return context.DeadlineExceeded }

// explain says what went wrong in the words of this program.
func (e *Engine) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if broken := brokenBy(err); broken != nil {
		return fmt.Errorf("the engine at %s closed the connection before it had answered: %w", e.host, broken)
	}
	var ssh sshError
	if isNotConnected(err) || errors.As(err, &ssh) {
		return unreachable{e.host, err}
	}
	if answered := (answer{err}); !speaksTLS(answered) {
		return answered
	}
	return unreachable{e.host, errPlain}
}

// brokenBy returns what ended a connection that there was, nil for any other error.
func brokenBy(err error) error {
	for _, broken := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, broken) {
			return broken
		}
	}
	return nil
}

// errPlain is the error of a connection without TLS to an engine that wants it.
var errPlain = errors.New("it speaks TLS, and no certificates are given: " +
	"set tls on the provider, or DOCKER_TLS_VERIFY and DOCKER_CERT_PATH")

// speaksTLS reports whether an answer is what a server says to those who do not.
func speaksTLS(said answer) bool {
	return errdefs.IsInvalidArgument(said.err) && strings.Contains(said.Error(), "HTTP request to an HTTPS server")
}

// unreachable is an engine that no connection can be made to.
type unreachable struct {
	host string
	err  error
}

func (u unreachable) Error() string {
	if reason := u.reason(); reason != nil {
		return fmt.Sprintf("cannot reach the engine at %s: %s", u.host, reason)
	}
	return fmt.Sprintf("no engine answers at %s: is it running?", u.host)
}

// reason is what of the error tells more than that there is no connection.
func (u unreachable) reason() error {
	var errno syscall.Errno
	var ssh sshError
	var untrusted *tls.CertificateVerificationError
	var refused *net.OpError
	switch {
	case errors.As(u.err, &ssh):
		return ssh
	case errors.As(u.err, &untrusted):
		return untrusted
	case errors.As(u.err, &refused) && refused.Op == "remote error": // a TLS alert
		return fmt.Errorf("it refuses the client's certificate: %w", refused.Err)
	case errors.As(u.err, &errno):
		return errno
	case errors.Is(u.err, errPlain):
		return errPlain
	}
	return nil
}

// Hint says what to do where that is not to start the engine.
func (u unreachable) Hint() string {
	var ssh sshError
	if errors.As(u.err, &ssh) {
		return ssh.hint(u.host)
	}
	if socket, is := strings.CutPrefix(u.host, "unix://"); is && !strings.HasPrefix(socket, "/") {
		return "The path of that socket is relative: an absolute one has three slashes, as in unix:///var/run/docker.sock."
	}
	return ""
}

func (u unreachable) Unwrap() []error {
	return []error{u.err, errdefs.ErrUnavailable, apply.ErrUnreachable}
}

// answer is an error that the engine itself answered with. What it says may be
// what a container or a registry said: it is told in one line, harmless to show.
type answer struct{ err error }

func (a answer) Error() string {
	return inLine(veilMount(strings.TrimPrefix(a.err.Error(), "Error response from daemon: ")))
}

// veilMount returns what an engine said without the secrets in the options of a
// mount that failed: it says them after "data:", and the reason last.
func veilMount(said string) string {
	before, after, failed := strings.Cut(said, ", data: ")
	end := strings.LastIndex(after, ": ")
	if !failed || end < 0 {
		return said
	}
	return before + ", data: " + topology.VeilMount(after[:end]) + after[end:]
}

func (a answer) Unwrap() error { return a.err }
