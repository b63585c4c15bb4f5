package mapping

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// body is what the templates below are given.
const body = `{"a":{"b":[1,"x/y",{"c":2.0}],"e":[],"n":null,"t":true,"big":12345678901234,"d":1e9},"list":["p","q\"r"],"m":{"k":"v"}}`

// testInput is a request with all that templates can ask for.
func testInput(body string) *Input {
	return &Input{
		Body: []byte(body),
		Params: Params{
			Path:   map[string]string{"id": "7"},
			Query:  map[string][]string{"q": {"1", "2"}, "id": {"query"}},
			Header: http.Header{"X-One": {"h"}, "Id": {"header"}},
		},
		Context: map[string]any{
			"stage": "prod", "requestTimeEpoch": int64(1700000000000),
			"identity":   map[string]any{"sourceIp": "10.0.0.1"},
			"authorizer": map[string]any{"claims": map[string]any{"sub": "u1", "cognito:groups": "g"}, "principalId": "me"},
		},
		StageVariables: map[string]string{"fn": "f1"},
	}
}

// What templates make of a request. The values of $input are as the JSON library
// that API Gateway is built on, and Velocity 1.7, show them.
func TestTemplate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ body, template, want string }{
		"objects print as Java's maps": {body, `$input.path('$.a')`, `{b=[1,"x\/y",{"c":2.0}], e=[], n=null, t=true, big=12345678901234, d=1.0E9}`},
		"arrays print as JSON":         {body, `$input.path('$.list') $input.path('$.a.b')`, `["p","q\"r"] [1,"x\/y",{"c":2.0}]`},
		"scalars":                      {body, `$input.path('$.m.k') $input.path('$.a.d') $input.path('$.a.big') $input.path('$.a.t')`, `v 1.0E9 12345678901234 true`},
		"null is nothing":              {body, `$input.path('$.a.n')|$!input.path('$.a.n')`, `$input.path('$.a.n')|`},
		"nowhere is an empty text":     {body, `[$input.path('$.zz')] $input.json('$.zz') #if($input.path('$.zz') == "")y#end`, `[] "" y`},
		"json":                         {body, `$input.json('$') $input.json('$.a.b') $input.json('$.m.k') $input.json('$.a.n') $input.json('$.a.t')`, body2 + ` [1,"x/y",{"c":2.0}] "v" null true`},
		"members":                      {body, `#set($r=$input.path('$'))$r.m.k $r.zz $!r.zz #foreach($x in $r.a.b)$x;#end $r.list.size() $r.a.b[2].c $r.list.get(1) $r.m`, `v $r.zz  1;x/y;{c=2.0}; 2 2.0 q"r {k=v}`},
		"several":                      {body, `$input.path('$..k') $input.json('$.list[*]') $input.path('$.a.b.length()')`, `["v"] ["p","q\"r"] 3`},
		"changes stay": {
			`{"a":{"x":1}}`, `#set($r = $input.path('$'))#set($r.b = 2)#set($r.a.y = 'z')$input.json('$') $input.path('$.a.y') $input.json('$..y')`,
			`{"a":{"x":1,"y":"z"},"b":2} z ["z"]`,
		},
		"no body":             {``, `$input.json('$') [$input.body]`, `{} []`},
		"a body that is text": {`a=1&b=2`, `$input.json('$') $input.path('$') $input.body`, `"a=1&b=2" a=1&b=2 a=1&b=2`},
		"body":                {body, `$input.body`, body},
		"one parameter":       {``, `$input.params('id') $input.params('q') $input.params('X-One') $input.params('x-one') [$input.params('none')]`, `7 2 h h []`},
		"all parameters": {
			``, `#foreach($in in $input.params().keySet())$in:#foreach($n in $input.params().get($in).keySet())$n=$input.params().get($in).get($n);#end#end`,
			`path:id=7;querystring:id=query;q=2;header:Id=header;X-One=h;`,
		},
		"a group of parameters": {``, `$input.params().querystring.q $input.params().header.get('X-One') $input.params().path`, `2 h {id=7}`},
		"context":               {``, `$context.stage $context.identity.sourceIp [$context.identity.user] [$context.none] $context.authorizer.claims.sub $context.authorizer.claims['cognito:groups'] $context.requestTimeEpoch`, `prod 10.0.0.1 [] [] u1 g 1700000000000`},
		"stage variables":       {``, `${stageVariables.fn} $stageVariables.get('fn') [$stageVariables.none] #foreach($k in $stageVariables.keySet())$k#end`, `f1 f1 [] fn`},
		"escapes": {``, `$util.escapeJavaScript("it's ""q"" a/b \ é😀") $util.escapeJavaScript('a'+"b
c")`, `it\'s \"q\" a\/b \\ \u00E9\uD83D\uDE00 ab\nc`},
		"escaped quotes for JSON": {``, `$util.escapeJavaScript("it's").replaceAll("\\'","'")`, `it's`},
		"parseJson":               {`{"s":"{\"k\":[1,2]}"}`, `#set($p = $util.parseJson($input.path('$.s')))$p.k[1] $p`, `2 {k=[1,2]}`},
		"urls":                    {``, `$util.urlEncode("a b&c=d/é*~") $util.urlDecode("a+b%26c%3Dd")`, `a+b%26c%3Dd%2F%C3%A9*%7E a b&c=d`},
		"base64":                  {``, `$util.base64Encode("hé") $util.base64Decode("aMOp") $util.base64Decode("aA")`, `aMOp hé h`},
		"no such function":        {``, `$util.nope('x') $input.nope()`, `$util.nope('x') $input.nope()`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compiled, err := Compile(tt.template)
			if err != nil {
				t.Fatal(err)
			}
			out, err := compiled.Run(testInput(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(out.Body); got != tt.want {
				t.Errorf("got\n%s, want\n%s", got, tt.want)
			}
		})
	}
}

