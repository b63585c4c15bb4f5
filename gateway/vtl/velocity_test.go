package vtl

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// recorded is what Apache Velocity 1.7 has made of a template with the variables
// that vars returns.
type recorded struct {
	Template string `json:"template"`
	Makes    string `json:"makes"`
	Fails    bool   `json:"fails"`
}

// vars are the variables of the recorded templates.
func vars() map[string]any {
	return map[string]any{"s": "Hello", "n": int64(7), "empty": ""}
}

// made runs a template.
func made(t testing.TB, source string) (string, error) {
	t.Helper()
	parsed, err := Parse(source)
	if err != nil {
		return "", err
	}
	out, err := parsed.Run(vars())
	return string(out), err
}

// Templates make what Velocity makes of them, but for what doc.go tells.
func TestTemplatesMakeWhatVelocityMakes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/velocity.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []recorded
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		got, err := made(t, r.Template)
		want, otherwise := differs(r.Template)
		if !otherwise {
			want = r.Makes
		}
		switch {
		case otherwise && want == "" || !otherwise && r.Fails:
			if err == nil {
				t.Errorf("%q makes %q, and has to fail", r.Template, got)
			}
		case err != nil:
			t.Errorf("%q: %v; it makes %q", r.Template, err, want)
		case strings.Contains(want, "[Ljava.lang.String;@"): // with an address
		case got != want:
			t.Errorf("%q makes\n%q, not\n%q", r.Template, got, want)
		}
	}
}

// differs returns what a template makes here where that is not what Velocity makes
// of it; "" for a failure.
func differs(template string) (makes string, ok bool) {
	makes, ok = map[string]string{
		// Whole numbers end at 64 bits.
		"#set($x = 2147483647 + 1)$x #set($x=9223372036854775807 + 1)$x":                           "21474836489.223372036854776E18",
		"#set($x = 3000000000)$x #set($x = 2147483647)$x #set($x= $x * $x)$x #set($x = $x * $x)$x": "3000000000214748364746116860141324206092.1267647892944573E37",
		// Classes are not shown, nor hash codes other than those of strings.
		"$n.intValue() $n.toString() $n.class $s.class.name $n.compareTo(3) $s.matches('H.*') $s.isEmpty() $s.empty $s.hashCode() $s.format('%s-%d','a',3)": "7 7 $n.class $s.class.name 1 true false false 69609650 a-3",
		"#set($l=['a'])$l.add(0,'z') $l $l.containsAll(['a']) $l.equals(['z','a']) $l.toString() $l.hashCode() $l.iterator().next() $l.toArray().size()":    " [z, a] true true [z, a] $l.hashCode() z 2",
		"$n.doubleValue() $n.longValue() $n.equals(7) $n.equals('7') $n.hashCode() $n.parseInt('12') $n.valueOf('5') $n.MAX_VALUE":                          "7.0 7 true false $n.hashCode() 12 5 $n.MAX_VALUE",
		// Spaces and expressions may stand where Velocity's parser does not let them.
		"#set($x = [])$x #set($x={})$x #set($x=[ ])$x #set($x={ })$x":                                                                "[]{}[]{}",
		"#set($x = 5 % 3)$x #set($x = 5.5 % 2)$x #set($x = 2 * 3.0)$x #set($x= 10 / 4)$x #set($x = 10 / 4.0)$x #set($x = 5 % 0)[$x]": "21.56.022.5[2.5]",
		"$s.length( )":         "5",
		"$s.substring($n - 5)": "llo",
		// A method that does not take the arguments is none.
		"$s.length('x')": "$s.length('x')",
		"$s.format('%5s|%-5s|%05d|%.2f|%x|%%|%b|%c|%n',$s,'a',42,1.5,255,true,'c')": "Hello|a    |00042|1.50|ff|%|true|c|\n",
		// What is refused here.
		"#foreach($i of [1])#end":                "",
		"#set($x=$s.split(\"(?<=l)\"))$x.size()": "",
		"#set($_a=1)":                            "",
	}[template]
	return makes, ok
}
