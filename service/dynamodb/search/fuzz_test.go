package search

import (
	"encoding/base64"
	"errors"
	"testing"

	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/wire"
)

// A statement's token is refused, or is an item that its next token says again; and
// it is of that statement alone.
func FuzzReadToken(f *testing.F) {
	params := []attr.Value{attr.Str("p")}
	sum, other := Sum("SELECT * FROM a WHERE k = ?", params), Sum("SELECT * FROM b WHERE k = ?", params)
	key := attr.Item{{Name: "k", Value: attr.Str("p")}, {Name: "n", Value: attr.Num("-1.5E+3")}}
	f.Add(*NextToken(sum, key.Encode()))
	f.Add(*NextToken(other, key.Encode()))
	f.Add(*NextToken(sum, attr.Item{}.Encode()))
	f.Add(*NextToken(sum, attr.Item{{Name: "k", Value: attr.Value{Kind: attr.List, List: []attr.Value{attr.Num("x")}}}}.Encode()))
	f.Add(base64.StdEncoding.EncodeToString(sum))
	f.Add(base64.StdEncoding.EncodeToString(sum[:4]) + "\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		start, err := ReadToken(sum, &token)
		if err != nil {
			if e, ok := errors.AsType[wire.Error](err); !ok || e.HTTPStatus() != 400 {
				t.Errorf("%q: %v", token, err)
			}
			return
		}
		if again, err := ReadToken(sum, NextToken(sum, start.Encode())); err != nil || len(again) != len(start) {
			t.Errorf("%q is %v, and that %v: %v", token, start, again, err)
		}
		if got, err := ReadToken(other, &token); err == nil {
			t.Errorf("%q is %v to another statement", token, got)
		}
	})
}
