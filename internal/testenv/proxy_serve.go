package testenv

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

// passage is one call on its way through the proxy, kept in its context.
type passage struct {
	proxy  *Proxy
	call   *Call
	action Action
}

type passageKey struct{}

// errUndelivered ends a call whose answer is to be dropped.
var errUndelivered = errors.New("answer not delivered")

// handler forwards to an engine, whose URL is as client.ParseHostURL splits it, what the hook does not keep.
func (p *Proxy) handler(engine *url.URL) http.Handler {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", "docker"
		},
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, engine.Scheme, engine.Host)
			},
			DisableCompression:  true,
			MaxIdleConnsPerHost: 64,
			IdleConnTimeout:     5 * time.Second,
		},
		FlushInterval:  -1,
		ModifyResponse: answered,
		ErrorHandler:   undelivered,
		ErrorLog:       log.New(io.Discard, "", 0), // of answers that are cut
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g := p.admit(r)
		g.serve(w, r, forward)
	})
}

// admit records a request and asks the hook about it.
func (p *Proxy) admit(r *http.Request) *passage {
	p.mu.Lock()
	call := newCall(len(p.calls)+1, r)
	p.calls = append(p.calls, &call)
	hook, copied := p.hook, call
	p.mu.Unlock()
	g := &passage{proxy: p, call: &call}
	if hook != nil {
		g.action = hook(copied)
	}
	return g
}

func (g *passage) serve(w http.ResponseWriter, r *http.Request, forward http.Handler) {
	switch g.action.fault {
	case refuse:
		g.refuse(w)
		return
	case hang:
		// The server watches for the client's end once the body is read.
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		if g.action.after != nil {
			g.action.after()
		}
		panic(http.ErrAbortHandler)
	case drop:
		panic(http.ErrAbortHandler)
	}
	if g.action.delay > 0 {
		select {
		case <-time.After(g.action.delay):
		case <-r.Context().Done():
		}
	}
	if g.action.before != nil {
		g.action.before()
	}
	ctx := context.WithValue(r.Context(), passageKey{}, g)
	if g.action.undelivered() {
		// The engine finishes the call even when the client is gone by now.
		detached, cancel := context.WithCancel(context.WithoutCancel(ctx))
		defer cancel()
		defer context.AfterFunc(g.proxy.closing, cancel)()
		ctx = detached
	}
	forward.ServeHTTP(w, r.WithContext(ctx))
}

func (g *passage) refuse(w http.ResponseWriter) {
	body, _ := json.Marshal(map[string]string{"message": "injected fault"})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(g.action.status)
	n, _ := w.Write(body)
	g.deliver(g.action.status, n)
}

// deliver notes the status of an answer and n more bytes of it.
func (g *passage) deliver(status, n int) {
	g.proxy.mu.Lock()
	defer g.proxy.mu.Unlock()
	g.call.Status = status
	g.call.Bytes += int64(n)
}

// answered is called with the engine's answer, before any of it is delivered.
func answered(response *http.Response) error {
	g := response.Request.Context().Value(passageKey{}).(*passage)
	var text []byte
	if g.action.undelivered() && response.StatusCode != http.StatusSwitchingProtocols {
		text, _ = io.ReadAll(response.Body)
	}
	if g.action.after != nil {
		g.action.after()
	}
	switch {
	case g.action.fault == cutShort && len(text) > 1:
		response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(text[:len(text)/2]), broken{}))
	case g.action.undelivered():
		return errUndelivered
	}
	g.deliver(response.StatusCode, 0)
	body := &counted{ReadCloser: response.Body, passage: g, status: response.StatusCode}
	response.Body = body
	if stream, ok := body.ReadCloser.(io.ReadWriteCloser); ok {
		response.Body = &countedStream{counted: body, stream: stream}
	}
	return nil
}

// undelivered reports whether the client gets no answer, or not all of it.
func (a Action) undelivered() bool { return a.fault == dropAfter || a.fault == cutShort }

// broken is the end of an answer that has more.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// undelivered closes the client's connection: an engine that cannot be reached
// looks through the proxy as it does without.
func undelivered(http.ResponseWriter, *http.Request, error) {
	panic(http.ErrAbortHandler)
}

// counted adds what is read of an answer to its call.
type counted struct {
	io.ReadCloser
	passage *passage
	status  int
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	c.passage.deliver(c.status, n)
	return n, err
}

// countedStream is the same for a connection that became a raw stream, which is
// written to and half closed as well.
type countedStream struct {
	*counted
	stream io.ReadWriteCloser
}

func (c *countedStream) Write(b []byte) (int, error) { return c.stream.Write(b) }

// CloseWrite tells the engine that the client's side of the stream has ended.
func (c *countedStream) CloseWrite() error {
	if half, ok := c.stream.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return http.ErrNotSupported
}
