package verdict

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/gateway/policy"
)

// A function may say anything. Only what says so lets a call pass: a yes in the
// one form, a statement in the other, and neither in place of the other.
func FuzzRead(f *testing.F) {
	const allow = `{"principalId":"u","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":["arn:aws:execute-api:*"]}]},"context":{"n":1,"s":"a\r\nb","b":true,"l":[{}]},"usageIdentifierKey":"k"}`
	for _, text := range []string{
		allow, `{"isAuthorized":true,"context":{"k":null}}`, `{"isAuthorized":false}`, `{"isAuthorized":"true"}`, `{"isAuthorized":true,"policyDocument":{"Statement":[]}}`,
		`{"policyDocument":null,"isAuthorized":null}`, `{"policyDocument":{"Statement":[null]}}`, `{"policyDocument":{"Statement":{"Effect":"Allow","Action":null,"Resource":null}}}`,
		`{"ISAUTHORIZED":true}`, `null`, `[]`, `"Unauthorized"`, ``,
	} {
		f.Add(text)
	}
	const route = "arn:aws:execute-api:us-east-1:000000000000:a/s/GET/pets"
	f.Fuzz(func(t *testing.T, text string) {
		if v, err := Read([]byte(text), true); err == nil && (v.IsAuthorized == nil || v.PolicyDocument != nil || v.Allows(route) != *v.IsAuthorized) {
			t.Errorf("%s is a yes or no of %+v", text, v)
		}
		v, err := Read([]byte(text), false)
		if err != nil {
			return
		}
		if v.IsAuthorized != nil || v.PolicyDocument == nil {
			t.Errorf("%s is a policy of %+v", text, v)
		}
		if got := v.Judge(route); (got == policy.Allowed) != v.Allows(route) {
			t.Errorf("%s says %v", text, got)
		}
		if v.Allows(route) && len(v.PolicyDocument.Statement) == 0 {
			t.Errorf("%s lets a call pass without a statement", text)
		}
		if v.Context != nil {
			if _, err := json.Marshal(v.Context); err != nil {
				t.Errorf("the context of %s cannot be handed on: %v", text, err)
			}
		}
	})
}

// However much functions say of however many callers, what is kept of it stays
// within its limit, and what was kept last is there.
func TestVerdictsThatAreKeptAreBoundedByTheirSize(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	k := NewKept()
	long := []byte(`{"isAuthorized":true,"context":{"k":"` + strings.Repeat("x", 1<<20) + `"}}`)
	v, err := Read(long, true)
	if err != nil || v.size != len(long) {
		t.Fatal(err)
	}
	held := 0
	for i := range 200 {
		k.Put(Key{Identities: strconv.Itoa(i)}, v, now, now.Add(time.Hour))
		if _, ok := k.Get(Key{Identities: strconv.Itoa(i)}, now); !ok {
			t.Fatal("what was just kept is gone")
		}
	}
	for i := range 200 {
		if _, ok := k.Get(Key{Identities: strconv.Itoa(i)}, now); ok {
			held += v.size
		}
	}
	if held > maxKept {
		t.Errorf("%d bytes are kept", held)
	}
}
