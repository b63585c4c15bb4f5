package vtl

import (
	"errors"
	"strings"
	"testing"

	"maru.dev/maru/gateway/vtl/java"
)

// A template that cannot be read tells where, and what stands there.
func TestSyntaxErrorTellsThePlace(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ source, want string }{
		"open if":          {"a\nb #if(true)\nc", `Encountered "<EOF>" at [line 3, column 2]`},
		"stray end":        {"a\n  #end", `Encountered "#end" at [line 2, column 3]`},
		"stray else":       {"#foreach($x in [1])#else#end", `Encountered "#else#end" at [line 1, column 20]`},
		"no value":         {"#set($x = )", `Encountered ")" at [line 1, column 11]`},
		"no reference":     {"#set(x = 1)", `Encountered "x" at [line 1, column 6]`},
		"brace":            {"ab ${x", `Encountered "<EOF>" at [line 1, column 7]`},
		"argument":         {"\n$x.get(1 2)", `Encountered "2" at [line 2, column 10]`},
		"open string":      {"#set($x = 'a", `A string has no end at [line 1, column 11]`},
		"within a string":  {"a\n#set($x = \"b #if(\")", `Encountered "<EOF>" at [line 2, column 18]`},
		"negative operand": {"#set($x = 3 -1)", `Encountered "-1" at [line 1, column 13]`},
		"unparsed":         {"#[[ a", `The text that #[[ begins has no end at [line 1, column 6]`},
		"other template":   {"x #parse('a')", `#parse finds no other templates here at [line 1, column 3]`},
		"too deep":         {"#set($x = " + strings.Repeat("(", maxNested+1), `The template is nested too deep at [line 1, column 210]`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(tt.source)
			if _, ok := errors.AsType[*SyntaxError](err); !ok || err.Error() != tt.want {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := Parse(strings.Repeat("x", MaxSource+1)); err == nil {
		t.Error("a template beyond the limit was read")
	}
}

// A run ends whatever its template does.
func TestRunIsBounded(t *testing.T) {
	t.Parallel()
	double := "#set($t = 'xxxxxxxxxxxxxxxx')#foreach($i in [1..100])"
	for name, source := range map[string]string{
		"loops":            "#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])#set($x = 1)#end#end#end",
		"output":           double + "$t#set($t = $t + $t)#end",
		"text":             double + "#set($t = \"$t$t\")#end",
		"replaced":         double + "#set($t = $t.replace('x', 'xx'))#end",
		"replaced pattern": double + "#set($t = $t.replaceAll('(x)', '$1$1'))#end",
		"joined":           double + "#set($t = $t.join($t, $t, $t))#end",
		"repeated":         "#set($t = 'xx')$t.repeat(100000000)",
		"lists":            "#set($l = [1])#foreach($i in [1..100])#set($x = $l.addAll($l))#end",
		"lists in lists":   "#set($l = [1])#foreach($i in [1..100])#set($l = [$l, $l])#end$l",
		"a list in itself": "#set($l = [])$l.add($l)$l.add($l)$l",
		"equal lists":      "#set($l = [1])#set($m = [1])#foreach($i in [1..60])#set($l = [$l, $l])#set($m = [$m, $m])#end#if($l == $m)x#end",
		"range":            "#set($x = [1..100000000])",
		"long range":       "#set($x = [-9223372036854775807..9223372036854775807])",
		"macros":           "#macro(a)#a()#end#a()",
		"wide macros":      "#macro(a $n)#if($n > 0)#a($n - 1)#a($n - 1)#end#end#foreach($i in [1..1000])#a(15)#end",
		"defined":          "#define($d)$d$d#end$d",
		"evaluated":        "#set($e = '#evaluate($e)')#evaluate($e)",
		"maps":             "#set($m = {})#foreach($a in [1..1000])#foreach($b in [1..1000])#set($m[\"$a $b\"] = 1)#end#end",
		"expression":       "#set($x = 'a')$x.matches('" + strings.Repeat("(a?){0,50}", 2000) + "')",
		"large":            "#set($x = 'a')$x.matches('" + strings.Repeat(".{1000}", 1000) + "')",
		"large in a loop":  "#set($x = 'a')#foreach($i in [1..1000])#set($y = $x.matches('" + strings.Repeat(".{1000}", 9) + "'))#end",
		"counted":          "#set($x = 'a')$x.matches('((a{0,100}){0,100}){0,100}')",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := made(t, source)
			if _, ok := errors.AsType[*java.ThrownError](err); !ok && len(out) > maxOutput {
				t.Errorf("made %d bytes, %v", len(out), err)
			}
			if err == nil && name != "equal lists" {
				t.Errorf("made %.100q", out)
			}
		})
	}
}

