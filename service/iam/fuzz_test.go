package iam

import (
	"errors"
	"strings"
	"testing"

	evaluation "maru.dev/maru/auth/policy"
	"maru.dev/maru/wire"
)

// What is taken for a policy can be evaluated: who checks a document and who reads
// it do not disagree about what it is, or a denial would be lost.
func FuzzDocument(f *testing.F) {
	for _, text := range []string{
		`{"Version":"2012-10-17","Id":"i","Statement":[{"Sid":"a","Effect":"Allow","Action":["s3:Get*","s3:?"],"Resource":"arn:aws:s3:::b/${aws:username}/*","Condition":{"StringLike":{"s3:prefix":["a*",""]},"NumericLessThan":{"s3:max-keys":10},"Bool":{"aws:SecureTransport":false}}}]}`,
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotAction":"iam:*","NotResource":["*"]}}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Null":{"a":null}}}]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"a":{"b":[]}}}}]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"a":[[[[[[[[[1]]]]]]]]]}}}]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":["*","000000000000"],"Service":"lambda.amazonaws.com"}}]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","NotPrincipal":{"AWS":7}}]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*","NotPrincipal":"*"}]}`,
		`{"Version":"2012-10-17","Statement":[null]}`, `{"Version":null,"Statement":[]}`, `{"Statement":[{"effect":"Allow"}]}`, `{}`, `[]`, `null`, `"`, ``,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for what, check := range map[string]func(string) error{"managed": checkManagedPolicy, "inline": checkInlinePolicy, "trust": checkTrustPolicy} {
			if err := check(text); err != nil {
				if e, ok := errors.AsType[wire.Error](err); !ok || len(e.ErrorMessage()) > 2*len(text)+200 {
					t.Errorf("%s: %v", what, err)
				}
				continue
			}
			d, err := evaluation.Parse(text)
			if err != nil {
				t.Errorf("%s is taken for a %s policy, and cannot be read: %v", text, what, err)
				continue
			}
			r := &evaluation.Request{Caller: evaluation.Caller{Account: "000000000000", ARN: "arn:aws:iam::000000000000:user/u"}, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/u/k", Context: map[string][]string{"aws:username": {"u"}}}
			if got := d.Evaluate(r); (got == evaluation.Allowed || got == evaluation.Delegated) && !strings.Contains(text, "Allow") {
				t.Errorf("%s is %v", text, got)
			}
		}
	})
}
