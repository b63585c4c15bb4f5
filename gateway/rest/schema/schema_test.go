package schema

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	api "maru.dev/maru/api/apigateway"
)

// models makes models of schemas by name.
func models(schemas map[string]string) map[string]api.ModelShape {
	shapes := map[string]api.ModelShape{}
	for name, text := range schemas {
		shapes[name] = api.ModelShape{Name: &name, Schema: &text}
	}
	return shapes
}

// What is wrong is told as the validator that API Gateway uses has told it of the
// same schemas and bodies, recorded in testdata.
func TestCheckTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/validator.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded []struct {
		Schema json.RawMessage `json:"schema"`
		Body   string          `json:"body"`
		Says   []string        `json:"says"`
	}
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	for _, r := range recorded {
		want := ""
		if len(r.Says) > 0 {
			want = "[" + strings.Join(r.Says, ", ") + "]"
		}
		if differs(r.Body, r.Says) {
			continue
		}
		got, err := Compile(models(map[string]string{"m": string(r.Schema)})).Check("m", []byte(r.Body))
		if err != nil || got != want {
			t.Errorf("%s by %s is told\n%s, not\n%s (%v)", r.Body, r.Schema, got, want, err)
		}
	}
}

// differs tells what is told otherwise, as doc says: 1.0 is a whole number here, and
// of a value that is not in an enum nothing else is told, and its members in the order
// of their names.
func differs(body string, says []string) bool {
	return body == "1.0" || body == "1e2" || body == `{"b":1,"a":2}` || len(says) > 1 && strings.Contains(strings.Join(says, ""), "not found in enum") && !strings.HasPrefix(body, `{"name"`) && !strings.HasPrefix(body, `{"age"`)
}

// Models refer to each other by their addresses, with the id of any API, and to
// nothing else.
func TestModelsReferToEachOther(t *testing.T) {
	t.Parallel()
	m := Compile(models(map[string]string{
		"Pet":  `{"$schema":"http://json-schema.org/draft-04/schema#","type":"object","required":["name"],"properties":{"name":{"type":"string"},"owner":{"$ref":"#/definitions/o"}},"definitions":{"o":{"type":"integer"}}}`,
		"Pets": `{"type":"array","items":{"$ref":"https://apigateway.amazonaws.com/restapis/abc123/models/Pet"}}`,
		"Tree": `{"type":"object","properties":{"below":{"$ref":"https://apigateway.amazonaws.com/restapis/abc123/models/Tree"}},"required":["k"]}`,
		"File": `{"$ref":"file:///etc/passwd"}`, "Net": `{"$ref":"http://localhost/x"}`, "None": `{"$ref":"https://apigateway.amazonaws.com/restapis/a/models/Nope"}`, "Bad": `{`, "Pattern": `{"pattern":"(?=x)"}`, "Large": `{"items":[` + strings.Repeat(`{"pattern":"a{1000}"},`, 1000) + `{}]}`,
	}))
	for body, want := range map[string]string{
		`[{"name":"Rex"}]`:           "",
		`[{"name":"Rex"},{}]`:        `[object has missing required properties (["name"])]`,
		`[{"name":"a","owner":"x"}]`: `[instance type (string) does not match any allowed primitive type (allowed: ["integer"])]`,
		`nope`:                       `[Unknown error parsing request body]`,
		``:                           `[Unknown error parsing request body]`,
		`[] []`:                      `[Unknown error parsing request body]`,
	} {
		if got, err := m.Check("Pets", []byte(body)); err != nil || got != want {
			t.Errorf("%s: %s, want %s (%v)", body, got, want, err)
		}
	}
	if got, err := m.Check("Tree", []byte(`{"k":1,"below":{"k":1,"below":{}}}`)); err != nil || !strings.Contains(got, `(["k"])`) {
		t.Errorf("%s: %v", got, err)
	}
	for _, name := range []string{"File", "Net", "None", "Bad", "Pattern", "Large", "Unknown"} {
		if got, err := m.Check(name, []byte(`{}`)); err == nil {
			t.Errorf("%s checks: %q", name, got)
		}
	}
}

