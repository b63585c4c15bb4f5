package policy

import (
	"strings"
	"testing"
)

// What is taken for a resource's policy allows nothing that it does not
// say, and nobody whom it does not name.
func FuzzParseResource(f *testing.F) {
	for _, text := range []string{
		`{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":["xray:PutTraceSegments","xray:GetSamplingRules"],"Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"000000000000"}}}]}`,
		`{"Statement":{"Effect":"Deny","Principal":{"AWS":"*"},"NotAction":"xray:*","Resource":"*"}}`, `{"Statement":{"Effect":"Allow","Action":"xray:*","Resource":"*"}}`, `{"statement":{"effect":"Allow","principal":"*","action":"*","resource":"*"}}`,
		`{"Statement":[]}`, `{"Statement":null}`, `{"Statement":[null]}`, `{"Statement":"x"}`, `{"Statement":7}`, `{"Statement":{}}`, `{"Statement":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`, `{}`, `[]`, `null`, `"`, ``, "\xff",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseResource(text)
		if err != nil {
			return
		}
		r := &Request{Caller: Caller{Account: "000000000000", Service: "sns.amazonaws.com"}, Action: "xray:PutTraceSegments", Resource: "*"}
		if got := d.Evaluate(r); (got == Allowed || got == Delegated) && !strings.Contains(text, "Allow") && !strings.Contains(text, `\`) {
			t.Errorf("%s is %v", text, got)
		}
	})
}
