package console

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"maru.dev/maru/internal/testenv"
)

// TestMapShowsFewAndMany draws maps of three and of sixty services: all are
// there, none lies on another.
func TestMapShowsFewAndMany(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser")
	}
	chrome := browser(t)
	for _, services := range []int{3, 60} {
		t.Run(fmt.Sprint(services), func(t *testing.T) {
			w := &world{Proc: testenv.Process(t), browser: chrome}
			w.synthetic(t, services)
			page := w.open(t).show("map")
			page.until("all services", fmt.Sprintf(`document.querySelectorAll("[data-node]").length > %d`, services)) // and their clients
			page.until("each in its own place, all in sight", "("+apart+").length === 0")
			page.until("titles that can be read", readable)
			walk(t, page)
			saveShot(t, page, fmt.Sprintf("map-%d", services))
		})
	}
}

// apart lists nodes that overlap, and nodes that are outside of the canvas.
const apart = `(() => {
  const room = document.querySelector(".canvas").getBoundingClientRect(), faults = [];
  const boxes = [...document.querySelectorAll("[data-node] .box")].map((b) => [b.closest("[data-node]").dataset.node, b.getBoundingClientRect()]);
  boxes.forEach(([name, a], i) => {
    if (a.left < room.left - 1 || a.right > room.right + 1 || a.top < room.top - 1 || a.bottom > room.bottom + 1) faults.push(name + " is outside of the map");
    for (const [other, b] of boxes.slice(i + 1)) if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) faults.push(name + " lies on " + other);
  });
  return faults;
})()`

// readable is true when every title of the map is large enough to be read, and
// none is cut.
const readable = `[...document.querySelectorAll("[data-node] text:not(.minor)")].every((t) => t.getScreenCTM().a * parseFloat(getComputedStyle(t).fontSize) >= 10 && !t.textContent.endsWith("…"))`

// walk goes over the map by the arrow keys, and opens a node and one of its
// connections.
func walk(t *testing.T, page *tab) {
	t.Helper()
	focused := `document.activeElement?.getAttribute("data-node")`
	if n := eval[int](page, `document.querySelectorAll("[data-node][tabindex='0']").length`); n != 1 {
		t.Errorf("%d nodes are reached by Tab, want one", n)
	}
	page.do("the first node", `document.querySelector("[data-node][tabindex='0']")`, "e.focus()")
	page.run(chromedp.KeyEvent(kb.ArrowRight))
	page.until("the next node", `document.activeElement?.getAttribute("data-id") === "AWS::ApiGateway::Stage|shop-0"`)
	page.run(chromedp.KeyEvent(kb.ArrowRight))
	page.until("a node behind it", focused+`.startsWith("orders-")`)
	page.run(chromedp.KeyEvent(kb.Enter))
	page.see("Called by", "Requests", "On average").until("the address of the view", `location.hash.includes("node=")`)
	page.press(".connection").see("→").until("the address of the view", `location.hash.includes("edge=")`)
	page.click("Close").until("no panel", `document.querySelector("aside") === null`)
}

// TestMapFoldsACrowd draws what is alike as one where there is too much, and
// apart again when somebody asks.
func TestMapFoldsACrowd(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser")
	}
	w := &world{browser: browser(t)}
	w.Proc = testenv.Process(t)
	w.synthetic(t, 130)
	page := w.open(t).show("map")
	page.until("folded nodes", `[...document.querySelectorAll("[data-node]")].some((n) => n.dataset.node === "3 × Table")`)
	page.do("a folded node", `[...document.querySelectorAll("[data-node]")].find((n) => n.dataset.node === "3 × Table")`, `e.dispatchEvent(new MouseEvent("click", { bubbles: true }))`)
	page.see("These").press("aside .connection").until("one of them, apart", `document.querySelector(".node.chosen")?.dataset.node.startsWith("rows-")`)
	page.click("Close").click("Fold").until("all of them", `document.querySelectorAll("[data-node]").length === 131`)
	page.see("Services").pick("rows-5").see("Called by") // the same in a table
}

// TestMapGoesBack moves the map to the minute in which something happened, and
// to one in which nothing did.
func TestMapGoesBack(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser")
	}
	w := &world{browser: browser(t)}
	w.Proc = testenv.Process(t)
	w.synthetic(t, 3)
	page := w.open(t).show("map").see("orders-1")
	bar := `[...document.querySelectorAll(".histo button")].find((b) => %s/: [1-9]/.test(b.title))`
	page.do("the minute of the requests", fmt.Sprintf(bar, ""), "e.click()")
	page.see("back to live", "orders-1").until("the address of the view", `/at=[0-9]+/.test(location.hash)`)
	page.do("a minute without", fmt.Sprintf(bar, "!"), "e.click()")
	page.until("an empty map", `document.querySelectorAll("[data-node]").length === 0`)
	page.do("the button", `[...document.querySelectorAll("main button")].find((b) => b.innerText.includes("back to live"))`, "e.click()")
	page.see("orders-1")
}

// synthetic stores traces of an application with so many services: an API in
// front, functions behind it, queues and tables behind those.
func (w *world) synthetic(t *testing.T, services int) {
	t.Helper()
	origins := []string{"AWS::ApiGateway::Stage", "AWS::Lambda::Function", "AWS::SQS::Queue", "AWS::Lambda::Function", "AWS::DynamoDB::Table"}
	names := []string{"shop", "orders", "inbox", "worker", "rows"}
	at := float64(time.Now().UnixMilli())/1000 - 60
	var documents []string
	for n := range services {
		trace := fmt.Sprintf("1-%08x-%024x", int64(at), n)
		parent := ""
		path := []int{n} // of a tree with three below each
		for path[0] > 0 {
			path = append([]int{(path[0] - 1) / 3}, path...)
		}
		for level, i := range path {
			kind := min(level, len(origins)-1)
			id := fmt.Sprintf("%08x%08x", n+1, i+1)
			segment := map[string]any{
				"trace_id": trace, "id": id, "name": fmt.Sprintf("%s-%d", names[kind], i), "origin": origins[kind],
				"start_time": at + float64(level)/100, "end_time": at + float64(level)/100 + 0.05 + float64(i%7)/50,
			}
			if parent != "" {
				segment["parent_id"] = parent
			}
			if i%17 == 5 {
				segment["fault"] = true
			}
			if i%13 == 4 {
				segment["error"] = true
			}
			parent = id
			raw, err := json.Marshal(segment)
			if err != nil {
				t.Fatal(err)
			}
			documents = append(documents, string(raw))
		}
	}
	for len(documents) > 0 {
		n := min(len(documents), 40)
		var out struct{ UnprocessedTraceSegments []any }
		w.call(t, "xray", "PutTraceSegments", map[string]any{"TraceSegmentDocuments": documents[:n]}, &out)
		if len(out.UnprocessedTraceSegments) > 0 {
			t.Fatalf("refused: %v", out.UnprocessedTraceSegments)
		}
		documents = documents[n:]
	}
}
