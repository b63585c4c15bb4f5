package service

import (
	"testing"

	"maru.dev/maru/kv"
)

func TestATokenHoldsTheNameThatEndedThePage(t *testing.T) {
	t.Parallel()
	list := kv.NewKey("000000000000", "us-east-1", "sqs", "q")
	for _, name := range []string{"", "a", "/a/b", "straße", "\x00\xff"} {
		if got, ok := ReadPageToken(list, PageToken(list, name)); !ok || got != name {
			t.Errorf("%q came back as %q, %v", name, got, ok)
		}
	}
	if last, ok := ReadPageToken(list, nil); !ok || last != "" {
		t.Errorf("no token is %q, %v", last, ok)
	}
}

func TestATokenOfAnotherListIsNone(t *testing.T) {
	t.Parallel()
	list := kv.NewKey("000000000000", "us-east-1", "sqs", "q")
	given := *PageToken(list, "name")
	for what, token := range map[string]string{
		"garbage": "%%%", "padded": given + "=", "cut": given[:len(given)-1], "longer": given + "A", "short": "AAAA",
		"forged":                "AAAAAAAAAAAAAAAA",
		"of another account":    *PageToken(kv.NewKey("111111111111", "us-east-1", "sqs", "q"), "name"),
		"of another list":       *PageToken(list.With("x"), "name"),
		"of a place of its own": given[:4] + "B" + given[5:],
	} {
		if last, ok := ReadPageToken(list, &token); ok {
			t.Errorf("%s: taken for %q", what, last)
		}
	}
}

func FuzzReadPageToken(f *testing.F) {
	list := kv.NewKey("000000000000", "us-east-1", "sqs", "q")
	f.Add("")
	f.Add(*PageToken(list, "name"))
	f.Fuzz(func(t *testing.T, token string) {
		last, ok := ReadPageToken(list, &token)
		if ok && token != "" && *PageToken(list, last) != token {
			t.Errorf("%q is another way to write the token of %q", token, last)
		}
	})
}
