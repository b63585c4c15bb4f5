package pattern

import "testing"

func TestMatch(t *testing.T) {
	t.Parallel()
	const event = `{"source":"shop","n":12.5,"ok":true,"none":null,"tags":["a","b"],"ip":"10.0.0.7",
		"detail":{"state":"Running","list":[{"x":1,"y":"p"},{"x":2,"y":"q"}]},"empty":[]}`
	tests := map[string]struct {
		pattern string
		want    bool
	}{
		"value":                {`{"source":["shop"]}`, true},
		"other value":          {`{"source":["bank"]}`, false},
		"one of several":       {`{"source":["bank","shop"]}`, true},
		"all fields":           {`{"source":["shop"],"n":[1]}`, false},
		"number":               {`{"n":[12.5]}`, true},
		"number is no string":  {`{"n":["12.5"]}`, false},
		"boolean":              {`{"ok":[true]}`, true},
		"null":                 {`{"none":[null]}`, true},
		"absent is not null":   {`{"nope":[null]}`, false},
		"array element":        {`{"tags":["b"]}`, true},
		"nested":               {`{"detail":{"state":["Running"]}}`, true},
		"array of objects":     {`{"detail":{"list":{"x":[2]}}}`, true},
		"same array element":   {`{"detail":{"list":{"x":[2],"y":["p"]}}}`, false},
		"prefix":               {`{"source":[{"prefix":"sh"}]}`, true},
		"folded prefix":        {`{"source":[{"prefix":{"equals-ignore-case":"SH"}}]}`, true},
		"suffix":               {`{"source":[{"suffix":"op"}]}`, true},
		"folded":               {`{"detail":{"state":[{"equals-ignore-case":"running"}]}}`, true},
		"wildcard":             {`{"detail":{"state":[{"wildcard":"R*n*g"}]}}`, true},
		"wildcard misses":      {`{"detail":{"state":[{"wildcard":"R*x"}]}}`, false},
		"exists":               {`{"source":[{"exists":true}]}`, true},
		"exists not":           {`{"nope":[{"exists":false}]}`, true},
		"exists not, but does": {`{"source":[{"exists":false}]}`, false},
		"nested exists not":    {`{"nope":{"deep":[{"exists":false}]}}`, true},
		"empty array":          {`{"empty":[{"exists":false}]}`, true},
		"numeric":              {`{"n":[{"numeric":[">",10,"<=",12.5]}]}`, true},
		"numeric misses":       {`{"n":[{"numeric":["<",10]}]}`, false},
		"anything but":         {`{"source":[{"anything-but":"bank"}]}`, true},
		"anything but list":    {`{"source":[{"anything-but":["bank","shop"]}]}`, false},
		"anything but prefix":  {`{"source":[{"anything-but":{"prefix":"sh"}}]}`, false},
		"anything but absent":  {`{"nope":[{"anything-but":"x"}]}`, false},
		"cidr":                 {`{"ip":[{"cidr":"10.0.0.0/24"}]}`, true},
		"cidr misses":          {`{"ip":[{"cidr":"10.1.0.0/24"}]}`, false},
		"or":                   {`{"$or":[{"source":["bank"]},{"n":[{"numeric":["=",12.5]}]}]}`, true},
		"or misses":            {`{"$or":[{"source":["bank"]},{"n":[1]}]}`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Compile([]byte(tt.pattern))
			if err != nil {
				t.Fatal(err)
			}
			if got := p.MatchJSON([]byte(event)); got != tt.want {
				t.Errorf("match %t, want %t", got, tt.want)
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `[]`, `{}`, `{"a":"b"}`, `{"a":[]}`, `{"a":{}}`, `{"a":[{"prefix":1}]}`, `{"a":[{"huh":"x"}]}`,
		`{"a":[{"prefix":"x","suffix":"y"}]}`, `{"a":[{"numeric":[">"]}]}`, `{"a":[{"numeric":["~",1]}]}`,
		`{"a":[{"exists":"yes"}]}`, `{"a":[[1]]}`, `{"a":[{"cidr":"10"}]}`, `{"a":[1]} x`,
	} {
		if _, err := Compile([]byte(text)); err == nil {
			t.Errorf("%s compiles", text)
		}
	}
}

func FuzzCompileAndMatch(f *testing.F) {
	f.Add(`{"a":[{"prefix":"x"}]}`, `{"a":"xy"}`)
	f.Add(`{"$or":[{"a":[1]},{"b":{"c":[{"anything-but":["x"]}]}}]}`, `{"b":[{"c":1}]}`)
	f.Fuzz(func(_ *testing.T, text, event string) {
		if p, err := Compile([]byte(text)); err == nil {
			p.MatchJSON([]byte(event))
		}
	})
}
