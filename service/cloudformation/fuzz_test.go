package cloudformation

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	types "maru.dev/maru/service/cloudformation/resource"
)

// What is sent to a URL says success only if it says so by name, under the id that it
// has itself; and nothing large is kept of it.
func FuzzReadSignal(f *testing.F) {
	for _, body := range []string{
		`{"Status":"SUCCESS","UniqueId":"a","Data":"d","Reason":"r"}`, `{"Status":"FAILURE","UniqueId":"a","Data":"d","Reason":"r"}`, `{"Status":"FAILED","UniqueId":"a"}`, `{"status":"SUCCESS","UniqueId":"a","STATUS":"FAILURE"}`,
		`{"Status":"FAILURE","UniqueId":"a","Data":{"a":1}}`, `{"Status":"SUCCESS","UniqueId":7,"Data":[1,2]}`, `{"Status":"SUCCESS","UniqueId":null}`, `{"Status":"SUCCESS","UniqueId":"","PhysicalResourceId":"p"}`, `{"Status":["SUCCESS"],"UniqueId":"a"}`,
		`{"Status":"SUCCESS","PhysicalResourceId":"p","Data":{"a":"b"}}`, `{"uniqueid":"a","Status":"SUCCESS"}`, `{"UniqueId":"` + strings.Repeat("a", maxSignal) + `","Status":"SUCCESS"}`, `{"UniqueId":{},"Status":"SUCCESS"}`, `x`, `null`, `[]`, "", "\xff",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got := readSignal("given", []byte(body))
		if got.ID == "" || len(got.ID)+len(got.Body) > 6*maxSignal {
			t.Fatalf("%q is kept as %+v", body, got)
		}
		var sent map[string]any
		if err := json.Unmarshal([]byte(body), &sent); err != nil || len(body) > maxSignal || sent["UniqueId"] == nil || sent["UniqueId"] == "" {
			if got.ID != "given" || got.Status != types.Failure || len(body) <= maxSignal && got.Body != body {
				t.Errorf("%q is read as %+v", body, got)
			}
			return
		}
		if id, ok := sent["UniqueId"].(string); ok && got.ID != id {
			t.Errorf("%q has the id %q", body, got.ID)
		}
		want, said := types.Failure, sent["Reason"]
		if sent["Status"] == types.Success {
			want, said = types.Success, sent["Data"]
		}
		text, ok := said.(string)
		if got.Status != want || ok && got.Body != text || said == nil && got.Body != "" {
			t.Errorf("%q is read as %+v", body, got)
		}
	})
}

// A reference to a secret is read as its parts are put together, and finds in the
// secret what is there under its name.
func FuzzReadSecretReference(f *testing.F) {
	const arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:SecretString-a1b2c3"
	for _, text := range []string{"s", "s:SecretString", "s:SecretString:k", "s:SecretString:k:AWSPREVIOUS", "s:SecretString:k::v", "s::::", "s:::::", "s:SecretBinary:k", "s:SecretStringer", "", ":", "arn", "arn:a:b", arn, arn + ":SecretString:k:x:y", arn + ":"} {
		f.Add(text, "s/a", "k", "AWSCURRENT", "", `{"k":1000000}`)
		f.Add(text, arn, "", "", "v", "x")
		f.Add(text, "a", "k", "", "", `{"k":{"a":[1e3]},"K":null}`)
	}
	f.Fuzz(func(t *testing.T, text, id, member, stage, version, secret string) {
		if r, ok := readSecretReference(text); ok && (r.SecretID == "" || !strings.HasPrefix(text, r.SecretID)) {
			t.Errorf("%q is read as %+v", text, r)
		}
		want := secretReference{id, stage, version, member}
		if strings.Contains(member+stage+version, ":") || id == "" || id == "arn" || strings.Contains(id, ":") && (!strings.HasPrefix(id, "arn:") || strings.Count(id, ":") != 6) {
			return
		}
		for _, kind := range []string{"", "SecretString"} {
			whole := strings.Join([]string{id, kind, member, stage, version}, ":")
			r, ok := readSecretReference(whole)
			short, again := readSecretReference(strings.TrimRight(whole, ":"))
			if r != want || !ok || !strings.HasSuffix(id, ":") && (short != want || !again) {
				t.Errorf("%q is read as %+v: %t; as %+v: %t", whole, r, ok, short, again)
			}
		}
		got, ok := want.of(secret)
		if member == "" {
			if got != secret || !ok {
				t.Errorf("the whole of %q is %q: %t", secret, got, ok)
			}
			return
		}
		if !json.Valid([]byte(secret)) {
			if ok {
				t.Errorf("%q has %q: %q", secret, member, got)
			}
			return
		}
		said, _ := numbered(t, secret).(map[string]any)
		switch v := said[member].(type) {
		case nil:
			if ok {
				t.Errorf("%q has no %q, but %q", secret, member, got)
			}
		case string:
			if !ok || got != v {
				t.Errorf("%q of %q is %q: %t", member, secret, got, ok)
			}
		default:
			if !ok || !json.Valid([]byte(got)) || !cmp.Equal(numbered(t, got), v) {
				t.Errorf("%q of %q is %q: %t", member, secret, got, ok)
			}
		}
	})
}

// numbered reads JSON with its numbers as they are.
func numbered(t *testing.T, text string) (v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
