package handlebars

import (
	"errors"
	"strings"
	"testing"
)

func TestRender(t *testing.T) {
	t.Parallel()
	const data = `{"name":"Jo","n":1.50,"yes":true,"no":false,"empty":[],"a":{"b":["x",{"c":"deep"}]},
		"list":[{"p":"one","q":["1","2"]},{"p":"two","q":[]}],"html":"<b>","null":null}`
	tests := map[string]struct{ template, want string }{
		"variable":        {"Hi {{name}}, {{ n }} {{yes}}", "Hi Jo, 1.50 true"},
		"no escaping":     {"{{html}}{{{html}}}{{&html}}", "<b><b><b>"},
		"paths":           {"{{a.b.[1].c}} {{a.b.[0]}} {{a.b.length}}", "deep x 2"},
		"if":              {"{{#if yes}}y{{else}}n{{/if}}{{#if no}}y{{else}}n{{/if}}{{#if missing}}y{{/if}}", "yn"},
		"else if":         {"{{#if no}}1{{else if missing}}2{{else if yes}}3{{else}}4{{/if}}", "3"},
		"unless":          {"{{#unless no}}x{{/unless}}{{#unless yes}}y{{/unless}}", "x"},
		"each":            {"{{#each list}}{{@index}}{{p}}{{#each q}}[{{this}}{{../p}}]{{else}}-{{/each}}{{#unless @last}},{{/unless}}{{/each}}", "0one[1one][2one],1two-"},
		"each of nothing": {"{{#each empty}}x{{else}}none{{/each}}", "none"},
		"each of object":  {"{{#each a}}{{@key}}{{/each}}", "b"},
		"with":            {"{{#with a}}{{b.[0]}}{{@root.name}}{{/with}}", "xJo"},
		"comments":        {"a{{! x }}b{{!-- }} --}}c", "abc"},
		"white space":     {"a {{~name~}} b", "aJob"},
		"partial":         {`{{#* inline "hi"}}Hi {{name}}{{/inline}}{{> hi}}!{{>hi}}`, "Hi Jo!Hi Jo"},
		"null":            {"[{{null}}]", "[]"},
		"plain braces":    {"a { b } c", "a { b } c"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values, err := Data(data)
			if err != nil {
				t.Fatal(err)
			}
			template, err := Parse(tt.template)
			if err != nil {
				t.Fatal(err)
			}
			got, err := template.Render(values)
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestMissingDataAreNamed(t *testing.T) {
	t.Parallel()
	template, err := Parse("{{#with a}}{{b}}{{/with}}{{x.y}}")
	if err != nil {
		t.Fatal(err)
	}
	_, err = template.Render(map[string]any{})
	var missing *MissingError
	if !errors.As(err, &missing) || err.Error() != "Attribute 'x.y' is not present in the rendering data." {
		t.Errorf("got %v", err)
	}
}

func TestParseRefusals(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"open tag":          "{{name",
		"open block":        "{{#if a}}x",
		"crossed blocks":    "{{#if a}}{{#each b}}{{/if}}{{/each}}",
		"stray end":         "x{{/if}}",
		"unknown block":     "{{#repeat a}}{{/repeat}}",
		"unknown helper":    "{{upper name}}",
		"unknown partial":   "{{> none}}",
		"recursive partial": `{{#* inline "a"}}{{> a}}{{/inline}}{{> a}}`,
		"empty":             "{{}}",
		"too deep":          strings.Repeat("{{#if a}}", 100),
		"bad path":          "{{a..b}}",
		"unknown @":         "{{@nothing}}",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var syntax *SyntaxError
			if _, err := Parse(text); !errors.As(err, &syntax) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestRenderingIsBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`{{#* inline "p00"}}x{{/inline}}`)
	for i := 1; i < 40; i++ {
		b.WriteString(`{{#* inline "p` + number(i) + `"}}{{> p` + number(i-1) + `}}{{> p` + number(i-1) + `}}{{/inline}}`)
	}
	b.WriteString("{{> p39}}")
	template, err := Parse(b.String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := template.Render(nil); !errors.Is(err, errTooLarge) {
		t.Errorf("got %v", err)
	}
}

func number(i int) string { return string(rune('0'+i/10)) + string(rune('0'+i%10)) }

func FuzzTemplate(f *testing.F) {
	f.Add("Hi {{name}} {{#each list}}{{@index}}{{else if x}}{{/each}} {{> a}}", `{"name":"x","list":[1,{"a":2}]}`)
	f.Add(`{{#* inline "a"}}{{../b.[0]}}{{/inline}}{{~> a~}}`, `{}`)
	f.Fuzz(func(_ *testing.T, text, data string) {
		template, err := Parse(text)
		if err != nil {
			return
		}
		if values, err := Data(data); err == nil {
			_, _ = template.Render(values)
		}
	})
}
