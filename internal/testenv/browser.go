package testenv

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// browserLimit bounds how long a browser may take for a test.
const browserLimit = 2 * time.Minute

// Browser is a page of a real browser without a window, as the DevTools
// protocol has it: https://chromedevtools.github.io/devtools-protocol/.
type Browser struct {
	tb      testing.TB
	ctx     context.Context
	to      io.WriteCloser
	session string

	mu     sync.Mutex
	last   int
	answer map[int]chan browserMessage
	events []BrowserEvent
}

// BrowserEvent is something that the browser told without being asked.
type BrowserEvent struct {
	Method string
	Params json.RawMessage
}

type browserMessage struct {
	ID        int             `json:"id,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Method    string          `json:"method,omitempty"`
	Params    any             `json:"params,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// OpenBrowser starts a browser with an empty page until the test ends. Where
// there is none, Debian's chromium is installed.
func OpenBrowser(tb testing.TB) *Browser {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), browserLimit) // it ends after the test does
	tb.Cleanup(cancel)
	program, err := browserProgram(ctx)
	if err != nil {
		tb.Fatalf("browser: %v", err)
	}
	b := &Browser{tb: tb, ctx: ctx, answer: map[int]chan browserMessage{}}
	from, err := b.start(program)
	if err != nil {
		tb.Fatalf("browser: %v", err)
	}
	go b.listen(from)
	var target struct {
		TargetID string `json:"targetId"`
	}
	b.Call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct {
		SessionID string `json:"sessionId"`
	}
	b.Call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	return b
}

// browserProgram returns the path of a browser, which is installed if there is none.
func browserProgram(ctx context.Context) (program string, err error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if program, err := exec.LookPath(name); err == nil {
			return program, nil
		}
	}
	err = withLock(ctx, "browser", func(string) error {
		if err := requireDebian(); err != nil {
			return fmt.Errorf("there is no chromium, and %w", err)
		}
		refresh(ctx)
		_, err := apt(ctx, "install", "-y", "--no-install-recommends", "chromium")
		return err
	})
	if err != nil {
		return "", err
	}
	return exec.LookPath("chromium")
}

// start starts the browser, which takes messages from one pipe and writes to another.
func (b *Browser) start(program string) (io.Reader, error) {
	theirsIn, oursOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	oursIn, theirsOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(b.ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--no-first-run", "--user-data-dir="+b.tb.TempDir(), "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{theirsIn, theirsOut}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	theirsIn.Close()
	theirsOut.Close()
	b.to = oursOut
	b.tb.Cleanup(func() {
		oursOut.Close() // at which it ends
		if err := cmd.Wait(); err != nil {
			b.tb.Errorf("browser: %v", err)
		}
		oursIn.Close()
	})
	return oursIn, nil
}

// listen takes what the browser writes until it ends: messages that end with a NUL.
func (b *Browser) listen(from io.Reader) {
	r := bufio.NewReader(from)
	for {
		text, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var m struct {
			browserMessage
			Params json.RawMessage `json:"params"`
		}
		if err := json.Unmarshal(text[:len(text)-1], &m); err != nil {
			continue
		}
		b.mu.Lock()
		if waiting := b.answer[m.ID]; waiting != nil {
			waiting <- m.browserMessage
		} else if m.Method != "" {
			b.events = append(b.events, BrowserEvent{m.Method, m.Params})
		}
		b.mu.Unlock()
	}
}

// Call calls a method of the protocol and decodes its result, unless into is nil.
func (b *Browser) Call(method string, params map[string]any, into any) {
	b.tb.Helper()
	answer := make(chan browserMessage, 1)
	b.mu.Lock()
	b.last++
	id := b.last
	b.answer[id] = answer
	b.mu.Unlock()
	text, err := json.Marshal(browserMessage{ID: id, SessionID: b.session, Method: method, Params: params})
	if err != nil {
		b.tb.Fatal(err)
	}
	if _, err := b.to.Write(append(text, 0)); err != nil {
		b.tb.Fatalf("browser: %s: %v", method, err)
	}
	select {
	case m := <-answer:
		if m.Error != nil {
			b.tb.Fatalf("browser: %s: %s", method, m.Error.Message)
		}
		if into != nil {
			if err := json.Unmarshal(m.Result, into); err != nil {
				b.tb.Fatalf("browser: %s: %v", method, err)
			}
		}
	case <-b.ctx.Done():
		b.tb.Fatalf("browser: %s: no answer", method)
	}
}

// Events returns what the browser has told of some methods so far.
func (b *Browser) Events(methods ...string) []BrowserEvent {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []BrowserEvent
	for _, e := range b.events {
		for _, method := range methods {
			if e.Method == method {
				out = append(out, e)
			}
		}
	}
	return out
}

// Eval evaluates an expression in the page and decodes its value.
func (b *Browser) Eval(expression string, into any) {
	b.tb.Helper()
	var said struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		ExceptionDetails json.RawMessage `json:"exceptionDetails"`
	}
	b.Call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &said)
	if said.ExceptionDetails != nil {
		b.tb.Fatalf("browser: %s: %s", expression, said.ExceptionDetails)
	}
	if err := json.Unmarshal(said.Result.Value, into); err != nil {
		b.tb.Fatalf("browser: %s: %s: %v", expression, said.Result.Value, err)
	}
}
