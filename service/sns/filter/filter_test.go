package filter

import (
	"errors"
	"strings"
	"testing"
)

func TestAttributePolicies(t *testing.T) {
	t.Parallel()
	str := func(v string) map[string]Attribute { return map[string]Attribute{"a": {"String", v}} }
	num := func(v string) map[string]Attribute { return map[string]Attribute{"a": {"Number", v}} }
	arr := func(v string) map[string]Attribute { return map[string]Attribute{"a": {"String.Array", v}} }
	none := map[string]Attribute{"other": {"String", "x"}}
	tests := map[string]struct {
		policy  string
		matches []map[string]Attribute
		not     []map[string]Attribute
	}{
		"empty":                 {`{}`, []map[string]Attribute{nil, str("x")}, nil},
		"exact":                 {`{"a":["x","y"]}`, []map[string]Attribute{str("x"), str("y"), arr(`["q","y"]`)}, []map[string]Attribute{str("X"), none, nil, num("1"), arr(`["q"]`), arr(`nonsense`)}},
		"number":                {`{"a":[100.5]}`, []map[string]Attribute{num("100.5"), num("1005e-1"), arr(`[3,100.50]`)}, []map[string]Attribute{str("100.5"), num("100.51"), num("x")}},
		"bool and null":         {`{"a":[true,null]}`, []map[string]Attribute{arr(`[true]`), arr(`[null]`)}, []map[string]Attribute{str("true"), arr(`[false]`), none}},
		"prefix":                {`{"a":[{"prefix":"bas"}]}`, []map[string]Attribute{str("baseball"), str("bas")}, []map[string]Attribute{str("rugby"), num("1"), none}},
		"suffix":                {`{"a":[{"suffix":"ball"}]}`, []map[string]Attribute{str("baseball")}, []map[string]Attribute{str("rugby")}},
		"ignore case":           {`{"a":[{"equals-ignore-case":"tennis"}]}`, []map[string]Attribute{str("TENNIS"), str("Tennis")}, []map[string]Attribute{str("tennisx")}},
		"wildcard":              {`{"a":[{"wildcard":"*b*ll"}]}`, []map[string]Attribute{str("baseball"), str("bll")}, []map[string]Attribute{str("balls"), str("all")}},
		"wildcard escape":       {`{"a":[{"wildcard":"a\\**"}]}`, []map[string]Attribute{str("a*"), str("a*z")}, []map[string]Attribute{str("ab")}},
		"anything but":          {`{"a":[{"anything-but":["x",5]}]}`, []map[string]Attribute{str("y"), num("6"), arr(`["x","y"]`)}, []map[string]Attribute{str("x"), num("5"), arr(`["x"]`), none}},
		"anything but prefix":   {`{"a":[{"anything-but":{"prefix":"x"}}]}`, []map[string]Attribute{str("yx"), num("6")}, []map[string]Attribute{str("xy"), none}},
		"anything but suffix":   {`{"a":[{"anything-but":{"suffix":["x","y"]}}]}`, []map[string]Attribute{str("xz")}, []map[string]Attribute{str("zy"), str("zx")}},
		"anything but wildcard": {`{"a":[{"anything-but":{"wildcard":"*z*"}}]}`, []map[string]Attribute{str("a")}, []map[string]Attribute{str("azb")}},
		"exists":                {`{"a":[{"exists":true}]}`, []map[string]Attribute{str("x"), num("1"), str("")}, []map[string]Attribute{none, {"a": {"Binary", "x"}}}},
		"exists not":            {`{"a":[{"exists":false}]}`, []map[string]Attribute{none, nil}, []map[string]Attribute{str("x")}},
		"exists or":             {`{"a":[{"exists":false},"x"]}`, []map[string]Attribute{none, str("x")}, []map[string]Attribute{str("y")}},
		"range":                 {`{"a":[{"numeric":[">",0,"<=",150]}]}`, []map[string]Attribute{num("150"), num("0.00001")}, []map[string]Attribute{num("0"), num("150.1"), str("5")}},
		"less":                  {`{"a":[{"numeric":["<",10]},{"numeric":["=",20]}]}`, []map[string]Attribute{num("9"), num("20.0")}, []map[string]Attribute{num("10")}},
		"cidr":                  {`{"a":[{"cidr":"10.0.0.0/24"},{"cidr":"2001:db8::/32"}]}`, []map[string]Attribute{str("10.0.0.255"), str("2001:db8::1")}, []map[string]Attribute{str("10.0.1.0"), str("x")}},
		"and":                   {`{"a":["x"],"other":["x"]}`, []map[string]Attribute{{"a": {"String", "x"}, "other": {"String", "x"}}}, []map[string]Attribute{str("x"), none}},
		"or":                    {`{"$or":[{"a":["x"]},{"other":["x"]}]}`, []map[string]Attribute{str("x"), none}, []map[string]Attribute{str("y"), nil}},
		"field named or":        {`{"$or":["x"]}`, []map[string]Attribute{{"$or": {"String", "x"}}}, []map[string]Attribute{str("x")}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Parse(tt.policy, Attributes)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range tt.matches {
				if !p.Match(m, "") {
					t.Errorf("%s does not match %v", tt.policy, m)
				}
			}
			for _, m := range tt.not {
				if p.Match(m, "") {
					t.Errorf("%s matches %v", tt.policy, m)
				}
			}
		})
	}
}