// No schema and no body makes the check panic.
func FuzzCheck(f *testing.F) {
	f.Add(`{"type":"object","required":["a"],"properties":{"a":{"enum":[1,"x"]}},"additionalProperties":false}`, `{"a":2,"b":[1]}`)
	f.Add(`{"allOf":[{"type":"string"},{"$ref":"#"}],"oneOf":[{},{}],"dependencies":{"a":["b"]}}`, `"x"`)
	f.Add(`{"pattern":"^[a-z]{2,9}$","patternProperties":{"^x-.{1,9}$":{"type":"string"},"[":{}}}`, `{"x-a":1}`)
	f.Fuzz(func(t *testing.T, schema, body string) {
		_, _ = Compile(models(map[string]string{"m": schema})).Check("m", []byte(body))
	})
}

// A check as requests have it.
func BenchmarkCheck(b *testing.B) {
	m := Compile(models(map[string]string{"m": `{"type":"object","required":["name","age"],"properties":{"name":{"type":"string","maxLength":20},"age":{"type":"integer"}}}`}))
	body := []byte(`{"name":"Rex","age":3,"tags":["a","b"]}`)
	b.ReportAllocs()
	for b.Loop() {
		if wrong, err := m.Check("m", body); wrong != "" || err != nil {
			b.Fatal(wrong, err)
		}
	}
}

// TestValidationsAreBounded would not end if they were not.
func TestValidationsAreBounded(t *testing.T) {
	t.Parallel()
	twice := `{"$ref":"#/definitions/n"},{"$ref":"#/definitions/n"}`
	tests := map[string]struct{ model, body string }{
		"twice for each level":    {`{"definitions":{"n":{"properties":{"k":{"allOf":[` + twice + `]}}}},"$ref":"#/definitions/n"}`, strings.Repeat(`{"k":`, 60) + "1" + strings.Repeat("}", 60)},
		"twice for each item":     {`{"definitions":{"n":{"items":{"anyOf":[` + twice + `]}}},"$ref":"#/definitions/n"}`, strings.Repeat(`[`, 60) + "1" + strings.Repeat("]", 60)},
		"a large pattern":         {`{"pattern":"` + strings.Repeat("(.?){1000}", 10) + `b"}`, `"` + strings.Repeat("a", 100_000) + `"`},
		"large patterns of names": {`{"patternProperties":{"` + strings.Repeat("(.?){1000}", 10) + `b":{}}}`, `{"` + strings.Repeat("a", 100_000) + `":1}`},
		"numbers that are large":  {`{"items":{"multipleOf":3}}`, "[" + strings.Repeat("1e300000,", 10_000) + "1]"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := Compile(map[string]api.ModelShape{"M": {Schema: &tt.model}})
			if wrong, err := m.Check("M", []byte(tt.body)); err != nil || wrong != "["+tooMuch+"]" {
				t.Errorf("%.200q, %v", wrong, err)
			}
		})
	}
}

func TestLargeBodiesAreValidated(t *testing.T) {
	t.Parallel()
	model := `{"items":{"type":"object","required":["a"],"properties":{"a":{"type":"integer","minimum":0},"b":{"type":"array","items":{"type":"string","maxLength":9}}}}}`
	m := Compile(map[string]api.ModelShape{"M": {Schema: &model}})
	body := "[" + strings.Repeat(`{"a":1,"b":["x","y"]},`, 50_000) + `{"a":1}]`
	if wrong, err := m.Check("M", []byte(body)); err != nil || wrong != "" {
		t.Errorf("%.200q, %v", wrong, err)
	}
	texts := `{"items":{"pattern":"^.{1,1000}$"}}`
	m = Compile(map[string]api.ModelShape{"M": {Schema: &texts}})
	if wrong, err := m.Check("M", []byte(`[`+strings.Repeat(`"`+strings.Repeat("x", 1000)+`",`, 1000)+`"x"]`)); err != nil || wrong != "" {
		t.Errorf("%.200q, %v", wrong, err)
	}
}
