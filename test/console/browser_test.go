package console

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take to show something: the machine may have
// much else to do.
const patience = 2 * time.Minute

// chromium finds the browser, or skips the test.
func chromium(tb testing.TB) string {
	tb.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	tb.Skip("there is no Chromium on this machine (Debian: apt-get install chromium)")
	return ""
}

// browser is one browser for all tabs of a test.
func browser(tb testing.TB) context.Context {
	tb.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(chromium(tb)),
		chromedp.WSURLReadTimeout(patience))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	tb.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	tb.Cleanup(stop)
	if err := chromedp.Run(ctx); err != nil {
		tb.Fatalf("start the browser: %v", err)
	}
	return ctx
}

// tab is a page of the console.
type tab struct {
	tb  testing.TB
	ctx context.Context
	url string

	mu     sync.Mutex
	asked  []string // addresses that the page has loaded
	broken []string // what it has thrown
}

// open opens the console in a new tab, at a width and with a preference of
// colours.
func open(browser context.Context, tb testing.TB, url, colours string, width, height int64) *tab {
	tb.Helper()
	ctx, stop := chromedp.NewContext(browser)
	tb.Cleanup(stop)
	t := &tab{tb: tb, ctx: ctx, url: url}
	chromedp.ListenTarget(ctx, t.listen)
	if err := chromedp.Run(ctx); err != nil { // the tab lives as long as the context of its first run
		tb.Fatalf("open a tab: %v", err)
	}
	media := emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: colours}})
	t.run(network.Enable(), chromedp.EmulateViewport(width, height), media, chromedp.Navigate(url+"/_maru/"))
	t.until("the page", `document.querySelector("main") !== null`)
	tb.Cleanup(t.sound)
	return t
}

// listen notes what the page asks for, and what goes wrong in it.
func (t *tab) listen(event any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		t.asked = append(t.asked, e.Request.URL)
	case *runtime.EventExceptionThrown:
		t.broken = append(t.broken, e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError {
			t.broken = append(t.broken, fmt.Sprint(e.Args))
		}
	}
}

// sound fails the test if the page has thrown, or has asked another server.
func (t *tab) sound() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, b := range t.broken {
		t.tb.Errorf("the page has failed: %s", b)
	}
	for _, a := range t.asked {
		if !strings.HasPrefix(a, t.url+"/") && !strings.HasPrefix(a, "data:") && !strings.HasPrefix(a, "blob:") {
			t.tb.Errorf("the page has asked elsewhere: %s", a)
		}
	}
}

// run runs actions, and fails the test when they do.
func (t *tab) run(actions ...chromedp.Action) {
	t.tb.Helper()
	ctx, stop := context.WithTimeout(t.ctx, patience)
	defer stop()
	if err := chromedp.Run(ctx, actions...); err != nil {
		t.tb.Fatalf("browser: %v", err)
	}
}

// eval is the value of an expression in the page.
func eval[V any](t *tab, script string) V {
	t.tb.Helper()
	var v V
	t.run(chromedp.Evaluate(script, &v))
	return v
}

// until waits until an expression holds.
func (t *tab) until(what, script string) {
	t.tb.Helper()
	ctx, stop := context.WithTimeout(t.ctx, patience)
	defer stop()
	err := chromedp.Run(ctx, chromedp.Poll(script, nil, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(patience)))
	if err != nil {
		t.tb.Fatalf("%s does not show (%v); the page says:\n%s", what, err, t.text())
	}
}

// text is what can be read on the page.
func (t *tab) text() string {
	var s string
	ctx, stop := context.WithTimeout(t.ctx, patience)
	defer stop()
	if err := chromedp.Run(ctx, chromedp.Evaluate(`(document.querySelector("main") ?? document.body).innerText`, &s)); err != nil {
		return err.Error()
	}
	return s
}

// show goes to a view.
func (t *tab) show(route string) *tab {
	t.tb.Helper()
	t.run(chromedp.Evaluate(fmt.Sprintf(`location.hash = %q`, "#/"+route), nil))
	return t
}

// see waits until all texts can be read on the page.
func (t *tab) see(texts ...string) *tab {
	t.tb.Helper()
	for _, text := range texts {
		t.until(fmt.Sprintf("%q", text), fmt.Sprintf(`(() => { const page = (document.querySelector("#app")?.innerText ?? "") + [...document.querySelectorAll("svg text, svg title")].map((x) => x.textContent).join("\n") + [...document.querySelectorAll("textarea")].map((x) => x.value).join("\n"); return page.includes(%q); })()`, text))
	}
	return t
}

// do waits until an expression finds an element, and acts on it there and then:
// what was found may be drawn anew a moment later.
func (t *tab) do(what, find, act string) *tab {
	t.tb.Helper()
	t.until(what, fmt.Sprintf(`(() => { const e = %s; if (!e) return false; %s; return true; })()`, find, act))
	return t
}

// click clicks the first button or link that says text, in the dialog if one is
// open.
func (t *tab) click(text string) *tab {
	t.tb.Helper()
	return t.do("a button "+text, fmt.Sprintf(`[...(document.querySelector("dialog[open]")?.querySelectorAll("button, a") ?? document.querySelectorAll("main button, main a, nav a, header button"))].find((b) => !b.disabled && (b.innerText.trim() === %[1]q || b.getAttribute("aria-label") === %[1]q))`, text), "e.click()")
}

// press clicks what a selector finds.
func (t *tab) press(selector string) *tab {
	t.tb.Helper()
	return t.do(selector, fmt.Sprintf(`document.querySelector(%q)`, selector), `e.dispatchEvent(new MouseEvent("click", { bubbles: true }))`)
}

// fill types into the field with a label.
func (t *tab) fill(label, text string) *tab {
	t.tb.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll("input, textarea, select")].findLast((i) => i.getAttribute("aria-label") === %[1]q || i.labels?.[0]?.innerText === %[1]q)`, label)
	return t.do("a field "+label, find, fmt.Sprintf(`e.value = %q; e.dispatchEvent(new Event(e.tagName === "SELECT" ? "change" : "input", { bubbles: true }))`, text))
}

// pick chooses the first row of a table that has a text in it.
func (t *tab) pick(text string) *tab {
	t.tb.Helper()
	return t.do("a row with "+text, fmt.Sprintf(`[...document.querySelectorAll("main tbody tr")].find((r) => r.innerText.includes(%q))`, text), "e.click()")
}

// send sends the form of the dialog that is open, and waits until it is gone.
func (t *tab) send() *tab {
	t.tb.Helper()
	t.press("dialog[open] form [type=submit]")
	t.until("the end of the dialog", `document.querySelector("dialog[open]") === null || document.querySelector("dialog[open] .notice.bad") !== null`)
	if eval[bool](t, `document.querySelector("dialog[open] .notice.bad") !== null`) {
		t.tb.Fatalf("the dialog refuses:\n%s", eval[string](t, `document.querySelector("dialog[open]").innerText`))
	}
	return t
}
