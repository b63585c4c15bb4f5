package widget

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

const (
	// maxWidgets is how many widgets a dashboard has.
	maxWidgets = 500
	// maxMetrics is how many metrics a widget of a dashboard has.
	maxMetrics = 500
	// columns are those of a dashboard's grid.
	columns = 24
)

// Message says what is wrong at a place in a dashboard's body.
type Message struct {
	DataPath string `json:"dataPath"`
	Message  string `json:"message"`
}

// checker gathers what is wrong with a body.
type checker struct {
	errors, warnings []Message
}

// CheckBody looks through a dashboard's body. With errors it is no dashboard;
// with warnings alone some of it has no effect.
func CheckBody(body string) (errors, warnings []Message) {
	c := &checker{}
	var root any
	if err := json.Unmarshal([]byte(body), &root); err != nil {
		c.fail("/", "The field DashboardBody must be a valid JSON object")
		return c.errors, c.warnings
	}
	c.root(root)
	return c.errors, c.warnings
}

func (c *checker) fail(path, format string, args ...any) {
	c.errors = append(c.errors, Message{path, fmt.Sprintf(format, args...)})
}

func (c *checker) warn(path, format string, args ...any) {
	c.warnings = append(c.warnings, Message{path, fmt.Sprintf(format, args...)})
}

// object returns v's members; it fails if v is no object.
func (c *checker) object(path string, v any) (map[string]any, bool) {
	m, ok := v.(map[string]any)
	if !ok {
		c.fail(path, "Should be object")
	}
	return m, ok
}

// known warns of members that mean nothing.
func (c *checker) known(path string, m map[string]any, names string) {
	all := strings.Fields(names)
	var strange []string
	for name := range m {
		if !slices.Contains(all, name) {
			strange = append(strange, name)
		}
	}
	slices.Sort(strange)
	for _, name := range strange {
		c.warn(strings.TrimSuffix(path, "/"), "Unknown property '%s', will be ignored", name)
	}
}

// need fails when members are not there.
func (c *checker) need(path string, m map[string]any, names ...string) {
	for _, name := range names {
		if m[name] == nil {
			c.fail(path, "Should have required property '%s'", name)
		}
	}
}

// text holds a member against what it may be, if there is a choice.
func (c *checker) text(path string, m map[string]any, name string, choice ...string) {
	v, ok := m[name]
	if !ok {
		return
	}
	s, ok := v.(string)
	switch {
	case !ok:
		c.fail(path+"/"+name, "Should be string")
	case len(choice) > 0 && !slices.Contains(choice, s):
		c.fail(path+"/"+name, "Should be equal to one of the allowed values: %s", strings.Join(choice, ", "))
	}
}

// whole holds a member against its bounds.
func (c *checker) whole(path string, m map[string]any, name string, least, most float64) {
	v, ok := m[name]
	if !ok {
		return
	}
	n, ok := v.(float64)
	switch {
	case !ok || n != math.Trunc(n):
		c.fail(path+"/"+name, "Should be integer")
	case n < least:
		c.fail(path+"/"+name, "Should be >= %v", least)
	case n > most:
		c.fail(path+"/"+name, "Should be <= %v", most)
	}
}

// flag holds a member to be true or false.
func (c *checker) flag(path string, m map[string]any, name string) {
	if v, ok := m[name]; ok {
		if _, ok := v.(bool); !ok {
			c.fail(path+"/"+name, "Should be boolean")
		}
	}
}

// root checks the body.
func (c *checker) root(v any) {
	m, ok := c.object("/", v)
	if !ok {
		return
	}
	c.known("/", m, "widgets start end periodOverride variables")
	c.text("", m, "periodOverride", "auto", "inherit")
	c.text("", m, "start")
	c.text("", m, "end")
	if m["end"] != nil && m["start"] == nil {
		c.fail("/", "Should have required property 'start'")
	}
	widgets, ok := m["widgets"].([]any)
	switch {
	case m["widgets"] == nil:
		c.need("/", m, "widgets")
	case !ok:
		c.fail("/widgets", "Should be array")
	case len(widgets) > maxWidgets:
		c.fail("/widgets", "Should NOT have more than %d items", maxWidgets)
	}
	for i, w := range widgets {
		c.widget(fmt.Sprintf("/widgets/%d", i), w)
	}
}