func TestBodyPolicies(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		policy  string
		matches []string
		not     []string
	}{
		"nested":        {`{"a":{"b":["x"]}}`, []string{`{"a":{"b":"x"}}`, `{"a":[{"b":"y"},{"b":"x"}]}`, `{"a":{"b":["y","x"]}}`}, []string{`{"a":"x"}`, `{"b":"x"}`, `[]`, `x`, ``, `{"a":{"b":"x"}} {}`}},
		"same element":  {`{"a":{"b":["x"],"c":[1]}}`, []string{`{"a":[{"b":"y","c":1},{"b":"x","c":1}]}`}, []string{`{"a":[{"b":"x","c":2},{"b":"y","c":1}]}`}},
		"bool":          {`{"a":[true]}`, []string{`{"a":true}`}, []string{`{"a":"true"}`, `{"a":false}`}},
		"null":          {`{"a":[null]}`, []string{`{"a":null}`}, []string{`{}`, `{"a":""}`}},
		"number":        {`{"a":[1]}`, []string{`{"a":1.0}`, `{"a":1e0}`}, []string{`{"a":"1"}`, `{"a":1e400}`}},
		"exists":        {`{"a":{"b":[{"exists":true}]}}`, []string{`{"a":{"b":null}}`}, []string{`{"a":{"b":{"c":1}}}`, `{}`, `{"a":{}}`}},
		"exists not":    {`{"a":{"b":[{"exists":false}]}}`, []string{`{}`, `{"a":{}}`, `{"a":1}`, `{"a":{"b":{"c":1}}}`}, []string{`{"a":{"b":1}}`}},
		"or nested":     {`{"a":{"$or":[{"b":["x"]},{"c":[{"numeric":[">",1]}]}]},"d":["y"]}`, []string{`{"a":{"c":2},"d":"y"}`, `{"a":{"b":"x"},"d":"y"}`}, []string{`{"a":{"c":2}}`, `{"a":{"c":1},"d":"y"}`}},
		"nested arrays": {`{"a":["x"]}`, []string{`{"a":[["y"],["x"]]}`}, []string{`{"a":[]}`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Parse(tt.policy, Body)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range tt.matches {
				if !p.Match(nil, m) {
					t.Errorf("%s does not match %s", tt.policy, m)
				}
			}
			for _, m := range tt.not {
				if p.Match(nil, m) {
					t.Errorf("%s matches %s", tt.policy, m)
				}
			}
		})
	}
}

