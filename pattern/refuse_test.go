package pattern

import (
	"fmt"
	"strings"
	"testing"
)

// A pattern that AWS refuses is refused with its reason.
func TestCompileTellsWhy(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`[]`:                                           `Filter is not an object`,
		`{}`:                                           `Empty objects are not allowed`,
		`{"a":{}}`:                                     `Empty objects are not allowed`,
		`{"a":[]}`:                                     `Empty arrays are not allowed`,
		`{"a":"b"}`:                                    `"a" must be an object or an array`,
		`{"a":1}`:                                      `"a" must be an object or an array`,
		`{"a":[[1]]}`:                                  `Match value must be String, number, true, false, or null`,
		`{"a":[{"prefix":"x","suffix":"y"}]}`:          `Only one key allowed in match expression`,
		`{"a":[{"huh":"x"}]}`:                          `Unrecognized match type huh`,
		`{"a":[{"prefix":1}]}`:                         `prefix match pattern must be a string`,
		`{"a":[{"suffix":null}]}`:                      `suffix match pattern must be a string`,
		`{"a":[{"equals-ignore-case":["x"]}]}`:         `equals-ignore-case match pattern must be a string`,
		`{"a":[{"prefix":{"suffix":"x"}}]}`:            `Unsupported prefix match pattern: suffix`,
		`{"a":[{"wildcard":"a**b"}]}`:                  `Consecutive wildcard characters at pos 1`,
		`{"a":[{"wildcard":"a\\b"}]}`:                  `Invalid escape character at pos 1`,
		`{"a":[{"exists":"yes"}]}`:                     `exists match pattern must be either true or false.`,
		`{"a":[{"anything-but":[]}]}`:                  `Empty arrays are not allowed`,
		`{"a":[{"anything-but":["x",1]}]}`:             `Inside anything but list, either all values are number or string, mixed type is not supported`,
		`{"a":[{"anything-but":[null]}]}`:              `Inside anything but list, start|null|boolean is not supported.`,
		`{"a":[{"anything-but":true}]}`:                `Value of anything-but must be an array or single string/number value.`,
		`{"a":[{"anything-but":{"numeric":["=",1]}}]}`: `Unsupported anything-but pattern: numeric`,
		`{"a":[{"anything-but":{"prefix":""}}]}`:       `Null prefix not allowed`,
		`{"a":[{"numeric":1}]}`:                        `Value of numeric must be an array.`,
		`{"a":[{"numeric":["~",1]}]}`:                  `Unrecognized numeric range operator: ~`,
		`{"a":[{"numeric":[">"]}]}`:                    `Value of > must be numeric`,
		`{"a":[{"numeric":["=","x"]}]}`:                `Value of equals must be numeric`,
		`{"a":[{"numeric":[">",2,"<",1]}]}`:            `Bottom must be less than top`,
		`{"a":[{"numeric":[">",1,"<",2,"<",3]}]}`:      `Too many elements in numeric expression`,
		`{"a":[{"numeric":[">",6e9]}]}`:                `Value must be between -5.0E9 and 5.0E9, inclusive`,
		`{"a":[{"cidr":"10.0.0.0"}]}`:                  `Malformed CIDR, one '/' required`,
		`{"a":[{"cidr":"10.0.0.0/x"}]}`:                `Malformed CIDR, mask bits must be an integer`,
		`{"a":[{"cidr":"10.0.0.0/33"}]}`:               `IPv4 mask bits must be < 32`,
	}
	for text, want := range tests {
		_, err := Compile([]byte(text))
		if err == nil || err.Error() != "Event pattern is not valid. Reason: "+want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// The combinations of alternatives are bounded.
func TestTooManyAlternativesAreRefused(t *testing.T) {
	t.Parallel()
	or := func(name string, n int) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = fmt.Sprintf(`{"%s":[%d]}`, name, i)
		}
		return `"$or":[` + strings.Join(parts, ",") + `]`
	}
	for text, want := range map[string]bool{
		`{` + or("x", 1000) + `}`:                               true,
		`{` + or("x", 1001) + `}`:                               false,
		`{"a":{` + or("x", 30) + `},"b":{` + or("y", 33) + `}}`: true,
		`{"a":{` + or("x", 40) + `},"b":{` + or("y", 40) + `}}`: false,
	} {
		if _, err := Compile([]byte(text)); (err == nil) != want {
			t.Errorf("%.40s…: %v", text, err)
		}
	}
}