// widget checks a widget of a dashboard.
func (c *checker) widget(path string, v any) {
	m, ok := c.object(path, v)
	if !ok {
		return
	}
	c.known(path, m, "type x y width height properties")
	c.need(path, m, "type", "properties")
	c.text(path, m, "type", "metric", "text", "log", "alarm", "explorer", "custom")
	c.whole(path, m, "x", 0, columns-1)
	c.whole(path, m, "y", 0, math.MaxInt32)
	c.whole(path, m, "width", 1, columns)
	c.whole(path, m, "height", 1, 1000)
	if m["properties"] == nil {
		return
	}
	path += "/properties"
	p, ok := c.object(path, m["properties"])
	if !ok {
		return
	}
	switch m["type"] {
	case "metric":
		c.metricWidget(path, p)
	case "text":
		c.known(path, p, "markdown background")
		c.need(path, p, "markdown")
		c.text(path, p, "markdown")
		c.text(path, p, "background", "transparent", "solid")
	case "log":
		c.known(path, p, "accountId query region stacked title view legend yAxis queryLanguage queryBy logGroupPrefixes period")
		c.need(path, p, "query")
		c.text(path, p, "query")
		c.text(path, p, "view", "table", "timeSeries", "bar", "pie")
	case "alarm":
		c.known(path, p, "alarms sortBy states title")
		c.need(path, p, "alarms")
		if list, ok := p["alarms"].([]any); p["alarms"] != nil && (!ok || len(list) < 1 || len(list) > 100) {
			c.fail(path+"/alarms", "Should be array of 1 to 100 items")
		}
	case "custom":
		c.need(path, p, "endpoint")
		c.text(path, p, "endpoint")
	}
}

// metricWidget checks the properties of a graph.
func (c *checker) metricWidget(path string, p map[string]any) {
	c.known(path, p, "accountId annotations legend liveData metrics period region setPeriodToTimeRange sparkline singleValueFullPrecision stacked stat start end table timezone title trend view yAxis labels theme")
	annotations, _ := p["annotations"].(map[string]any)
	if p["metrics"] == nil && annotations["alarms"] == nil {
		c.need(path, p, "metrics")
	}
	c.need(path, p, "region")
	c.text(path, p, "region")
	c.text(path, p, "title")
	c.text(path, p, "stat")
	c.text(path, p, "view", "timeSeries", "singleValue", "gauge", "bar", "pie", "table")
	c.flag(path, p, "stacked")
	c.flag(path, p, "liveData")
	c.whole(path, p, "period", 1, 86_400*365)
	if p["metrics"] == nil {
		return
	}
	metrics, ok := p["metrics"].([]any)
	switch {
	case !ok:
		c.fail(path+"/metrics", "Should be array")
	case len(metrics) > maxMetrics:
		c.fail(path+"/metrics", "Should NOT have more than %d items", maxMetrics)
	}
	for i, v := range metrics {
		c.metric(fmt.Sprintf("%s/metrics/%d", path, i), v)
	}
}

// metric checks a row of a graph's metrics.
func (c *checker) metric(path string, v any) {
	row, ok := v.([]any)
	if !ok {
		c.fail(path, "Should be array")
		return
	}
	if len(row) == 0 {
		c.fail(path, "Should NOT have fewer than 1 items")
		return
	}
	names := row
	if options, ok := row[len(row)-1].(map[string]any); ok {
		names = row[:len(row)-1]
		c.known(fmt.Sprintf("%s/%d", path, len(names)), options, "color expression id label period region stat visible yAxis accountId")
		if options["expression"] != nil && len(names) > 0 {
			c.fail(path, "Should NOT have more than 1 items")
		}
		if options["expression"] == nil && len(names) == 0 {
			c.fail(path, "Should NOT have fewer than 2 items")
		}
	}
	for i, n := range names {
		if _, ok := n.(string); !ok {
			c.fail(fmt.Sprintf("%s/%d", path, i), "Invalid metric field type, only \"String\" type is allowed")
			return
		}
	}
	if len(names)%2 == 1 && !slices.Contains(names, any("...")) {
		c.fail(path, "Should NOT have more than %d items", len(names)-1)
	}
}
