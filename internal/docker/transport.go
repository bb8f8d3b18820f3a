package docker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/docker/cli/cli/connhelper"
	"github.com/docker/docker/client"
	"github.com/docker/go-connections/tlsconfig"
)

// parallelLogins bounds how many connections over ssh are made at once: from ten
// that have not logged in a server refuses some, by its default MaxStartups.
const parallelLogins = 4

// connection is how an endpoint is connected to: what the client is told, and what
// it then makes its calls with.
type connection struct {
	transport *http.Transport
	options   []client.Opt
}

func connectionTo(host string, transport *http.Transport, options ...client.Opt) connection {
	through := client.WithHTTPClient(&http.Client{Transport: transport, CheckRedirect: client.CheckRedirect})
	return connection{transport, append([]client.Opt{through, client.WithHost(host)}, options...)}
}

// connection returns how to connect to an endpoint.
func (at endpoint) connection() (connection, error) {
	scheme, _, _ := strings.Cut(at.host, "://")
	switch {
	case withPassword.MatchString(at.host):
		return connection{}, errors.New("an address is shown, and no place for a password")
	case scheme == "ssh" && at.tls == TLS{}:
		return overSSH(at.host)
	case overTCP(at.host) && withoutPort(at.host):
		return connection{}, errors.New("it has no port: an engine listens at 2376 for TLS, and at 2375 without")
	case at.tls != TLS{} && overTCP(at.host):
		return overTLS(at)
	case at.tls != TLS{}:
		return connection{}, fmt.Errorf("tls is for an engine at a tcp:// address, and this is %s", at.host)
	case strings.HasPrefix(at.host, "unix://"), strings.HasPrefix(at.host, "npipe://"), overTCP(at.host):
		return connectionTo(at.host, keeping()), nil
	}
	return connection{}, errors.New("no engine listens so: want such as unix:///var/run/docker.sock, tcp://engine.example:2376 or ssh://me@engine.example")
}

// withoutPort reports whether an address that can be read names no port.
func withoutPort(host string) bool {
	u, err := url.Parse(host)
	return err == nil && u.Port() == ""
}

func overTLS(at endpoint) (connection, error) {
	config, err := tlsconfig.Client(tlsconfig.Options{
		CAFile: at.tls.CA, CertFile: at.tls.Cert, KeyFile: at.tls.Key, ExclusiveRootPools: true, InsecureSkipVerify: at.tls.unverified,
	})
	if err != nil {
		return connection{}, fmt.Errorf("tls: %w", err)
	}
	transport := keeping()
	transport.TLSClientConfig = config
	return connectionTo(at.host, transport), nil
}

// overSSH has the user's ssh program connect, which knows the user's agent, hosts
// and settings. It never asks: several connections are made at once, and
// Terraform has the terminal.
func overSSH(host string) (connection, error) {
	helper, err := connhelper.GetConnectionHelperWithSSHOpts(host, []string{"-o BatchMode=yes", "-o ConnectTimeout=15"})
	if err != nil {
		return connection{}, err
	}
	places := make(chan struct{}, parallelLogins)
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		leave := sync.OnceFunc(func() { <-places })
		conn, err := helper.Dialer(ctx, network, address)
		if err != nil {
			leave()
			return nil, sshError{err}
		}
		return &sshConn{conn, leave}, nil
	}
	return connectionTo(helper.Host, keeping(), client.WithDialContext(dial)), nil
}

// sshConn is a connection over ssh, which is made until the first byte comes.
type sshConn struct {
	net.Conn
	made func()
}

func (c *sshConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.made()
	if err != nil && strings.Contains(err.Error(), sshSaid) {
		err = sshError{err}
	}
	return n, err
}

func (c *sshConn) Close() error {
	c.made()
	return c.Conn.Close()
}

// CloseWrite ends what is written, as the client of a hijacked call does.
func (c *sshConn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return nil
	}
	return half.CloseWrite()
}

// sshSaid is what precedes the words of ssh in an error of the connection.
const sshSaid = "stderr="

// sshError is what ended the ssh program.
type sshError struct{ err error }

func (e sshError) Error() string {
	_, said, _ := strings.Cut(e.err.Error(), sshSaid)
	lines := cleanLines(said)
	if len(lines) == 0 {
		return "ssh: " + e.err.Error()
	}
	return "ssh: " + strings.TrimPrefix(lines[len(lines)-1], "ssh: ")
}

func (e sshError) Unwrap() error { return e.err }

// hint says what to do about it, at a host: nothing where a shell would take its name
// for something else.
func (e sshError) hint(host string) string {
	u, err := url.Parse(host)
	if err != nil {
		return ""
	}
	who := u.Hostname()
	if u.User != nil {
		who = u.User.Username() + "@" + who
	}
	if strings.HasPrefix(who, "-") || strings.ContainsFunc(who, notInNames) {
		return ""
	}
	if u.Port() != "" {
		who = "-p " + u.Port() + " " + who
	}
	return "See that this works without a question: ssh " + who + " docker version"
}

func notInNames(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-._:@", r)
}

// keeping returns a transport that keeps what is dear to make: a connection for
// each read that may go on at once.
func keeping() *http.Transport {
	return &http.Transport{MaxIdleConns: parallelReads, MaxIdleConnsPerHost: parallelReads, IdleConnTimeout: 30 * time.Second}
}