// Operators beyond those of TestMatch, at their edges.
func TestMatchAtTheEdges(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, event string
		want           bool
	}{
		{`{"a":[{"prefix":{"equals-ignore-case":"ÉÀ"}}]}`, `{"a":"éàx"}`, true},
		{`{"a":[{"suffix":{"equals-ignore-case":".PNG"}}]}`, `{"a":"x.png"}`, true},
		{`{"a":[{"equals-ignore-case":"k"}]}`, "{\"a\":\"\u212a\"}", true}, // the Kelvin sign is a k
		{`{"a":[{"anything-but":{"suffix":[".png",".jpg"]}}]}`, `{"a":"x.gif"}`, true},
		{`{"a":[{"anything-but":{"suffix":[".png",".jpg"]}}]}`, `{"a":"x.jpg"}`, false},
		{`{"a":[{"anything-but":{"wildcard":"*/lib/*"}}]}`, `{"a":"/lib/x"}`, false},
		{`{"a":[{"anything-but":{"equals-ignore-case":["X","Y"]}}]}`, `{"a":"y"}`, false},
		{`{"a":[{"anything-but":[1,2]}]}`, `{"a":3}`, true},
		{`{"a":[{"anything-but":"x"}]}`, `{"a":["x","y"]}`, true},
		{`{"a":[{"wildcard":"a\\*b*"}]}`, `{"a":"a*bc"}`, true},
		{`{"a":[{"wildcard":"a\\*b*"}]}`, `{"a":"axbc"}`, false},
		{`{"a":[{"wildcard":"*"}]}`, `{"a":""}`, true},
		{`{"a":[{"wildcard":"ab*ba"}]}`, `{"a":"aba"}`, false},
		{`{"a":[""]}`, `{"a":""}`, true},
		{`{"a":[""]}`, `{"a":null}`, false},
		{`{"a":[null]}`, `{"a":null}`, true},
		{`{"a":[300]}`, `{"a":3.0e2}`, true},
		{`{"a":[{"exists":true}]}`, `{"a":null}`, true},
		{`{"a":[{"exists":true}]}`, `{"a":{"b":1}}`, false}, // leaves only
		{`{"a":[{"exists":false}]}`, `{"a":{"b":1}}`, true},
		{`{"a":{"b":[{"exists":false}]}}`, `{"a":[{"c":1},{"b":1}]}`, false}, // in none of the elements
		{`{"a":[{"exists":false},"x"]}`, `{"a":"x"}`, true},
		{`{"a":{"b":[1],"c":[2]}}`, `{"a":[{"b":1,"c":3},{"b":2,"c":2}]}`, false}, // of one element
		{`{"a":[3]}`, `{"a":[[1,2],[3]]}`, true},
		{`{"a":[{"cidr":"2001:db8::/32"}]}`, `{"a":"2001:db8::1"}`, true},
		{`{"a":[{"cidr":"10.0.0.0/8"}]}`, `{"a":"10.1.2.3"}`, true},
		{`{"a":[{"numeric":["<",0]}]}`, `{"a":"-1"}`, false}, // text is no number
		{`{"$or":["x"]}`, `{"$or":"x"}`, true},               // a field of that name
		{`{"a":[1],"$or":[{"b":[1]},{"c":[1]}]}`, `{"a":1,"c":1}`, true},
		{`{"a":[1],"$or":[{"b":[1]},{"c":[1]}]}`, `{"b":1,"c":1}`, false},
		{`{"a":[1]}`, `{"a":2,"a":1}`, true}, // the last of a name counts
	}
	for _, tt := range tests {
		p, err := Compile([]byte(tt.pattern))
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		if got := p.MatchJSON([]byte(tt.event)); got != tt.want {
			t.Errorf("%s of %s: %t", tt.pattern, tt.event, got)
		}
		set := NewSet[int]()
		set.Add(1, p)
		if e, err := ParseEvent([]byte(tt.event)); err != nil || (len(set.Match(e)) == 1) != tt.want {
			t.Errorf("%s of %s: the set disagrees (%v)", tt.pattern, tt.event, err)
		}
	}
}
