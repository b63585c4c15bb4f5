package policy

import (
	"encoding/json"
	"testing"
)

// What an authorizer's function answers is a policy that anybody may have
// written.
func FuzzDocument(f *testing.F) {
	f.Add(`{"Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":["arn:*","a?c"]}]}`, "arn:a")
	f.Add(`{"Statement":{"Effect":"Deny","Action":["*"],"Resource":"*"}}`, "abc")
	f.Add(`{"Statement":[null]}`, "")
	f.Fuzz(func(t *testing.T, text, resource string) {
		var d Document
		if json.Unmarshal([]byte(text), &d) != nil {
			return
		}
		allowed := d.Allows("execute-api:Invoke", resource)
		d.Statement = append(d.Statement, statement{Effect: "Deny", Action: oneOrMore{"*"}, Resource: oneOrMore{"*"}})
		if d.Allows("execute-api:Invoke", resource) {
			t.Errorf("allowed (before: %v) against a statement that denies all", allowed)
		}
	})
}
