package arn

import (
	"strings"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"arn:aws:sqs:us-east-1:000000000000:queue", "arn:aws:s3:::bucket/key", "arn:aws:lambda:us-east-1:000000000000:function:f:1",
		"arn:::::", "arn:aws:iam::000000000000:role/path/r", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s)
		if err != nil {
			return
		}
		if a.String() != s {
			t.Errorf("%q is written as %q", s, a)
		}
		if kind, id := a.Split(); !strings.HasSuffix(a.Resource, id) || !strings.HasPrefix(a.Resource, kind) {
			t.Errorf("%q is split into %q and %q", a.Resource, kind, id)
		}
	})
}
