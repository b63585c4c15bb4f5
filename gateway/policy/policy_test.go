package policy

import (
	"encoding/json"
	"testing"
)

func TestDenyWins(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		doc  string
		want bool
	}{
		"allow":         {`{"Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:*"}]}`, true},
		"one statement": {`{"Statement":{"Effect":"Allow","Action":["execute-api:*"],"Resource":["x","arn:a/*"]}}`, true},
		"deny":          {`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"arn:a/GET/*"}]}`, false},
		"elsewhere":     {`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:b/*"}]}`, false},
		"other action":  {`{"Statement":[{"Effect":"Allow","Action":"execute-api:ManageConnections","Resource":"*"}]}`, false},
		"nothing":       {`{"Statement":[]}`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var d Document
			if err := json.Unmarshal([]byte(tt.doc), &d); err != nil {
				t.Fatal(err)
			}
			if got := d.Allows("execute-api:Invoke", "arn:a/GET/pets"); got != tt.want {
				t.Errorf("%t, want %t", got, tt.want)
			}
		})
	}
}
