package standard

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Anybody may send anything as a task's token.
func FuzzParseToken(f *testing.F) {
	f.Add(Token{Account: "000000000000", Region: "us-east-1", Scope: "m", Name: "n", Nonce: []byte{1}}.String())
	f.Add("AA==")
	f.Fuzz(func(t *testing.T, text string) {
		token, ok := ParseToken(text)
		if !ok {
			return
		}
		again, ok := ParseToken(token.String())
		if diff := cmp.Diff(token, again); !ok || diff != "" {
			t.Errorf("a token changes when it is written: %s", diff)
		}
	})
}

func FuzzParseARN(f *testing.F) {
	f.Add("arn:aws:states:us-east-1:000000000000:execution:m:n")
	f.Add("arn:aws:states:::execution::")
	f.Fuzz(func(t *testing.T, text string) {
		key, ok := ParseARN(text)
		if !ok {
			return
		}
		if again, ok := ParseARN(key.ARN()); !ok || again != key {
			t.Errorf("%q is %+v, and that %q", text, key, key.ARN())
		}
	})
}