// body2 is body as it is written again.
const body2 = `{"a":{"b":[1,"x/y",{"c":2.0}],"e":[],"n":null,"t":true,"big":12345678901234,"d":1.0E9},"list":["p","q\"r"],"m":{"k":"v"}}`

// What cannot be done fails the request, and is not made up for.
func TestTemplateFails(t *testing.T) {
	t.Parallel()
	for _, template := range []string{
		`$util.parseJson('nope')`, `$util.urlDecode('%zz')`, `$util.base64Decode('*')`, `$input.path('a')`, `$input.json('$[')`,
		`#set($l = [1])$l[4]`,
	} {
		compiled, err := Compile(template)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := compiled.Run(testInput(``)); err == nil {
			t.Errorf("%s makes %q", template, out.Body)
		}
	}
	if _, err := Compile("{\n#if("); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v", err)
	}
}

// A template may override what is mapped, and only what it may.
func TestTemplateOverrides(t *testing.T) {
	t.Parallel()
	compiled, err := Compile(`#set($context.requestOverride.path.id = "9")
#set($context.requestOverride.header['x-a'] = "1")
#set($context.requestOverride.querystring.q = ["a", "b"])
#set($context.responseOverride.status = 418)
#set($context.responseOverride.header.Location = "/$input.params('id')")
#set($context.stage = "other")
$context.responseOverride.status`)
	if err != nil {
		t.Fatal(err)
	}
	in := testInput(``)
	out, err := compiled.Run(in)
	if err != nil {
		t.Fatal(err)
	}
	want := Output{
		Body:     []byte("418"),
		Request:  Overrides{Path: map[string]string{"id": "9"}, Header: map[string][]string{"x-a": {"1"}}, Query: map[string][]string{"q": {"a", "b"}}},
		Response: ResponseOverrides{Status: 418, Header: map[string][]string{"Location": {"/7"}}},
	}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	if in.Context["stage"] != "prod" {
		t.Error("the context was changed")
	}
}

