package docker

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/containerd/errdefs/pkg/errhttp"
	"github.com/docker/docker/client"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// direct reads from the engine beside the client, over the client's connections.
type direct struct {
	transport *http.Transport
	address   url.URL // of the API, without its version
	host      string  // what the engine is called, where the address does not say
}

func directly(c *client.Client, transport *http.Transport) (direct, error) {
	at, err := client.ParseHostURL(c.DaemonHost())
	if err != nil {
		return direct{}, err
	}
	d := direct{transport: transport, address: url.URL{Scheme: "http", Host: at.Host, Path: at.Path}}
	if transport.TLSClientConfig != nil {
		d.address.Scheme = "https"
	}
	if at.Scheme == "unix" || at.Scheme == "npipe" {
		d.host = client.DummyHost
	}
	return d, nil
}

// asWritten has texts be what they are, as the client has them.
var asWritten = json.JoinOptions(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))

// get reads what the engine has at a path of its API: as much of it as the type
// names. The client reads all into types of hundreds of fields; of thousands of
// containers, that is most of what a plan takes. An error is of the class of the client's.
func get[T any](ctx context.Context, e *Engine, path string, query url.Values) (value T, err error) {
	at := e.direct.address
	at.Path = strings.TrimSuffix(at.Path, "/") + "/v" + e.client.ClientVersion() + path
	at.RawQuery = query.Encode()
	request := http.Request{Method: http.MethodGet, URL: &at, Host: cmp.Or(e.direct.host, at.Host), Header: http.Header{}}
	response, err := e.direct.transport.RoundTrip(request.WithContext(ctx))
	if err != nil {
		return value, notConnected{err}
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return value, refusal(response)
	}
	err = json.UnmarshalRead(response.Body, &value, asWritten)
	return value, err
}

// refusal is the error that an engine answered with.
func refusal(response *http.Response) error {
	const most = 1 << 20
	text, err := io.ReadAll(io.LimitReader(response.Body, most))
	if err != nil {
		return err
	}
	var said struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(text, &said, asWritten) != nil {
		said.Message = string(text) // of something in between
	}
	return classed{cmp.Or(strings.TrimSpace(said.Message), response.Status), errhttp.ToNative(response.StatusCode)}
}

// notConnected is the error of a call that no engine answered.
type notConnected struct{ error }

func (n notConnected) Unwrap() error { return n.error }

// isNotConnected reports whether no engine answered a call.
func isNotConnected(err error) bool {
	_, is := errors.AsType[notConnected](err)
	return is || client.IsErrConnectionFailed(err)
}
