package task

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	sts "maru.dev/maru/api/sts"
	"maru.dev/maru/arn"
	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/kv/kvtest"
)

// roleKeys gives keys of a role, and knows them.
type roleKeys struct{ fakeCaller }

// Call is AssumeRole.
func (*roleKeys) Call(_ context.Context, _, _ string, in any) (any, error) {
	role := in.(*sts.AssumeRoleInput)
	return &sts.AssumeRoleOutput{Credentials: &sts.Credentials{AccessKeyId: "ASIAX", SecretAccessKey: "secret of " + role.RoleSessionName, SessionToken: "token"}}, nil
}

// Lookup implements auth.Keys.
func (*roleKeys) Lookup(_ context.Context, id string) (auth.Key, bool, error) {
	return auth.Key{ID: id, Secret: "secret of s", Token: "token", Principal: call.Principal{ARN: "arn:of:role"}}, id == "ASIAX", nil
}

func TestExchangeSignsInARole(t *testing.T) {
	t.Parallel()
	q := testQueue(t, kvtest.Open(t))
	q.SetCaller(&roleKeys{})
	verifier := auth.Verifier{Keys: &roleKeys{}, Clock: clock.System{}, Enforce: true}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sum := sha256.Sum256(body)
		claim := auth.Parse(r)
		who, err := verifier.Identify(r.Context(), r, &claim, hex.EncodeToString(sum[:]))
		fmt.Fprint(w, who.Principal.ARN, " ", claim.Service, " ", claim.Region, " ", err)
	}))
	defer server.Close()
	reply, err := q.Exchange(t.Context(), Request{
		Method: "POST", URL: server.URL + "/a?b=c", Body: []byte("body"), Header: map[string]string{"X-A": "1"},
		Sign: &Signature{Service: "execute-api", Role: "arn:aws:iam::111122223333:role/r", Session: "s", Account: "111122223333", Region: "eu-west-1"},
	})
	if err != nil || string(reply.Body) != "arn:of:role execute-api eu-west-1 <nil>" {
		t.Errorf("%s %v", reply.Body, err)
	}
}

func TestMethodOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"arn:aws:execute-api:us-east-1:000000000000:abc/$default/GET/a/b": "GET http://h/_aws/execute-api/abc/a/b",
		"arn:aws:execute-api:us-east-1:000000000000:abc/prod/*/a":         "POST http://h/_aws/execute-api/abc/prod/a",
		"arn:aws:execute-api:us-east-1:000000000000:abc/prod/PUT":         "PUT http://h/_aws/execute-api/abc/prod/",
		"arn:aws:execute-api:us-east-1:000000000000:abc":                  "",
	} {
		a, err := arn.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		method, address, _ := MethodOf("http://h", a)
		if got := strings.TrimSpace(method + " " + address); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