func TestPoliciesThatAreRefused(t *testing.T) {
	t.Parallel()
	many := `["` + strings.Repeat(`x","`, 150) + `x"]`
	tests := map[string]struct {
		scope  Scope
		policy string
		want   string // "" is accepted
	}{
		"no JSON":            {Attributes, `{`, "FilterPolicy: failed to parse JSON."},
		"two":                {Attributes, `{} {}`, "FilterPolicy: failed to parse JSON."},
		"no object":          {Attributes, `[]`, "FilterPolicy: Filter is not an object"},
		"no list":            {Attributes, `{"a":"x"}`, `FilterPolicy: "a" must be an object or an array`},
		"empty list":         {Attributes, `{"a":[]}`, "FilterPolicy: Empty arrays are not allowed"},
		"nested attributes":  {Attributes, `{"a":{"b":["x"]}}`, "Filter policy scope MessageAttributes does not support nested filter policy"},
		"six keys":           {Body, `{"a":["x"],"b":["x"],"c":["x"],"d":["x"],"e":["x"],"f":["x"]}`, "FilterPolicy: Filter policy can not have more than 5 keys"},
		"nested keys":        {Body, `{"a":{"a":["x"],"b":["x"]},"b":["x"],"c":["x"],"d":["x"],"e":["x"]}`, ""},
		"151 values":         {Attributes, `{"a":` + many + `}`, "FilterPolicy: Filter policy is too complex"},
		"72 combinations":    {Body, `{"a":{"b":{"c":["1","2","3","4"]}},"d":{"e":["1","2","3"]}}`, ""},
		"216 combinations":   {Body, `{"a":{"b":{"c":["1","2","3","4"]}},"d":{"e":["1","2","3"]},"f":["1","2","3"]}`, "FilterPolicy: Filter policy is too complex"},
		"unknown operator":   {Attributes, `{"a":[{"like":"x"}]}`, "FilterPolicy: Unrecognized match type like"},
		"two operators":      {Attributes, `{"a":[{"prefix":"x","suffix":"y"}]}`, "FilterPolicy: Only one key allowed in match expression"},
		"list in list":       {Attributes, `{"a":[["x"]]}`, "FilterPolicy: Match value must be String, number, true, false, or null"},
		"exists text":        {Attributes, `{"a":[{"exists":"yes"}]}`, "FilterPolicy: exists match pattern must be either true or false."},
		"prefix number":      {Attributes, `{"a":[{"prefix":1}]}`, "FilterPolicy: prefix match pattern must be a string"},
		"numeric empty":      {Attributes, `{"a":[{"numeric":[]}]}`, "FilterPolicy: Invalid member in numeric match: ]"},
		"numeric operator":   {Attributes, `{"a":[{"numeric":["==",1]}]}`, "FilterPolicy: Unrecognized numeric range operator: =="},
		"numeric text":       {Attributes, `{"a":[{"numeric":["<","1"]}]}`, "FilterPolicy: Value of < must be numeric"},
		"numeric lone":       {Attributes, `{"a":[{"numeric":["<"]}]}`, "FilterPolicy: Value of < must be numeric"},
		"numeric two equals": {Attributes, `{"a":[{"numeric":["=",1,"=",2]}]}`, "FilterPolicy: Too many elements in numeric expression"},
		"numeric range":      {Attributes, `{"a":[{"numeric":[">",1,">",2]}]}`, "FilterPolicy: Bad numeric range operator: >"},
		"numeric order":      {Attributes, `{"a":[{"numeric":[">",2,"<",1]}]}`, "FilterPolicy: Bottom must be less than top"},
		"numeric large":      {Attributes, `{"a":[1000000001]}`, "FilterPolicy: Value must be between"},
		"anything but null":  {Attributes, `{"a":[{"anything-but":[null]}]}`, "FilterPolicy: Inside anything but list"},
		"anything but cidr":  {Attributes, `{"a":[{"anything-but":{"cidr":"10.0.0.0/8"}}]}`, "FilterPolicy: Unsupported anything-but pattern: cidr"},
		"cidr":               {Attributes, `{"a":[{"cidr":"10.0.0.0"}]}`, "FilterPolicy: Malformed CIDR"},
		"stars":              {Attributes, `{"a":[{"wildcard":"a**"}]}`, "FilterPolicy: Consecutive wildcard characters at pos 1"},
		"or nested":          {Attributes, `{"$or":[{"a":["x"]},{"b":{"c":["x"]}}]}`, "Filter policy scope MessageAttributes"},
		"size":               {Attributes, strings.Repeat(" ", 256<<10) + "{}", "FilterPolicy: Filter policy is too large"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(tt.policy, tt.scope)
			switch {
			case tt.want == "" && err != nil, tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add(`{"a":[{"anything-but":{"prefix":"x"}}],"$or":[{"b":[1]},{"c":{"d":[{"exists":false}]}}]}`, `{"a":["y",{"b":[[1]]}]}`)
	f.Add(`{"a":[{"wildcard":"*a\\**b"},{"cidr":"::/0"},{"numeric":[">",-1,"<",1e3]}]}`, `{"a":null}`)
	f.Fuzz(func(t *testing.T, policy, body string) {
		for _, scope := range []Scope{Attributes, Body} {
			p, err := Parse(policy, scope)
			if err != nil {
				if _, ok := errors.AsType[*Error](err); !ok {
					t.Errorf("%T: %v", err, err)
				}
				continue
			}
			attributes := map[string]Attribute{"a": {"String", body}, "b": {"Number", body}, "c": {"String.Array", body}}
			first := p.Match(attributes, body)
			if again := p.Match(attributes, body); first != again {
				t.Error("the same message matched once")
			}
		}
	})
}