// A template keeps nothing of a run, and gives the caller's variables back as they
// were.
func TestRunsAreApart(t *testing.T) {
	t.Parallel()
	parsed, err := Parse("$!x#set($x = 1)#macro(m)$!y#set($y = 2)#end#m()$x")
	if err != nil {
		t.Fatal(err)
	}
	vars := map[string]any{"z": "z"}
	for range 2 {
		out, err := parsed.Run(vars)
		if err != nil || string(out) != "1" || len(vars) != 1 {
			t.Errorf("%s, %v, %v", out, err, vars)
		}
	}
}

// host is an object of a test.
type host struct{ set map[string]any }

func (h *host) Get(name string) any    { return h.set[name] }
func (h *host) Set(name string, v any) { h.set[name] = v }
func (h *host) String() string         { return "a host" }
func (h *host) Call(name string, args []any) (any, error) {
	switch {
	case name == "twice" && len(args) == 1:
		return java.Text(args[0]) + java.Text(args[0]), nil
	case name == "fails":
		return nil, java.Throw("no")
	}
	return nil, java.ErrNoMethod
}

// Objects of the program are read, set and called.
func TestObject(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"$h.a $h['a'] $h.none $!h.none": "1 1 $h.none ",
		"#set($h.b = 'x')$h.b":          "x",
		"$h.twice('ab') $h.twice() $h":  "abab $h.twice() a host",
		"#if($h == 'a host')y#end":      "y",
		"$h.fails()":                    "",
	} {
		parsed, err := Parse(source)
		if err != nil {
			t.Fatal(err)
		}
		out, err := parsed.Run(map[string]any{"h": &host{map[string]any{"a": int64(1)}}})
		if string(out) != want || (err != nil) != (want == "") {
			t.Errorf("%s makes %q, %v", source, out, err)
		}
	}
}

// No template makes the parser or a run panic, and none runs on.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		"#set($x = {'a' : [1..3]})$x.a[1] \\$s $!{u.y}#foreach($i in $x.a)$foreach.index#if($i == 2)#break#end#end",
		"#macro(m $a)$a$!bodyContent#end#m('x')#@m(1)b#end#define($d)x#end$d#[[ raw ]]#",
		"$s.split('l').size() $s.replaceAll('(l)', '<$1>') $s.format('%5s %d', $s, 3) $n.parseInt('7')",
		"#set($m = {})$m.put(1, [])#set($m[1] = -3.5e2)$m.entrySet() #evaluate(\"$s #stop\")",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if len(source) > 2000 {
			return
		}
		_, _ = made(t, source)
	})
}

// A loop over a list, as most templates have one.
func BenchmarkRun(b *testing.B) {
	parsed, err := Parse(`{"items": [#foreach($i in $list)
  {"id": "$i.id", "name": "$i.name.toUpperCase()"}#if($foreach.hasNext),#end
#end]}`)
	if err != nil {
		b.Fatal(err)
	}
	list := &java.List{}
	for i := range 100 {
		item := &java.Map{}
		item.Put("id", int64(i))
		item.Put("name", "pet")
		list.Items = append(list.Items, item)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parsed.Run(map[string]any{"list": list}); err != nil {
			b.Fatal(err)
		}
	}
}
