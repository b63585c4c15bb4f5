package service

import (
	"encoding/base64"
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

// A list that ends has no token, and nobody can make one that leads to its start.
func TestNothingBehindAPageIsNoToken(t *testing.T) {
	t.Parallel()
	list := kv.NewKey("000000000000", "us-east-1", "sqs", "q")
	if token := PageToken(list, ""); token != nil {
		t.Errorf("the token of no item is %q", *token)
	}
	sealed := base64.RawURLEncoding.EncodeToString([]byte(seal(list, "")))
	if last, ok := ReadPageToken(list, &sealed); ok {
		t.Errorf("a sealed nothing is taken for %q", last)
	}
}

func TestATokenOfARowGoesOnBehindIt(t *testing.T) {
	t.Parallel()
	list := kv.NewKey("000000000000", "us-east-1", "sqs", "q")
	all, row := kv.Prefix(list), list.With("b")
	rest, ok := AfterToken(list, all, RowToken(list, row))
	if !ok || rest.Holds(row) || rest.Holds(list.With("a")) || !rest.Holds(list.With("c")) {
		t.Errorf("behind %q: %v, %v", row, rest, ok)
	}
	if rest, ok := AfterToken(list, all, nil); !ok || !rest.Holds(list.With("a")) {
		t.Errorf("without a token: %v, %v", rest, ok)
	}
	if _, ok := AfterToken(list, all, new("AAAA")); ok {
		t.Error("a forged token is taken")
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
