package console

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"maru.dev/maru/internal/testenv"
)

// TestConsole uses the whole console on one maru: starting and filling one
// takes longer than looking at it.
func TestConsole(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser and two deployments")
	}
	w := newWorld(t)
	for _, one := range []struct {
		name string
		run  func(*testing.T, *world)
	}{
		{"every view shows what there is", everyView},
		{"the map shows real traffic", mapOfTraffic},
		{"a broken function is found from the map to its log line in three clicks", threeClicks},
		{"a function is invoked", invoke},
		{"a queue is looked into without receiving", peek},
		{"an item is changed", editItem},
		{"an API is tried, and leads to its trace", tryAPI},
		{"an execution is drawn", execution},
		{"a bus is watched, and nothing is left behind", watchBus},
		{"a pattern is tested", testPattern},
		{"log lines are followed", tail},
		{"a query is run and drawn", insights},
		{"metrics are charted", metrics},
		{"pages fit a phone", phone},
		{"everything has a name and can be read", accessible},
		{"keys alone are enough", keyboard},
	} {
		t.Run(one.name, func(t *testing.T) { one.run(t, w) })
	}
	t.Run("screenshots", func(t *testing.T) { screenshots(t, w) })
}

// everyView opens each view, and reads something of the examples there.
func everyView(t *testing.T, w *world) {
	page := w.open(t)
	group := url.PathEscape("/aws/lambda/" + w.name("shop.Profile"))
	views := map[string][]string{
		"map":                                 {"SignUp", "Clients"},
		"traces":                              {"/customers", "POST"},
		"logs":                                {"/aws/lambda/" + w.name("shop.SignUp")},
		"logs/" + group:                       {"START RequestId"},
		"logs/" + group + "?tab=streams":      {"[$LATEST]"},
		"logs?tab=search&text=" + "REPORT":    {"REPORT RequestId"},
		"metrics":                             {"Invocations"},
		"metrics?tab=boards":                  {"No dashboard yet"},
		"alarms":                              {"No alarm"},
		"functions":                           {"Saves the profile."},
		"functions/" + w.name("shop.Profile"): {"provided.al2023", "active"},
		"functions/" + w.name("shop.Profile") + "?tab=monitor": {"Invocations and errors", "Newest lines"},
		"functions/" + w.name("shop.Profile") + "?tab=config":  {"TABLE=" + w.name("shop.Profiles")},
		"functions/" + w.name("shop.Profile") + "?tab=triggers": {
			"shop-ProfileQueue", "enabled",
		},
		"functions/" + w.name("shop.Profile") + "?tab=versions": {"$LATEST"},
		"apis":                            {"shop", "catalog", "REST"},
		"apis/" + w.resources["shop.Api"]: {"/customers/{id}", "shop-SignUp"},
		"apis/" + w.resources["catalog"]:  {"/books/{id}", "answers by itself", "wanted"},
		"apis/" + w.resources["catalog"] + "?method=" + url.QueryEscape("GET /books/{id}"): {
			"Method request", "Integration request", "Integration response 200", "The book with the number",
		},
		"apis/" + w.resources["catalog"] + "?tab=stages":   {"dev", "/_maru/execute-api/" + w.resources["catalog"] + "/dev/"},
		"apis/" + w.resources["catalog"] + "?tab=plans":    {"readers", "1000 a day"},
		"apis/" + w.resources["catalog"] + "?tab=settings": {"Books, by number."},
		"machines":                           {"Order", "standard"},
		"machines/" + w.name("orders.Order"): {"Price", "PayAndPack", "Newest executions"},
		"machines/" + w.name("orders.Order") + "?tab=runs": {"succeeded"},
		"buses":                                 {"default"},
		"buses/default?tab=rules":               {"No rule"},
		"pipes":                                 {"No pipe"},
		"stacks":                                {"shop", "create complete"},
		"stacks/shop":                           {"ProfileDeadLetters", "AWS::SQS::Queue"},
		"stacks/shop?tab=events":                {"create in progress"},
		"stacks/shop?tab=outputs":               {"ApiId"},
		"stacks/shop?tab=template":              {"AWS::Serverless-2016-10-31"},
		"queues":                                {"shop-PointsDeadLetters", "dead letters"},
		"queues/" + w.name("shop.ProfileQueue"): {"The queue is empty"},
		"topics":                                {"shop-SignedUp"},
		"topics/" + w.name("shop.SignedUp"):     {"confirmed", "shop-MailQueue"},
		"tables":                                {"shop-Profiles"},
		"tables/" + w.name("shop.Profiles"):     {"Ada Doe"},
		"tables/" + w.name("shop.Profiles") + "?tab=partiql": {"Statement"},
		"buckets":       {"maru-deploy-"},
		"mail":          {"Welcome, Ada Doe", "it is good to have you here"},
		"nothing/of/it": {"no such view"},
	}
	for route, texts := range views {
		page.show(route).see(texts...)
		if route != "nothing/of/it" && eval[bool](page, `document.querySelector(".notice.bad") !== null`) {
			t.Errorf("%s shows an error:\n%s", route, page.text())
		}
	}
}

