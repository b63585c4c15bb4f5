package console

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// shots takes the main views, for docs/console.md.
func shots(t *testing.T, w *world, folder string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	var list struct {
		Executions []struct{ Name string } `json:"executions"`
	}
	w.call(t, "states", "ListExecutions", map[string]string{"stateMachineArn": w.resources["orders.Order"]}, &list)
	machine := w.name("orders.Order")
	views := []struct{ name, colours, route, then string }{
		{"map", "light", "map?window=3600", ""},
		{"map-dark", "dark", "map?window=3600&node=" + url.QueryEscape("AWS::Lambda::Function|"+broken), ""},
		{"traces", "light", "traces", ""},
		{"trace", "light", "traces?path=customers", `[...document.querySelectorAll("tbody a")].find((a) => a.innerText.includes("POST")).click()`},
		{"logs", "dark", "logs/" + url.PathEscape("/aws/lambda/"+broken), ""},
		{"insights", "light", "logs?tab=insights", `[...document.querySelectorAll("button")].find((b) => b.innerText === "Run").click()`},
		{"function", "light", "functions/" + w.name("shop.SignUp") + "?tab=monitor", ""},
		{"queue", "light", "queues/" + w.name("shop.PointsDeadLetters"), ""},
		{"table", "dark", "tables/" + w.name("shop.Profiles"), ""},
		{"execution", "light", "machines/" + machine + "/" + list.Executions[0].Name, ""},
		{"stack", "light", "stacks/shop", ""},
		{"mail", "light", "mail", ""},
		{"api", "light", "apis/" + w.resources["catalog"] + "?method=" + url.QueryEscape("GET /books/{id}"), ""},
	}
	for _, v := range views {
		page := open(w.browser, t, w.URL(), v.colours, 1360, 860).show(v.route)
		page.until("all of it", `document.querySelector("main .loading") === null && document.querySelector("main h1") !== null`)
		if v.then != "" {
			page.run(chromedp.Sleep(moment), chromedp.Evaluate(v.then, nil))
		}
		take(t, page, folder, v.name)
	}
	page := open(w.browser, t, w.URL(), "light", 390, 800).show("map?window=3600")
	page.until("the map", `document.querySelector("[data-node]") !== null`)
	take(t, page, folder, "phone")
}

// take writes a picture of the page.
func take(t *testing.T, page *tab, folder, name string) {
	t.Helper()
	var png []byte
	page.run(chromedp.Sleep(moment), chromedp.CaptureScreenshot(&png))
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
	if len(png) > 200<<10 {
		t.Errorf("%s.png has %d bytes, over 200 KiB", name, len(png))
	}
}

// saveShot writes a picture where pictures are asked for.
func saveShot(t *testing.T, page *tab, name string) {
	t.Helper()
	if folder := os.Getenv(screenshotFolder); folder != "" {
		take(t, page, folder, name)
	}
}
