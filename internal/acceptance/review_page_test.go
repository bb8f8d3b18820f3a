package acceptance

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// The page of a review in a real browser: it draws what changes, leads from a node
// to its change, filters, works in light and dark, complains of nothing and asks
// nobody for anything.
func TestReviewPage(t *testing.T) {
	page := reviewPage(t)
	b := testenv.OpenBrowser(t)
	for _, domain := range []string{"Page.enable", "Network.enable", "Runtime.enable", "Log.enable"} {
		b.Call(domain, nil, nil)
	}
	b.Call("Emulation.setDeviceMetricsOverride", map[string]any{"width": 1100, "height": 900, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.Call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": "light"}}}, nil)
	b.Call("Page.navigate", map[string]any{"url": "file://" + page}, nil)
	testenv.Eventually(t, 20*time.Second, "the page", func() error {
		var state string
		if b.Eval("document.readyState", &state); state != "complete" || len(b.Events("Page.loadEventFired")) == 0 {
			return errors.New(state)
		}
		return nil
	})

	drawn(t, b)
	chosen(t, b)
	narrowed(t, b)
	dark(t, b)

	for _, e := range b.Events("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded") {
		t.Errorf("the console says %s", e.Params)
	}
	for _, e := range b.Events("Network.requestWillBeSent") {
		if !strings.Contains(string(e.Params), "file://"+page) && !strings.Contains(string(e.Params), `"url":"data:,`) {
			t.Errorf("it asks for %s", e.Params)
		}
	}
}

// reviewPage writes the page of a change of a small topology.
func reviewPage(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shop")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "review"))); err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "DOCKER_HOST=unix:///nowhere", "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=a@example.org",
			"GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=a@example.org")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
	}
	run("git", "init", "--quiet")
	run("git", "add", ".")
	run("git", "commit", "--quiet", "--message", "the shop")
	main, err := os.ReadFile(filepath.Join(dir, "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer(`"64m"`, `"128m"`, `"red"`, `"blue"`, "hunter2", "hunter3", `tier = "a"`, `tier = "b"`).Replace(string(main))
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(dir, "review.html")
	run(filepath.Join(binary, "bayplan"), "review", "--base", "HEAD", "--out", page)
	return page
}

// drawn checks that the graph has a link for each change and a box for what is near.
func drawn(t *testing.T, b *testenv.Browser) {
	t.Helper()
	var links []string
	b.Eval(`[...document.querySelectorAll(".graph a")].map(a => a.getAttribute("href") + " " + (a.getBoundingClientRect().width > 50)).sort()`, &links)
	want := "[#changes-app.worker true #pressing-app.web true #pressing-volume.data true]"
	if got := fmt.Sprint(links); got != want {
		t.Errorf("the graph leads to %s, want %s", got, want)
	}
	var nodes int
	if b.Eval(`document.querySelectorAll(".graph .node").length`, &nodes); nodes < 5 {
		t.Errorf("the graph has %d nodes", nodes)
	}
}

// chosen clicks a node, and expects its change with what was before and what comes.
func chosen(t *testing.T, b *testenv.Browser) {
	t.Helper()
	var at []float64
	b.Eval(`(() => { const r = document.querySelector('.graph a[href="#pressing-app.web"]').getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })()`, &at)
	b.Eval(`(window.led = new Promise((done) => addEventListener("hashchange", done, { once: true })), true)`, new(bool))
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		b.Call("Input.dispatchMouseEvent", map[string]any{"type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1}, nil)
	}
	var focused string
	if b.Eval("led.then(() => document.activeElement.id)", &focused); focused != "pressing-app.web" {
		t.Errorf("the node leads to %q", focused)
	}
	var text string
	b.Eval(`document.activeElement.innerText.replace(/\s+/g, " ")`, &text)
	for _, want := range []string{"both publish host port 8080", `env["COLOUR"] "red" "blue" main.tf:`, `env["TOKEN"] changed, and not shown`} {
		if !strings.Contains(text, want) {
			t.Errorf("the change says %q, and not %q", text, want)
		}
	}
	screenshot(t, b, "chosen")
}

// narrowed types a filter, and chooses a node that it hides.
func narrowed(t *testing.T, b *testenv.Browser) {
	t.Helper()
	b.Eval(`(document.getElementById("filter").focus(), true)`, new(bool))
	b.Call("Input.insertText", map[string]any{"text": "worker MEMORY"}, nil)
	var shown []string
	b.Eval(`[...document.querySelectorAll("article")].filter(a => a.checkVisibility()).map(a => a.id)`, &shown)
	if fmt.Sprint(shown) != "[changes-app.worker]" {
		t.Errorf("the filter shows %v", shown)
	}
	var said string
	if b.Eval(`document.getElementById("shown").value`, &said); said != "1 of 3" {
		t.Errorf("it says %q", said)
	}
	var dim int
	if b.Eval(`document.querySelectorAll(".graph a.dim").length`, &dim); dim != 2 {
		t.Errorf("%d nodes are dim", dim)
	}
	screenshot(t, b, "filtered")
	b.Eval(`(document.querySelector('.graph a[href="#pressing-volume.data"]').focus(), true)`, new(bool))
	for _, kind := range []string{"keyDown", "keyUp"} {
		b.Call("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}, nil)
	}
	testenv.Eventually(t, 10*time.Second, "the change that was hidden", func() error {
		var visible bool
		if b.Eval(`document.activeElement.id === "pressing-volume.data" && document.activeElement.checkVisibility()`, &visible); !visible {
			return errors.New("it is not there")
		}
		return nil
	})
}

// dark checks that text stands out in light and in dark.
func dark(t *testing.T, b *testenv.Browser) {
	t.Helper()
	const contrast = `(() => {
		const light = (c) => { const [r, g, b] = c.match(/[\d.]+/g).map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 }); return 0.2126 * r + 0.7152 * g + 0.0722 * b };
		const ground = (e) => { const c = getComputedStyle(e).backgroundColor; return c === "rgba(0, 0, 0, 0)" ? ground(e.parentElement) : c };
		let least = 21, where = "";
		for (const e of document.querySelectorAll("h1, h2, h3, small, p, th, td, label, output, code, .action")) {
			const [x, y] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
			const ratio = (x + 0.05) / (y + 0.05);
			if (ratio < least) { least = ratio; where = e.outerHTML.slice(0, 80) }
		}
		return [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector(".sky")).fill, least, where];
	})()`
	for _, scheme := range []struct{ name, page string }{{"light", "rgb(255, 255, 255)"}, {"dark", "rgb(13, 17, 23)"}} {
		b.Call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme.name}}}, nil)
		var got []any
		b.Eval(contrast, &got)
		if got[0] != scheme.page || got[1] != scheme.page {
			t.Errorf("%s: the page is %v, the graph %v", scheme.name, got[0], got[1])
		}
		if least, ok := got[2].(float64); !ok || least < 4.5 { // WCAG 2.2, AA
			t.Errorf("%s: a contrast of %v at %v", scheme.name, got[2], got[3])
		}
		b.Eval(`(scrollTo(0, 0), true)`, new(bool))
		screenshot(t, b, scheme.name)
	}
}

// screenshot keeps a picture of the page where BAYPLAN_SCREENSHOTS says.
func screenshot(t *testing.T, b *testenv.Browser, name string) {
	t.Helper()
	dir := os.Getenv("BAYPLAN_SCREENSHOTS")
	if dir == "" {
		return
	}
	var shot struct{ Data string }
	b.Call("Page.captureScreenshot", map[string]any{"format": "png"}, &shot)
	picture, err := base64.StdEncoding.DecodeString(shot.Data)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600)
	}
	if err != nil {
		t.Error(err)
	}
}
