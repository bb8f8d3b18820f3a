package testenv_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// through returns a client that reaches the engine by way of the proxy.
func through(t *testing.T, p *testenv.Proxy) *client.Client {
	t.Helper()
	docker, err := client.NewClientWithOpts(client.WithHost(p.Host()), client.WithVersion("1.41"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { docker.Close() })
	return docker
}

// faulty returns a proxy that takes an action on creating a volume, a client of
// it, and a function that creates the volume by way of it.
func faulty(t *testing.T, action testenv.Action) (*testenv.Proxy, string, func(context.Context) error) {
	t.Helper()
	name := testenv.Project(t)
	p := testenv.NewProxy(t, func(c testenv.Call) testenv.Action {
		if c.Key() == "POST /volumes/create" {
			return action
		}
		return testenv.Forward()
	})
	docker := through(t, p)
	return p, name, func(ctx context.Context) error {
		_, err := docker.VolumeCreate(ctx, volume.CreateOptions{
			Name: name, Labels: map[string]string{testenv.ProjectLabel: name},
		})
		return err
	}
}

// exists says whether the engine has a volume.
func exists(t *testing.T, name string) bool {
	t.Helper()
	_, err := testenv.Require(t).Docker.VolumeInspect(t.Context(), name)
	if err != nil && !errdefs.IsNotFound(err) {
		t.Fatal(err)
	}
	return err == nil
}

func TestProxyCounts(t *testing.T) {
	t.Parallel()
	p, name, create := faulty(t, testenv.Forward())
	docker := through(t, p)
	if err := create(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := docker.VolumeInspect(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	counts := p.Counts()
	if counts["POST /volumes/create"] != 1 || counts["GET /volumes/{id}"] != 2 || len(counts) != 2 {
		t.Errorf("counted %v", counts)
	}
	calls := p.Calls()
	last := calls[len(calls)-1]
	if last.Seq != 3 || !last.Read || last.Target != "/volumes/"+name || last.Status != 200 || last.Bytes == 0 {
		t.Errorf("last call: %+v", last)
	}
	if w := p.Writes(); len(w) != 1 || w[0].Status != 201 {
		t.Errorf("writes: %+v", w)
	}
	if total := calls[0].Bytes + calls[1].Bytes + calls[2].Bytes; p.Bytes() != total {
		t.Errorf("%d bytes in all, %d in the calls", p.Bytes(), total)
	}
	p.Reset()
	if len(p.Calls()) != 0 || p.Bytes() != 0 {
		t.Error("calls remain after a reset")
	}
}

func TestProxyStatus(t *testing.T) {
	t.Parallel()
	p, name, create := faulty(t, testenv.Status(500))
	if err := create(t.Context()); !errdefs.IsInternal(err) {
		t.Errorf("got %v, want an internal error", err)
	}
	if exists(t, name) {
		t.Error("the engine saw the call")
	}
	if w := p.Writes(); len(w) != 1 || w[0].Status != 500 {
		t.Errorf("writes: %+v", w)
	}
}

func TestProxyHang(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	_, name, create := faulty(t, testenv.Hang().After(func() { close(gone) }))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := create(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
	select {
	case <-gone:
	case <-time.After(20 * time.Second):
		t.Error("nobody is told that the client has gone")
	}
	if exists(t, name) {
		t.Error("the engine saw the call")
	}
}

func TestProxyDrop(t *testing.T) {
	t.Parallel()
	p, name, create := faulty(t, testenv.Drop())
	if err := create(t.Context()); err == nil || errdefs.IsInternal(err) {
		t.Errorf("got %v, want a broken connection", err)
	}
	if exists(t, name) {
		t.Error("the engine saw the call")
	}
	if w := p.Writes(); len(w) != 1 || w[0].Status != 0 {
		t.Errorf("writes: %+v", w)
	}
}

func TestProxyDropAfter(t *testing.T) {
	t.Parallel()
	p, name, create := faulty(t, testenv.DropAfter())
	if err := create(t.Context()); err == nil {
		t.Error("the answer was delivered")
	}
	if !exists(t, name) {
		t.Error("the engine did not see the call")
	}
	if w := p.Writes(); len(w) != 1 || w[0].Status != 0 || w[0].Bytes != 0 {
		t.Errorf("writes: %+v", w)
	}
}

// A client that goes away before its call is forwarded does not stop it.
func TestProxyDropAfterClientIsGone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	answered := make(chan struct{})
	action := testenv.DropAfter().Before(cancel).After(func() { close(answered) })
	_, name, create := faulty(t, action)
	if err := create(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the cancellation", err)
	}
	select {
	case <-answered:
	case <-time.After(20 * time.Second):
		t.Fatal("the engine did not answer")
	}
	if !exists(t, name) {
		t.Error("the engine did not finish the call")
	}
}

func TestProxyCallbacks(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []string
	note := func(s string) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, s)
	}
	var name string
	look := func(when string) func() {
		return func() {
			if exists(t, name) {
				when += ": made"
			}
			note(when)
		}
	}
	_, name, create := faulty(t, testenv.Forward().Before(look("before")).After(look("after")))
	if err := create(t.Context()); err != nil {
		t.Fatal(err)
	}
	note("delivered")
	if got := strings.Join(seen, ", "); got != "before, after: made, delivered" {
		t.Error(got)
	}
}

func TestProxySetHook(t *testing.T) {
	t.Parallel()
	p, name, create := faulty(t, testenv.Status(503))
	if err := create(t.Context()); err == nil {
		t.Error("the call was not refused")
	}
	p.SetHook(nil)
	if err := create(t.Context()); err != nil || !exists(t, name) {
		t.Errorf("the call was not forwarded: %v", err)
	}
}

// Exec is a connection that turns into a raw stream in both directions.
func TestProxyStreams(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := testenv.NewProxy(t, nil)
	docker := through(t, p)
	id := b.start(spec{image: "busybox:stable", command: []string{"sh", "-c", "echo started; exec sleep 600"}})
	made, err := docker.ContainerExecCreate(t.Context(), id, container.ExecOptions{
		Cmd: []string{"sort"}, AttachStdin: true, AttachStdout: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := docker.ContainerExecAttach(t.Context(), made.ID, container.ExecAttachOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if _, err := io.WriteString(stream.Conn, "pear\napple\n"); err != nil {
		t.Fatal(err)
	}
	if err := stream.CloseWrite(); err != nil { // sort answers once its input ends
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := stdcopy.StdCopy(&out, io.Discard, stream.Reader); err != nil {
		t.Fatal(err)
	}
	if out.String() != "apple\npear\n" {
		t.Errorf("got %q", out.String())
	}
	counts := p.Counts()
	if counts["POST /containers/{id}/exec"] != 1 || counts["POST /exec/{id}/start"] != 1 {
		t.Errorf("counted %v", counts)
	}
}

// A log that is followed arrives line by line, not when it ends.
func TestProxyFlushes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	docker := through(t, testenv.NewProxy(t, nil))
	id := b.start(spec{image: "busybox:stable", command: []string{"sh", "-c", "echo started; exec sleep 600"}})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	logs, err := docker.ContainerLogs(ctx, id, container.LogsOptions{ShowStdout: true, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	defer logs.Close()
	line := make([]byte, 8+len("started\n")) // a header of eight bytes precedes it
	if _, err := io.ReadFull(logs, line); err != nil || !strings.HasSuffix(string(line), "started\n") {
		t.Errorf("got %q, %v", line, err)
	}
}

// Of an answer that is cut half is delivered, and none of one without a body.
func TestProxyCut(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	host := testenv.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if r.URL.Path == "/text" {
			_, _ = io.WriteString(w, "0123456789")
		}
	}))
	p := testenv.ProxyTo(t, host, func(testenv.Call) testenv.Action { return testenv.Cut() })
	web := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", strings.TrimPrefix(p.Host(), "unix://"))
	}}}
	answer, err := web.Get("http://engine/text")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); string(text) != "01234" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("delivered %q, %v", text, err)
	}
	if answer, err := web.Post("http://engine/nothing", "", nil); err == nil {
		answer.Body.Close()
		t.Error("an answer without a body was delivered")
	}
	if calls.Load() != 2 {
		t.Errorf("%d calls were done, not 2", calls.Load())
	}
}

// A call that is held does not outlast its client.
func TestProxyDelay(t *testing.T) {
	t.Parallel()
	_, name, create := faulty(t, testenv.Delay(time.Hour))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := create(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the end of the client's patience", err)
	}
	if exists(t, name) {
		t.Error("the engine saw the call")
	}
}