// mapOfTraffic finds every part of the application on the map, and the failing
// one in the colour of faults.
func mapOfTraffic(t *testing.T, w *world) {
	page := w.open(t).show("map")
	for _, part := range []string{"SignUp", "SignedUp", "ProfileQueue", "Profile", "Profiles", "MailQueue", "PointsQueue"} {
		page.until(part, fmt.Sprintf(`[...document.querySelectorAll("[data-node]")].some((n) => n.dataset.node.includes(%q))`, "shop-"+part+"-"))
	}
	page.until("the fault", fmt.Sprintf(`document.querySelector('[data-node=%q]')?.classList.contains("t-bad")`, broken))
	page.until("the edges", `document.querySelectorAll(".edge").length >= 8`)
	page.show("map?window=3600").until("the timeline", `document.querySelectorAll(".histo button").length === 60`)
}

// threeClicks goes from the map to the line in which a function says what is
// wrong with it.
func threeClicks(t *testing.T, w *world) {
	page := w.open(t).show("map?window=3600")
	page.press(fmt.Sprintf("[data-node=%q]", broken)) // one
	page.until("a failed trace", `document.querySelector("aside tr .badge.bad") !== null`)
	page.run(chromedp.Evaluate(`document.querySelector("aside tr .badge.bad").closest("tr").querySelector("a").click()`, nil)) // two
	page.see("Waterfall")
	page.until("a failed hop", `document.querySelector(".fall .badge.bad") !== null`)
	hop := fmt.Sprintf(".fall .hop[data-hop=%q][data-type='AWS::Lambda::Function']", broken)
	page.until("the function's hop", fmt.Sprintf("document.querySelector(%q) !== null", hop))
	if !eval[bool](page, fmt.Sprintf(`document.querySelector(%q).ariaExpanded === "true"`, hop)) { // it may be open by itself
		page.press(hop) // three
	}
	page.until("the log line", `[...document.querySelectorAll(".fall .line.err")].some((l) => l.innerText.includes("the warehouse is out of order"))`)
}

func invoke(t *testing.T, w *world) {
	page := w.open(t).show("functions/" + w.name("shop.SignUp"))
	page.fill("JSON", `{"version":"2.0","routeKey":"POST /customers","body":"{\"name\":\"Kay\",\"email\":\"kay@example.com\"}"}`).press("form .primary")
	page.see("status 200", `"statusCode"`, "REPORT RequestId")
	page.click("trace").see("Waterfall", "Invoke shop-SignUp")
}

func peek(t *testing.T, w *world) {
	name := w.name("shop.PointsDeadLetters")
	page := w.open(t).show("queues/" + name)
	page.click("Send a message").fill("Body", `{"hello":"world"}`)
	page.run(chromedp.Evaluate(`document.querySelector("dialog[open] .primary").click()`, nil))
	page.until("the message", `[...document.querySelectorAll("tbody tr")].some((r) => r.innerText.includes("hello") && r.innerText.includes("waiting"))`)
	var out struct{ Attributes map[string]string }
	testenv.Eventually(t, "the message counts as not received", func() bool {
		w.call(t, "sqs", "GetQueueAttributes", map[string]any{"QueueUrl": w.resources["shop.PointsDeadLetters"], "AttributeNames": []string{"All"}}, &out)
		return out.Attributes["ApproximateNumberOfMessagesNotVisible"] == "0" && out.Attributes["ApproximateNumberOfMessages"] != "0"
	})
	page.run(chromedp.Evaluate(`[...document.querySelectorAll("tbody tr")].find((r) => r.innerText.includes("hello")).click()`, nil))
	page.see(`"hello": "world"`, "SenderId")
}

