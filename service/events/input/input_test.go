package input

import (
	"encoding/json"
	"strings"
	"testing"
)

const event = `{"version":"0","id":"1","detail-type":"order","source":"shop","resources":["a","b"],
	"detail":{"id":"o\n1","n":1.50,"list":[{"x":[1,2]},{"y z":null}],"":"empty"}}`

func TestPathsLeadToParts(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"$":                          event,
		"$.detail-type":              `"order"`,
		"$.detail.n":                 "1.50", // as it was written
		"$.resources[1]":             `"b"`,
		"$.detail.list[0].x[1]":      "2",
		"$.detail['list'][1]['y z']": "null",
		`$["detail"]["n"]`:           "1.50",
		"$.detail.none":              "",
		"$.detail.n.m":               "",
		"$.resources[2]":             "",
		"$.resources.x":              "",
		"$.detail[0]":                "",
	} {
		p, err := ParsePath(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got := string(p.In([]byte(event))); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	for _, path := range []string{"", "detail", "$detail", "$.", "$..a", "$.a[", "$.a[x]", "$.a[-1]", "$.a[*]", "$.*", "$.a b"} {
		if p, err := ParsePath(path); err == nil {
			t.Errorf("%q was taken as %v", path, p)
		}
	}
}

func TestTemplatesAreFilledIn(t *testing.T) {
	t.Parallel()
	paths := map[string]string{"id": "$.detail.id", "n": "$.detail.n", "list": "$.detail.list", "none": "$.detail.none"}
	for template, want := range map[string]string{
		`{"id":<id>,"n":<n>}`:                            `{"id":"o\n1","n":1.50}`,
		`"<id> of <n>"`:                                  `"o\n1 of 1.50"`,
		`{"a":"<list>"}`:                                 `{"a":"[{x:[1,2]},{y z:null}]"}`,
		`{"a":<none>,"b":"<none>"}`:                      `{"a":null,"b":""}`,
		`"a <b>bold</b> <n>"`:                            `"a <b>bold</b> 1.50"`,
		`{"q":"say \"<n>\"","r":<aws.events.rule-name>}`: `{"q":"say \"1.50\"","r":"r"}`,
	} {
		tr, err := Compile(paths, template)
		if err != nil {
			t.Errorf("%s: %v", template, err)
			continue
		}
		if got, ok := tr.Apply([]byte(event), map[string]string{RuleName: "r"}); string(got) != want || !ok {
			t.Errorf("%s: %s, want %s", template, got, want)
		}
	}
	for template, paths := range map[string]map[string]string{
		"": nil, `"open`: nil, `"x"`: {"aws.mine": "$.id"}, `"y"`: {"a": "id"},
	} {
		if _, err := Compile(paths, template); err == nil {
			t.Errorf("%q of %v was taken", template, paths)
		}
	}
}

// A template that names an event's parts often makes as much as targets take, or
// nothing: never a part.
func TestWhatIsFilledInIsBounded(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]int{(MaxMade - 2) / 2: MaxMade, MaxMade / 2: 0, MaxMade: 0} {
		for _, more := range []string{"", "<a>", strings.Repeat("<a>", 2000)} {
			tr, err := Compile(map[string]string{"a": "$.a"}, `"<a><a>`+more+`"`)
			if err != nil {
				t.Fatal(err)
			}
			if more != "" {
				want = 0
			}
			if got, ok := tr.Apply([]byte(`{"a":"`+strings.Repeat("x", size)+`"}`), nil); len(got) != want || ok != (want > 0) {
				t.Errorf("%d of %d: %d bytes, %v", 2+len(more)/3, size, len(got), ok)
			}
		}
	}
}

// Whatever the template, it can be filled in, and a part is a part.
func FuzzTransformer(f *testing.F) {
	f.Add("$.detail.list[0]", `{"a":<a>,"b":"<a>"}`, event)
	f.Add(`$['x'].y[1]`, `"\"<a>" <aws.events.event>`, `{"x":{"y":[1,"\\"]}}`)
	f.Fuzz(func(t *testing.T, path, template, event string) {
		p, err := ParsePath(path)
		if err != nil {
			return
		}
		if part := p.In([]byte(event)); part != nil && json.Valid([]byte(event)) && !json.Valid(part) {
			t.Fatalf("%s of %s is %s", path, event, part)
		}
		tr, err := Compile(map[string]string{"a": path}, template)
		if err != nil {
			return
		}
		if made, _ := tr.Apply([]byte(event), nil); len(made) > MaxMade {
			t.Error("more is made than there may be")
		}
	})
}

// A part of an event is looked for once, however often a template names it.
func TestATemplateCostsWhatItsPartsDo(t *testing.T) { //nolint:paralleltest // others' allocations would count
	event := []byte(`{"detail":[` + strings.Repeat("1,", 1<<12) + `1]}`)
	cost := func(times int) float64 {
		tr, err := Compile(map[string]string{"a": "$.none"}, `"`+strings.Repeat("<a><"+Event+">", times)+`"`)
		if err != nil {
			t.Fatal(err)
		}
		return testing.AllocsPerRun(3, func() {
			if got, ok := tr.Apply(event, nil); !ok || len(got) != 2+times*2 {
				t.Errorf("%d bytes, %v", len(got), ok)
			}
		})
	}
	if once, often := cost(1), cost(300); often > once+5*300 {
		t.Errorf("named once it takes %v allocations, named 300 times %v", once, often)
	}
}
