package filter

import "testing"

func TestMatch(t *testing.T) {
	t.Parallel()
	const (
		event  = `{"eventType":"UpdateTrail","sourceIPAddress":"111.111.111.111","arrayKey":["value","another"],"objectList":[{"name":"a","id":1},{"name":"b","id":2}],"SomeObject":null,"ThisFlag":true,"latency":12.5,"user id":"x"}`
		access = `127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534`
	)
	tests := map[string]struct {
		pattern, message string
		want             bool
	}{
		"empty":                      {"", "anything", true},
		"one term":                   {"ERROR", "an ERROR here", true},
		"case matters":               {"ERROR", "an error here", false},
		"all terms":                  {"ERROR ARGUMENTS", "ERROR INVALID ARGUMENTS", true},
		"one missing":                {"ERROR ARGUMENTS", "ERROR only", false},
		"phrase":                     {`"INTERNAL SERVER ERROR"`, "ERROR 500 INTERNAL SERVER ERROR", true},
		"phrase in other order":      {`"SERVER INTERNAL"`, "INTERNAL SERVER", false},
		"any of":                     {"?ERROR ?WARN", "a WARN", true},
		"none of any":                {"?ERROR ?WARN", "INFO", false},
		"excluded":                   {"ERROR -ARGUMENTS", "ERROR INVALID ARGUMENTS", false},
		"only excluded":              {"-DEBUG", "INFO x", true},
		"quoted with escape":         {`"a \"b\""`, `say a "b" now`, true},
		"regex":                      {`%ERR[0-9]+%`, "xx ERR12", true},
		"json equals":                {`{ $.eventType = "UpdateTrail" }`, event, true},
		"json not equals":            {`{ $.eventType != "UpdateTrail" }`, event, false},
		"json wildcard":              {`{ $.sourceIPAddress = 111.111.* }`, event, true},
		"json element":               {`{ $.arrayKey[0] = "value" }`, event, true},
		"json any element":           {`{ $.objectList[*].name = "b" }`, event, true},
		"json number":                {`{ $.objectList[1].id = 2 }`, event, true},
		"json greater":               {`{ $.latency > 12 }`, event, true},
		"json less or equal":         {`{ $.latency <= 12.4 }`, event, false},
		"json null":                  {`{ $.SomeObject IS NULL }`, event, true},
		"json true":                  {`{ $.ThisFlag IS TRUE }`, event, true},
		"json not exists":            {`{ $.SomeOtherObject NOT EXISTS }`, event, true},
		"json exists after all":      {`{ $.eventType NOT EXISTS }`, event, false},
		"json and":                   {`{ ($.latency > 10) && ($.eventType = "U*") }`, event, true},
		"json or":                    {`{ $.latency > 100 || $.objectList[0].id = 1 }`, event, true},
		"json and binds tighter":     {`{ $.latency > 100 && $.x = 1 || $.ThisFlag IS TRUE }`, event, true},
		"json quoted name":           {`{ $['user id'] = "x" }`, event, true},
		"json regex":                 {`{ $.eventType = %^Update% }`, event, true},
		"json on text":               {`{ $.a = 1 }`, "no json", false},
		"json on broken json":        {`{ $.a = 1 }`, `{"a":`, false},
		"fields":                     {`[ip, user, username, timestamp, request, status_code, bytes]`, access, true},
		"fields too few":             {`[ip, user]`, access, false},
		"fields with status":         {`[ip, user, username, timestamp, request, status_code = 4*, bytes]`, access, true},
		"fields with other status":   {`[ip, user, username, timestamp, request, status_code = 5*, bytes]`, access, false},
		"fields with ellipsis":       {`[..., status_code = 4*, bytes > 1000]`, access, true},
		"fields ellipsis in between": {`[ip = 127.*, ..., bytes < 1000]`, access, false},
		"fields either":              {`[..., status = 404 || status = 410, bytes]`, access, true},
		"fields both":                {`[..., status > 400 && status < 404, bytes]`, access, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Parse(tt.pattern)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Match(tt.message); got != tt.want {
				t.Errorf("%s on %s: %v", tt.pattern, tt.message, got)
			}
		})
	}
}

func TestParseRefusesWhatIsNoPattern(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{
		`"open`, `%open`, `a=b`, `{ $.a }`, `{ $.a = }`, `{ $.a = 1`, `{ a = 1 }`, `{ $.a = 1 ) }`, `{ ($.a = 1 }`, `{ $. = 1 }`,
		`{ $.a < "x" }`, `{ $.a IS 3 }`, `{ $.a NOT 3 }`, `{ $.a[x] = 1 }`, `[a, b`, `[..., a, ...]`, `[a = 1 &&]`, `%(%`, `?`,
	} {
		if _, err := Parse(pattern); err == nil {
			t.Errorf("%s was read", pattern)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`a -b ?c "d e" %f%`, `{ ($.a[0].b = 1*) && $.c IS NULL || $.d NOT EXISTS }`, `[a, ..., b = 1 || b > 2]`} {
		f.Add(seed, `{"a":[{"b":12}],"c":null} x y`)
	}
	f.Fuzz(func(_ *testing.T, pattern, message string) {
		if p, err := Parse(pattern); err == nil {
			p.Match(message)
		}
	})
}
