package widget_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/service/cloudwatch/widget"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func TestParseReadsAWidget(t *testing.T) {
	t.Parallel()
	got, err := widget.Parse(`{
		"metrics": [
			["AWS/EC2", "CPUUtilization", "InstanceId", "i-1", {"stat": "p90", "yAxis": "right", "id": "m1", "visible": false}],
			[".", "NetworkIn", ".", "i-2", {"period": 60}],
			["...", "i-3"],
			[{"expression": "m1*2", "label": "twice", "color": "#ff0000"}]
		],
		"view": "bar", "stacked": true, "start": "-PT6H", "end": "2026-11-20T11:00:00Z", "timezone": "+0130", "title": "T", "width": 800, "height": 300, "theme": "dark",
		"stat": "Sum", "period": 300, "legend": {"position": "right"}, "yAxis": {"left": {"min": 0, "max": 10, "label": "L"}},
		"annotations": {
			"horizontal": [{"value": 5, "label": "limit", "fill": "above"}, [{"value": 1, "color": "#00ff00"}, {"value": 2}], {"value": 9, "visible": false}],
			"vertical": [{"value": "2026-11-20T10:00:00Z", "label": "deploy"}]
		}}`, now)
	if err != nil {
		t.Fatal(err)
	}
	want := &widget.Widget{
		Title: "T", View: "bar", Stacked: true, Start: now.Add(-6 * time.Hour), End: now.Add(-time.Hour), Width: 800, Height: 300, Dark: true, Legend: "right",
		Left: widget.Axis{Min: new(0.0), Max: new(10.0), Label: "L"},
		Metrics: []widget.Metric{
			{ID: "m1", Namespace: "AWS/EC2", Name: "CPUUtilization", Dimensions: []widget.Dimension{{Name: "InstanceId", Value: "i-1"}}, Stat: "p90", Period: 300, Right: true, Hidden: true},
			{Namespace: "AWS/EC2", Name: "NetworkIn", Dimensions: []widget.Dimension{{Name: "InstanceId", Value: "i-2"}}, Stat: "Sum", Period: 60},
			{Namespace: "AWS/EC2", Name: "NetworkIn", Dimensions: []widget.Dimension{{Name: "InstanceId", Value: "i-3"}}, Stat: "Sum", Period: 300},
			{Expression: "m1*2", Label: new("twice"), Color: "#ff0000", Stat: "Sum", Period: 300},
		},
		Horizontal: []widget.Line{{Value: 5, Label: "limit", Fill: "above"}, {Value: 1, To: new(2.0), Color: "#00ff00"}},
		Vertical:   []widget.Moment{{At: now.Add(-2 * time.Hour), Label: "deploy"}},
	}
	_, offset := now.In(got.Zone).Zone()
	if offset != 5400 {
		t.Errorf("zone is %d seconds off", offset)
	}
	got.Zone = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "[]", `{"metrics":[["a"]]}`, `{"metrics":[["a","b","c"]]}`, `{"metrics":[["...","b"]]}`, `{"metrics":[[".","b"]]}`, `{"metrics":[[{"a":1},"b"]]}`,
		`{"width":0}`, `{"height":2001}`, `{"start":"x"}`, `{"start":"-PT1H","end":"-PT2H"}`, `{"timezone":"x"}`, `{"annotations":{"vertical":[{"value":"x"}]}}`,
		`{"annotations":{"horizontal":[[{"value":1}]]}}`, strings.Repeat(" ", widget.MaxLength+1),
	} {
		if _, err := widget.Parse(text, now); err == nil {
			t.Errorf("%.60q was read", text)
		}
	}
}

func TestCheckBodyTellsWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	const good = `"type":"metric","x":0,"y":0,"width":12,"height":6`
	tests := map[string]struct{ body, errors, warnings string }{
		"good":          {`{"widgets":[{` + good + `,"properties":{"region":"us-east-1","metrics":[["n","m"],["n","m","d","v",{"stat":"Sum"}],["...","w"],[{"expression":"1"}]]}},{"type":"text","properties":{"markdown":"x"}}]}`, "", ""},
		"no JSON":       {`{`, "/ The field DashboardBody must be a valid JSON object", ""},
		"no widgets":    {`{}`, "/ Should have required property 'widgets'", ""},
		"no properties": {`{"widgets":[{"type":"text"}]}`, "/widgets/0 Should have required property 'properties'", ""},
		"bad type":      {`{"widgets":[{"type":"x","properties":{}}]}`, "/widgets/0/type Should be equal to one of the allowed values: metric, text, log, alarm, explorer, custom", ""},
		"bad x":         {`{"widgets":[{"type":"text","x":24,"properties":{"markdown":""}}]}`, "/widgets/0/x Should be <= 23", ""},
		"no region":     {`{"widgets":[{` + good + `,"properties":{"metrics":[["n","m"]]}}]}`, "/widgets/0/properties Should have required property 'region'", ""},
		"bad metric":    {`{"widgets":[{` + good + `,"properties":{"region":"r","metrics":[["n","m",{"d":"v"},"x"]]}}]}`, `/widgets/0/properties/metrics/0/2 Invalid metric field type, only "String" type is allowed`, ""},
		"odd metric":    {`{"widgets":[{` + good + `,"properties":{"region":"r","metrics":[["n","m","d"]]}}]}`, "/widgets/0/properties/metrics/0 Should NOT have more than 2 items", ""},
		"strange":       {`{"widgets":[{"type":"text","properties":{"markdown":"","colour":1}}],"a":1}`, "", "/widgets/0/properties Unknown property 'colour', will be ignored"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			errors, warnings := widget.CheckBody(tt.body)
			last := func(all []widget.Message) string {
				if len(all) == 0 {
					return ""
				}
				m := all[len(all)-1]
				return m.DataPath + " " + m.Message
			}
			if got := last(errors); got != tt.errors {
				t.Errorf("error %q, want %q", got, tt.errors)
			}
			if got := last(warnings); got != tt.warnings {
				t.Errorf("warning %q, want %q", got, tt.warnings)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"metrics":[["a","b",".","c"],["...","d",{"id":"x"}]],"annotations":{"horizontal":[[{"value":1},{"value":2}]]}}`)
	f.Fuzz(func(_ *testing.T, s string) {
		_, _ = widget.Parse(s, now)
		widget.CheckBody(s)
	})
}
