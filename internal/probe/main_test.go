//go:build linux

package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// binary is the probe, built as it is shipped.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "probe")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "probe")
		build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w -buildid=", "-o", binary, ".")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build probe: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// probe runs the binary with nothing in its environment and returns its exit
// status and what it said.
func probe(t *testing.T, args ...string) (int, string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = []string{}
	cmd.Dir = "/"
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func wantHealthy(t *testing.T, args ...string) {
	t.Helper()
	if status, said := probe(t, args...); status != 0 || said != "" {
		t.Errorf("probe %q: status %d, %q; want healthy and silent", args, status, said)
	}
}

func wantUnhealthy(t *testing.T, why string, args ...string) {
	t.Helper()
	status, said := probe(t, args...)
	if status != 1 {
		t.Errorf("probe %q: status %d; want 1", args, status)
	}
	if !strings.Contains(said, why) || strings.Count(said, "\n") != 1 {
		t.Errorf("probe %q said %q; want one line with %q", args, said, why)
	}
}

func listen(t *testing.T, network, address string) (l net.Listener, port string) {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return l, port
}

// answer listens on 127.0.0.1 and gives every connection to handle.
func answer(t *testing.T, handle func(net.Conn)) (port string) {
	t.Helper()
	l, port := listen(t, "tcp4", "127.0.0.1:0")
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go handle(conn)
		}
	}()
	return port
}

// reply answers a request with the raw text, in pieces of their own packets.
func reply(pieces ...string) func(net.Conn) {
	return func(conn net.Conn) {
		defer conn.Close()
		conn.Read(make([]byte, 4096))
		for _, piece := range pieces {
			io.WriteString(conn, piece)
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, port := listen(t, "tcp4", "127.0.0.1:0")
	l.Close()
	return port
}

func TestTCP(t *testing.T) {
	_, port := listen(t, "tcp4", "127.0.0.1:0")
	for _, host := range []string{"", "127.0.0.1", "localhost"} {
		wantHealthy(t, "tcp", host+":"+port)
	}
	wantUnhealthy(t, "connection refused", "tcp", ":"+freePort(t))
}

func TestIPv6(t *testing.T) {
	_, port := listen(t, "tcp6", "[::1]:0")
	wantHealthy(t, "tcp", ":"+port)
	wantHealthy(t, "tcp", "[::1]:"+port)
	wantUnhealthy(t, "connect 127.0.0.1:"+port, "tcp", "127.0.0.1:"+port)
}

func TestHTTPStatus(t *testing.T) {
	for status, healthy := range map[int]bool{
		200: true, 204: true, 301: true, 399: true, 400: false, 404: false, 500: false, 503: false,
	} {
		port := answer(t, reply(fmt.Sprintf("HTTP/1.1 %d Some Reason\r\n\r\n", status)))
		if healthy {
			wantHealthy(t, "http", ":"+port+"/healthz")
		} else {
			wantUnhealthy(t, fmt.Sprintf("status %d Some Reason", status), "http", ":"+port+"/healthz")
		}
	}
}

func TestHTTPRequest(t *testing.T) {
	requests := make(chan *http.Request, 1)
	l, port := listen(t, "tcp4", "127.0.0.1:0")
	server := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		requests <- r
	})}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	for target, want := range map[string]string{
		":" + port:                              "GET localhost:" + port + "/",
		"127.0.0.1:" + port + "/a/b?deep=1&c=:": "GET 127.0.0.1:" + port + "/a/b?deep=1&c=:",
	} {
		wantHealthy(t, "http", target)
		r := <-requests
		if got := r.Method + " " + r.Host + r.RequestURI; got != want {
			t.Errorf("probe http %s: request %q; want %q", target, got, want)
		}
		if !r.Close {
			t.Errorf("probe http %s: did not ask to close the connection", target)
		}
	}
}

func TestHTTPAnswers(t *testing.T) {
	wantHealthy(t, "http", ":"+answer(t, reply("HT", "TP/1.0 2", "00", " OK\r", "\n")))
	wantHealthy(t, "http", ":"+answer(t, reply("HTTP/1.1 200\n")))
	for why, text := range map[string]string{
		"connection was closed": "",
		"not an answer of HTTP": "-ERR unknown command\r\n",
		"HTTP/1.1 20":           "HTTP/1.1 20\r\n",
		"has no status line":    strings.Repeat("x", 4096),
	} {
		wantUnhealthy(t, why, "http", ":"+answer(t, reply(text)))
	}
}

func TestSilenceIsBounded(t *testing.T) {
	port := answer(t, func(net.Conn) {})
	for limit, args := range map[time.Duration][]string{
		300 * time.Millisecond: {"-timeout=300ms", "http", ":" + port},
		2 * time.Second:        {"http", ":" + port},
	} {
		start := time.Now()
		wantUnhealthy(t, "no answer within "+limit.String(), args...)
		if took := time.Since(start); took < limit || took > limit+3*time.Second {
			t.Errorf("probe %q took %s; want about %s", args, took, limit)
		}
	}
}

func TestMisuse(t *testing.T) {
	for why, line := range map[string]string{
		"usage":                     "",
		"usage:":                    "tcp",
		"usage: probe":              "udp :53",
		"not a duration above zero": "-timeout=0s tcp :80",
		"not a duration":            "-timeout=soon tcp :80",
		"no port":                   "tcp localhost",
		"from 1 to 65535":           "tcp :0",
		"a number":                  "http :65536/",
		"not an IP address":         "tcp db.internal:5432",
	} {
		wantUnhealthy(t, why, strings.Fields(line)...)
	}
	wantUnhealthy(t, "no spaces", "http", ":80/a HTTP/1.1\r\nEvil: yes")
}

func TestBinaryIsStaticAndSmall(t *testing.T) {
	file, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP {
			t.Error("needs a dynamic loader, which an empty image does not have")
		}
	}
	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	if limit := int64(2 << 20); info.Size() >= limit {
		t.Errorf("%d bytes; want fewer than %d", info.Size(), limit)
	}
}