func editItem(t *testing.T, w *world) {
	page := w.open(t).show("tables/" + w.name("shop.Profiles")).see("Grace Doe")
	page.run(chromedp.Evaluate(`[...document.querySelectorAll("tbody tr")].find((r) => r.innerText.includes("Grace Doe")).click()`, nil))
	page.until("the item", `document.querySelector("dialog[open] textarea")?.value.includes("Grace")`)
	page.fill("Item", eval[string](page, `document.querySelector("dialog[open] textarea").value.replace("Grace Doe", "Grace Hopper")`))
	page.click("Save").see("Saved", "Grace Hopper")
	page.fill("Where", `name = "Grace Hopper"`).click("Scan").see("1 items")
}

func tryAPI(t *testing.T, w *world) {
	page := w.open(t).show("apis/" + w.resources["shop.Api"] + "?tab=try&key=" + url.QueryEscape("POST /customers"))
	page.fill("Body", `{"name":"Edsger Doe","email":"edsger@example.com"}`).click("Send").see("202", `"id"`)
	page.show("traces?path=customers").see("POST", "/customers")
	page.show("apis/" + w.resources["catalog"] + "?tab=try&key=" + url.QueryEscape("GET /books/{id}"))
	page.fill("Path and query", "/books/7").click("Send").see("200", "The book with the number 7")
}

func execution(t *testing.T, w *world) {
	page := w.open(t).show("machines/" + w.name("orders.Order"))
	page.click("Start").fill("Input", `{"items":[{"name":"scones","count":3}]}`)
	page.run(chromedp.Evaluate(`document.querySelector("dialog[open] .primary").click()`, nil))
	page.see("succeeded")
	for _, state := range []string{"Price", "Pay", "Take", "Confirm"} {
		page.until(state, fmt.Sprintf(`document.querySelector('[data-state=%q]')?.classList.contains("t-good")`, state))
	}
	page.press(`[data-state="Price"]`).see("Input", "scones")
	page.click("Close")
	page.show(eval[string](page, `location.hash.slice(2).split("?")[0] + "?tab=steps"`)).see("PayAndPack", "Parallel")
}

func watchBus(t *testing.T, w *world) {
	page := w.open(t).show("buses/default").see("watching")
	page.click("Send an event").fill("Detail type", "Order Placed").fill("Detail", `{"total":42}`)
	page.run(chromedp.Evaluate(`document.querySelector("dialog[open] .primary").click()`, nil))
	page.see("Order Placed", `{"total":42}`)
	page.show("queues").see("shop-MailQueue")
	testenv.Eventually(t, "the rule is gone", func() bool {
		var rules struct{ Rules []any }
		var groups struct {
			LogGroups []any `json:"logGroups"`
		}
		w.call(t, "events", "ListRules", map[string]string{"NamePrefix": "maru-console-watch-"}, &rules)
		w.call(t, "logs", "DescribeLogGroups", map[string]string{"logGroupNamePrefix": "/aws/events/maru-console-watch-"}, &groups)
		return len(rules.Rules) == 0 && len(groups.LogGroups) == 0
	})
}

func testPattern(t *testing.T, w *world) {
	page := w.open(t).show("buses/default?tab=test").see("The event matches")
	page.run(chromedp.Evaluate(`(() => { const a = document.querySelector("textarea"); a.value = '{"source":["other"]}'; a.dispatchEvent(new Event("input", {bubbles: true})); })()`, nil))
	page.see("The event does not match")
}

func tail(t *testing.T, w *world) {
	page := w.open(t).show("logs/" + url.PathEscape("/aws/lambda/"+w.name("shop.SignUp")) + "?tab=tail").see("live")
	testenv.Eventually(t, "a line comes", func() bool {
		w.ask(t, "shop", "/customers", map[string]string{"name": "Tail Doe", "email": "tail@example.com"})
		return eval[bool](page, `document.querySelectorAll(".line").length > 0`)
	})
}