// Values of mapped parameters.
func TestExpression(t *testing.T) {
	t.Parallel()
	in := testInput(body)
	in.Header = http.Header{"Etag": {"e1", "e2"}}
	for expression, want := range map[string]string{
		`method.request.path.id`:                     "7",
		`method.request.querystring.q`:               "2",
		`method.request.multivaluequerystring.q`:     "1,2",
		`method.request.header.x-one`:                "h",
		`method.request.multivalueheader.X-One`:      "h",
		`method.request.header.none`:                 "<none>",
		`method.request.body`:                        body,
		`method.request.body.m.k`:                    "v",
		`method.request.body.list[0]`:                "p",
		`method.request.body.a.b`:                    `[1,"x/y",{"c":2.0}]`,
		`method.request.body.none`:                   "<none>",
		`integration.response.header.ETag`:           "e2",
		`integration.response.multivalueheader.ETag`: "e1,e2",
		`integration.response.body.m`:                `{"k":"v"}`,
		`stageVariables.fn`:                          "f1",
		`stageVariables.none`:                        "<none>",
		`context.stage`:                              "prod",
		`context.authorizer.claims.sub`:              "u1",
		`context.authorizer.claims.cognito:groups`:   "g",
		`context.requestTimeEpoch`:                   "1700000000000",
		`context.identity`:                           "<none>",
		`'static, text'`:                             "static, text",
		`''`:                                         "",
	} {
		e, err := ParseExpression(expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		got := "<none>"
		if values, ok := e.Values(in); ok {
			got = strings.Join(values, ",")
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", expression, got, want)
		}
	}
	for _, expression := range []string{``, `x`, `method.request.header.`, `method.request.bodyx`, `method.request.body.a[`, `'open`, `context.`, `integration.request.header.x`} {
		if _, err := ParseExpression(expression); err == nil {
			t.Errorf("%q was read", expression)
		}
	}
}

// Mapped parameters are read in one order whatever the map's.
func TestParseParameters(t *testing.T) {
	t.Parallel()
	got, err := ParseParameters(map[string]string{
		"integration.request.header.X-B": "'b'", "integration.request.header.X-A": "method.request.header.a",
		"integration.request.path.id": "method.request.path.id", "integration.request.querystring.q": "context.stage",
	})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range got {
		names = append(names, p.Name)
	}
	if diff := cmp.Diff([]string{"id", "q", "X-A", "X-B"}, names); diff != "" {
		t.Error(diff)
	}
	for to, from := range map[string]string{"x": "'a'", "method.response.header.": "'a'", "method.response.header.a": "b"} {
		if _, err := ParseParameters(map[string]string{to: from}); err == nil {
			t.Errorf("%s from %s was read", to, from)
		}
	}
}

// Gateway responses have their variables filled in, and nothing else done.
func TestVariables(t *testing.T) {
	t.Parallel()
	in := testInput(body)
	in.Context["error"] = map[string]any{"messageString": `"no \"way\""`}
	for text, want := range map[string]string{
		`{"message":$context.error.messageString}`:                               `{"message":"no \"way\""}`,
		`$context.stage/${context.stage}x $context.none. $stageVariables.fn.`:    `prod/prodx . f1.`,
		`#if(true)$input.body $ $5 ${context.stage $method.request.header.X-One`: `#if(true)$input.body $ $5 ${context.stage h`,
		`$context.stage-`: `prod-`,
		``:                ``,
	} {
		if got := string(CompileVariables(text).Run(in)); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// No template makes the compiler panic, nor the run.
func FuzzTemplate(f *testing.F) {
	f.Add(`#set($r = $input.path('$'))#foreach($x in $r.list)$x#end$input.json('$..k')`, body)
	f.Add(`$context.requestOverride.header.x$util.escapeJavaScript($input.params('q'))`, `text`)
	f.Fuzz(func(t *testing.T, template, body string) {
		compiled, err := Compile(template)
		if err != nil {
			return
		}
		_, _ = compiled.Run(testInput(body))
	})
}

// No text makes the parsers of parameters and variables panic.
func FuzzExpression(f *testing.F) {
	f.Add(`method.request.body.a[?(@.b)]`, `${context.a.b} $stageVariables.x $method.request.path.id`)
	f.Fuzz(func(t *testing.T, expression, text string) {
		in := testInput(body)
		if e, err := ParseExpression(expression); err == nil {
			_, _ = e.Values(in)
		}
		CompileVariables(text).Run(in)
	})
}

// A template as requests to Lambda have them.
func BenchmarkTemplate(b *testing.B) {
	compiled, err := Compile(`{
  "body": $input.json('$'),
  "id": "$input.params('id')",
  "stage": "$context.stage",
  #foreach($n in $input.params().header.keySet())"$n": "$util.escapeJavaScript($input.params().header.get($n))"#if($foreach.hasNext),#end#end
}`)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := compiled.Run(testInput(body)); err != nil {
			b.Fatal(err)
		}
	}
}
