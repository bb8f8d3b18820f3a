package docker

import (
	"context"
	"net"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
)

// attached is what the engine answers when a command is started in a container.
type attached struct {
	stream types.HijackedResponse
	err    error
}

// dialled is the key of a context under which a connection is handed over that is
// made with it.
type dialled struct{}

// handingOver makes connections as dial does, and hands them to who asks for them.
func handingOver(dial dialer) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if to, asked := ctx.Value(dialled{}).(chan net.Conn); asked && err == nil {
			to <- conn
		}
		return conn, err
	}
}

type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// attachExec starts a command that was made, and returns what it reads and writes.
// The client waits for the answer whatever becomes of the context, so its
// connection is closed when that ends.
func (e *Engine) attachExec(ctx context.Context, name, id string) (types.HijackedResponse, error) {
	return call(ctx, e, e.ReadTimeout, name, func(ctx context.Context) (types.HijackedResponse, error) {
		conns, answers := make(chan net.Conn, 1), make(chan attached, 1)
		go func() {
			stream, err := e.client.ContainerExecAttach(context.WithValue(ctx, dialled{}, conns), id, container.ExecAttachOptions{})
			answers <- attached{stream, err}
		}()
		select {
		case a := <-answers:
			return a.stream, a.err
		case <-ctx.Done():
		}
		select {
		case conn := <-conns:
			conn.Close()
		default: // over TLS the client makes its own
		}
		go func() {
			if late := <-answers; late.err == nil {
				late.stream.Close()
			}
		}()
		return types.HijackedResponse{}, ctx.Err()
	})
}
