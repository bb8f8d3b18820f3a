package acceptance

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// requestLimit is how long a request may take before it counts as failed.
const requestLimit = 45 * time.Second

// traffic is requests at a fixed rate over connections that are kept. It writes
// each request once: unlike Go's client, it repeats none on another connection.
type traffic struct {
	address string // host:port
	request func(n int64) *http.Request
	pool    chan *keptConn
	ending  chan struct{}
	ended   sync.WaitGroup
	sent    atomic.Int64

	mu     sync.Mutex
	report trafficReport
}

// trafficReport says what became of requests.
type trafficReport struct {
	requests, failed, resets int
	slowest                  time.Duration
	failures                 map[string]int // how often, by what went wrong
	first, last              time.Time      // failures
}

type keptConn struct {
	net.Conn
	reader *bufio.Reader
}

// startTraffic sends so many requests a second until stop is called, or the
// test ends. What request returns is given the number of the request, from 1.
func startTraffic(t *testing.T, address string, rate int, request func(n int64) *http.Request) *traffic {
	t.Helper()
	f := &traffic{
		address: address, request: request, pool: make(chan *keptConn, 64), ending: make(chan struct{}),
		report: trafficReport{failures: map[string]int{}},
	}
	t.Cleanup(func() { f.stop() })
	f.ended.Go(func() {
		begun, every := time.Now(), time.NewTicker(time.Millisecond)
		defer every.Stop()
		for {
			select {
			case <-f.ending:
				return
			case <-every.C:
			}
			for due := int64(time.Since(begun).Seconds() * float64(rate)); f.sent.Load() < due; {
				n := f.sent.Add(1)
				f.ended.Go(func() { f.send(n) })
			}
		}
	})
	return f
}

// stop ends the traffic, waits for the answers and says what became of all requests.
func (f *traffic) stop() trafficReport {
	f.mu.Lock()
	select {
	case <-f.ending:
	default:
		close(f.ending)
	}
	f.mu.Unlock()
	f.ended.Wait()
	for len(f.pool) > 0 {
		(<-f.pool).Close()
	}
	return f.so()
}

// await waits until so many requests are over.
func (f *traffic) await(t *testing.T, requests int) {
	t.Helper()
	testenv.Eventually(t, 5*time.Minute, fmt.Sprintf("%d requests", requests), func() error {
		if r := f.so(); r.requests < requests {
			return errors.New(r.String())
		}
		return nil
	})
}

// so says what has become of the requests that are over.
func (f *traffic) so() trafficReport {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.report
	r.failures = maps.Clone(r.failures)
	return r
}

func (f *traffic) send(n int64) {
	begun := time.Now()
	err := f.once(f.request(n))
	took := time.Since(begun)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.report.requests++
	f.report.slowest = max(f.report.slowest, took)
	if err == nil {
		return
	}
	f.report.failed++
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		f.report.resets++
	}
	f.report.failures[err.Error()]++
	if f.report.first.IsZero() {
		f.report.first = begun
	}
	f.report.last = begun.Add(took)
}

// once sends one request over a kept connection, or else a new one.
func (f *traffic) once(request *http.Request) error {
	c, err := f.connection()
	if err != nil {
		return bare(err)
	}
	if err := c.exchange(request); err != nil {
		c.Close()
		return bare(err)
	}
	select {
	case f.pool <- c:
	default:
		c.Close()
	}
	return nil
}

func (f *traffic) connection() (*keptConn, error) {
	select {
	case c := <-f.pool:
		return c, nil
	default:
	}
	c, err := net.DialTimeout("tcp", f.address, requestLimit)
	if err != nil {
		return nil, err
	}
	return &keptConn{c, bufio.NewReader(c)}, nil
}

func (c *keptConn) exchange(request *http.Request) error {
	if err := c.SetDeadline(time.Now().Add(requestLimit)); err != nil {
		return err
	}
	if err := request.Write(c); err != nil {
		return err
	}
	response, err := http.ReadResponse(c.reader, request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %.80s", response.StatusCode, body)
	}
	return err
}

// bare leaves the ports out of an error, so that like ones count as one.
func bare(err error) error {
	if op := new(net.OpError); errors.As(err, &op) {
		return fmt.Errorf("%s: %w", op.Op, op.Err)
	}
	return err
}

func (r trafficReport) String() string {
	text := fmt.Sprintf("%d requests, %d failed, %d connections reset, slowest %s",
		r.requests, r.failed, r.resets, r.slowest.Round(time.Millisecond))
	for _, what := range slices.Sorted(maps.Keys(r.failures)) {
		text += fmt.Sprintf("\n  %d times: %s", r.failures[what], what)
	}
	return text
}

// get returns a GET of a path, for traffic that is always the same.
func get(path string) func(int64) *http.Request {
	return func(int64) *http.Request {
		r, _ := http.NewRequest(http.MethodGet, "http://gateway"+path, http.NoBody)
		return r
	}
}

// What the other tests rest on: each thing that goes wrong is counted, and
// nothing is sent again.
func TestTrafficCountsWhatGoesWrong(t *testing.T) {
	t.Parallel()
	var met atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch met.Add(1) % 10 {
		case 3:
			w.WriteHeader(http.StatusBadGateway)
		case 6: // without lingering, a connection ends with a reset
			c, _, _ := w.(http.Hijacker).Hijack()
			_ = c.(*net.TCPConn).SetLinger(0)
			c.Close()
		}
	}))
	defer server.Close()
	f := startTraffic(t, strings.TrimPrefix(server.URL, "http://"), 500, get("/"))
	f.await(t, 200)
	got, all := f.stop(), met.Load()
	if int64(got.requests) != all {
		t.Errorf("the server met %d requests, the traffic counts %d", all, got.requests)
	}
	if tenth := int(all) / 10; got.resets < tenth || got.failed != got.resets+got.failures["status 502: "] || got.failed < 2*tenth {
		t.Errorf("of %d requests one in ten is refused and one in ten reset; counted: %s", all, got)
	}
	server.Close()
	f = startTraffic(t, strings.TrimPrefix(server.URL, "http://"), 500, get("/"))
	f.await(t, 1)
	if got := f.stop(); got.failed != got.requests {
		t.Errorf("nobody listens: %s", got)
	}
}