func insights(t *testing.T, w *world) {
	page := w.open(t).show("logs?tab=insights")
	page.fill("Query", `filter @type = "REPORT" | stats count(*) as runs by bin(1m)`).click("Run")
	page.see("complete", "Over time")
	page.until("the chart", `document.querySelector(".chart canvas") !== null`)
	page.fill("Query", `stats count(*) as lines by @log`).click("Run").see("lines", "shop-SignUp")
}

func metrics(t *testing.T, w *world) {
	page := w.open(t).show("metrics?ns=" + url.QueryEscape("AWS/Lambda")).see("Invocations")
	page.run(chromedp.Evaluate(`[...document.querySelectorAll("tbody tr")].find((r) => r.innerText.startsWith("Invocations")).click()`, nil))
	page.until("the chart", `document.querySelector(".chart canvas") !== null`)
	body, err := json.Marshal(map[string]any{"widgets": []any{map[string]any{
		"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6,
		"properties": map[string]any{"title": "Runs", "region": testenv.Region, "stat": "Sum", "metrics": []any{[]any{"AWS/Lambda", "Invocations", "FunctionName", w.name("shop.SignUp")}, []any{".", "Errors", ".", "."}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	w.call(t, "cloudwatch", "PutDashboard", map[string]string{"DashboardName": "shop", "DashboardBody": string(body)}, nil)
	page.show("metrics/dashboards/shop").see("Runs").until("the widget", `document.querySelector(".board canvas") !== null`)
	w.call(t, "cloudwatch", "PutMetricAlarm", map[string]any{
		"AlarmName": "points", "Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
		"Threshold": 0, "ComparisonOperator": "GreaterThanThreshold",
		"Dimensions": []any{map[string]string{"Name": "FunctionName", "Value": broken}},
	}, nil)
	page.show("alarms").see("points")
	page.show("alarms/points").see("History", "Sum Errors > 0")
	page.click("Set state").click("Set")
	page.see("Tried from the console")
}

// phone holds each view to the width of a phone.
func phone(t *testing.T, w *world) {
	page := open(w.browser, t, w.URL(), "light", 390, 800)
	for _, route := range []string{"map", "traces", "logs", "metrics", "functions/" + w.name("shop.SignUp"), "machines/" + w.name("orders.Order"), "tables/" + w.name("shop.Profiles"), "queues", "mail", "stacks/shop"} {
		page.show(route)
		page.until(route, `document.querySelector("main h1") !== null && document.querySelector("main .loading") === null`)
		if wide := eval[int](page, `document.querySelector("main").scrollWidth - document.querySelector("main").clientWidth`); wide > 0 {
			t.Errorf("%s is %d pixels too wide for a phone", route, wide)
		}
	}
	page.click("Menu").see("Functions").click("Functions").see("Saves the profile.")
}

// accessible holds what can be used to have a name, and what is written to have
// contrast, in both themes.
func accessible(t *testing.T, w *world) {
	for _, colours := range []string{"light", "dark"} {
		page := open(w.browser, t, w.URL(), colours, 1360, 860)
		for _, route := range []string{"map", "traces", "logs", "functions/" + w.name("shop.SignUp"), "tables/" + w.name("shop.Profiles"), "queues", "mail", "stacks/shop?tab=events", "alarms", "metrics"} {
			page.show(route)
			page.until(route, `document.querySelector("main h1") !== null && document.querySelector("main .loading") === null`)
			for _, fault := range eval[[]string](page, audit) {
				t.Errorf("%s, %s: %s", route, colours, fault)
			}
		}
	}
}

// keyboard goes to a function and back by keys.
func keyboard(t *testing.T, w *world) {
	page := w.open(t).show("functions").see("Saves the profile.")
	for range 60 {
		page.run(chromedp.KeyEvent("\t"))
		if eval[bool](page, `(document.activeElement?.innerText ?? "").includes("shop-Profile")`) {
			break
		}
	}
	page.run(chromedp.KeyEvent("\r"))
	page.see("provided.al2023")
}

// screenshotFolder names the environment variable that asks for pictures.
const screenshotFolder = "MARU_SCREENSHOTS"

// screenshots takes the pictures of docs/console.md, where they are asked for.
func screenshots(t *testing.T, w *world) {
	folder := os.Getenv(screenshotFolder)
	if folder == "" {
		t.Skip("no folder is named by " + screenshotFolder)
	}
	shots(t, w, folder)
}

// moment is how long a view may move before its picture is taken.
const moment = 1200 * time.Millisecond
