package policy

import (
	"strings"
	"testing"
)

const (
	account = "111122223333"
	key     = "arn:aws:s3:::photos/summer/1.jpg"
)

// user, session and others are callers.
func user() Caller {
	return Caller{Account: account, ARN: "arn:aws:iam::" + account + ":user/ann", Canonical: "c0ffee"}
}

func session() Caller {
	return Caller{Account: account, ARN: "arn:aws:sts::" + account + ":assumed-role/reader/s1"}
}

// evaluate parses one statement, or several, and asks.
func evaluate(t *testing.T, statements string, r Request) Effect {
	t.Helper()
	d, err := Parse(`{"Version":"2012-10-17","Statement":` + statements + `}`)
	if err != nil {
		t.Fatal(err)
	}
	return d.Evaluate(&r)
}

func TestStatementsAreForWhomTheyName(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		principal string
		caller    Caller
		want      Effect
	}{
		"anyone, nobody known":         {`"Principal":"*"`, Caller{}, Allowed},
		"any principal, nobody known":  {`"Principal":{"AWS":"*"}`, Caller{}, Allowed},
		"a user":                       {`"Principal":{"AWS":["arn:aws:iam::111122223333:user/ann"]}`, user(), Allowed},
		"another user":                 {`"Principal":{"AWS":"arn:aws:iam::111122223333:user/bob"}`, user(), None},
		"the account by number":        {`"Principal":{"AWS":"111122223333"}`, user(), Delegated},
		"the account by root":          {`"Principal":{"AWS":"arn:aws:iam::111122223333:root"}`, user(), Delegated},
		"root itself":                  {`"Principal":{"AWS":"arn:aws:iam::111122223333:root"}`, Caller{Account: account, ARN: "arn:aws:iam::111122223333:root"}, Allowed},
		"the account by S3's name":     {`"Principal":{"CanonicalUser":"c0ffee"}`, user(), Delegated},
		"a role":                       {`"Principal":{"AWS":"arn:aws:iam::111122223333:role/path/reader"}`, session(), Allowed},
		"a role with a longer name":    {`"Principal":{"AWS":"arn:aws:iam::111122223333:role/reader2"}`, session(), None},
		"a role of another account":    {`"Principal":{"AWS":"arn:aws:iam::999999999999:role/reader"}`, session(), None},
		"a session":                    {`"Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/reader/s1"}`, session(), Allowed},
		"a service":                    {`"Principal":{"Service":["sns.amazonaws.com"]}`, Caller{Service: "sns.amazonaws.com"}, Allowed},
		"another service":              {`"Principal":{"Service":"sqs.amazonaws.com"}`, Caller{Service: "sns.amazonaws.com"}, None},
		"an account, nobody known":     {`"Principal":{"AWS":""}`, Caller{}, None},
		"all but a user, another":      {`"NotPrincipal":{"AWS":"arn:aws:iam::111122223333:user/bob"}`, user(), Allowed},
		"all but a user, the user":     {`"NotPrincipal":{"AWS":"arn:aws:iam::111122223333:user/ann"}`, user(), None},
		"no principal: an identity's":  {`"Sid":"x"`, user(), Allowed},
		"a federated caller":           {`"Principal":{"Federated":"accounts.example"}`, Caller{Federated: "accounts.example"}, Allowed},
		"anyone, and then the account": {`"Principal":{"AWS":["111122223333","*"]}`, user(), Allowed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := evaluate(t, `{"Effect":"Allow",`+tt.principal+`,"Action":"s3:GetObject","Resource":"*"}`, Request{Caller: tt.caller, Action: "s3:GetObject", Resource: key})
			if got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestStatementsAreAboutActionsAndResources(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		statement string
		want      Effect
	}{
		"all":                            {`"Action":"*","Resource":"*"`, Allowed},
		"a prefix of actions":            {`"Action":"S3:get*","Resource":"*"`, Allowed},
		"another action":                 {`"Action":["s3:PutObject","s3:Get"],"Resource":"*"`, None},
		"all but another action":         {`"NotAction":"s3:Put*","Resource":"*"`, Allowed},
		"all but this action":            {`"NotAction":"s3:Get*","Resource":"*"`, None},
		"the objects of a bucket":        {`"Action":"s3:*","Resource":["arn:aws:s3:::other/*","arn:aws:s3:::photos/*"]`, Allowed},
		"a question mark":                {`"Action":"s3:*","Resource":"arn:aws:s3:::photos/summer/?.jpg"`, Allowed},
		"the bucket is not its objects":  {`"Action":"s3:*","Resource":"arn:aws:s3:::photos"`, None},
		"capitals in a resource":         {`"Action":"s3:*","Resource":"arn:aws:s3:::Photos/*"`, None},
		"all but other objects":          {`"Action":"s3:*","NotResource":"arn:aws:s3:::other/*"`, Allowed},
		"all but these objects":          {`"Action":"s3:*","NotResource":"arn:aws:s3:::photos/*"`, None},
		"a variable":                     {`"Action":"s3:*","Resource":"arn:aws:s3:::photos/${aws:PrincipalTag/season}/*"`, Allowed},
		"a variable without a value":     {`"Action":"s3:*","Resource":"arn:aws:s3:::photos/${aws:username}/*"`, None},
		"a variable with a default":      {`"Action":"s3:*","Resource":"arn:aws:s3:::photos/${aws:username, 'summer'}/*"`, Allowed},
		"a star that is a character":     {`"Action":"s3:*","Resource":"arn:aws:s3:::photos/${*}"`, None},
		"a value that is no pattern":     {`"Action":"s3:*","Resource":"arn:aws:s3:::photos/${test:star}"`, None},
		"many stars, and none that fits": {`"Action":"s3:*","Resource":"*a*a*a*a*a*a*a*a*a*a*a*a*b"`, None},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := evaluate(t, `{"Effect":"Allow","Principal":"*",`+tt.statement+`}`, Request{
				Caller: user(), Action: "s3:GetObject", Resource: key,
				Context: map[string][]string{"aws:principaltag/season": {"summer"}, "test:star": {"*"}},
			})
			if got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestDenialWins(t *testing.T) {
	t.Parallel()
	const allow, deny = `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`, `{"Effect":"Deny","Principal":"*","Action":"s3:Get*","Resource":"*"}`
	for _, statements := range []string{"[" + allow + "," + deny + "]", "[" + deny + "," + allow + "]"} {
		if got := evaluate(t, statements, Request{Action: "s3:GetObject", Resource: key}); got != Denied {
			t.Errorf("%v", got)
		}
		if got := evaluate(t, statements, Request{Action: "s3:PutObject", Resource: key}); got != Allowed {
			t.Errorf("%v", got)
		}
	}
}

// context is what is known of the requests of TestConditions.
func context() map[string][]string {
	return map[string][]string{
		"aws:sourceip": {"203.0.113.7"}, "aws:currenttime": {"2026-03-04T05:06:07Z"}, "aws:securetransport": {"false"},
		"s3:prefix": {"summer/"}, "s3:max-keys": {"10"}, "aws:sourcearn": {"arn:aws:sns:us-east-1:111122223333:topic"},
		"aws:tagkeys": {"a", "b"}, "test:bytes": {"QUJD"},
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		condition string
		want      bool
	}{
		"equal":                          {`{"StringEquals":{"S3:Prefix":["winter/","summer/"]}}`, true},
		"not equal to one of several":    {`{"StringNotEquals":{"s3:prefix":["winter/","summer/"]}}`, false},
		"not equal, and there is none":   {`{"StringNotEquals":{"s3:delimiter":"/"}}`, true},
		"equal, and there is none":       {`{"StringEquals":{"s3:delimiter":"/"}}`, false},
		"equal if there is one":          {`{"StringEqualsIfExists":{"s3:delimiter":"/"}}`, true},
		"not equal if there is one, is":  {`{"StringNotEqualsIfExists":{"s3:prefix":"summer/"}}`, false},
		"letters of any case":            {`{"StringEqualsIgnoreCase":{"s3:prefix":"SUMMER/"}}`, true},
		"like":                           {`{"StringLike":{"s3:prefix":"sum*"}}`, true},
		"not like":                       {`{"StringNotLike":{"s3:prefix":"sum*"}}`, false},
		"a star in an equation":          {`{"StringEquals":{"s3:prefix":"sum*"}}`, false},
		"a range of addresses":           {`{"IpAddress":{"aws:SourceIp":["198.51.100.0/24","203.0.113.0/24"]}}`, true},
		"an address":                     {`{"IpAddress":{"aws:SourceIp":"203.0.113.7"}}`, true},
		"not in a range":                 {`{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, false},
		"a range that is none":           {`{"IpAddress":{"aws:SourceIp":"203.0.113"}}`, false},
		"before a time":                  {`{"DateLessThan":{"aws:CurrentTime":"2026-03-05"}}`, true},
		"after a time":                   {`{"DateGreaterThan":{"aws:CurrentTime":"2026-03-04T05:06:07Z"}}`, false},
		"after or at a time":             {`{"DateGreaterThanEquals":{"aws:CurrentTime":"2026-03-04T05:06:07Z"}}`, true},
		"a number":                       {`{"NumericLessThanEquals":{"s3:max-keys":10}}`, true},
		"a number that is too large":     {`{"NumericLessThan":{"s3:max-keys":"10"}}`, false},
		"another number":                 {`{"NumericNotEquals":{"s3:max-keys":"10"}}`, false},
		"no number":                      {`{"NumericEquals":{"s3:prefix":"10"}}`, false},
		"true or false":                  {`{"Bool":{"aws:SecureTransport":false}}`, true},
		"an ARN":                         {`{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}}`, true},
		"an ARN, stars stay in a part":   {`{"ArnEquals":{"aws:SourceArn":"arn:aws:*:111122223333:topic"}}`, false},
		"no ARN":                         {`{"ArnNotLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}}`, false},
		"bytes":                          {`{"BinaryEquals":{"test:bytes":"QUJD"}}`, true},
		"nothing there":                  {`{"Null":{"s3:delimiter":true}}`, true},
		"something there":                {`{"Null":{"s3:prefix":"true"}}`, false},
		"all of them":                    {`{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b","c"]}}`, true},
		"not all of them":                {`{"ForAllValues:StringEquals":{"aws:TagKeys":["a"]}}`, false},
		"all of none":                    {`{"ForAllValues:StringEquals":{"aws:none":["a"]}}`, true},
		"any of them":                    {`{"ForAnyValue:StringEquals":{"aws:TagKeys":["b","c"]}}`, true},
		"any of none":                    {`{"ForAnyValue:StringEquals":{"aws:none":["a"]}}`, false},
		"one key of two":                 {`{"StringEquals":{"s3:prefix":"summer/","s3:delimiter":"/"}}`, false},
		"two operators":                  {`{"StringEquals":{"s3:prefix":"summer/"},"Bool":{"aws:SecureTransport":"true"}}`, false},
		"an operator that AWS lacks":     {`{"StringResembles":{"s3:prefix":"summer/"}}`, false},
		"a variable in the values":       {`{"StringEquals":{"s3:prefix":"${s3:prefix}"}}`, true},
		"a variable that is not defined": {`{"StringEquals":{"s3:prefix":"${aws:username}"}}`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := evaluate(t, `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":`+tt.condition+`}`, Request{Action: "s3:ListBucket", Resource: "arn:aws:s3:::photos", Context: context()})
			if (got == Allowed) != tt.want {
				t.Errorf("%v, want %t", got, tt.want)
			}
		})
	}
}

// What cannot be understood does not open a door.
func TestUnknownOperatorsDeny(t *testing.T) {
	t.Parallel()
	got := evaluate(t, `{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"Nonsense":{"a":"b"}}}`, Request{Action: "s3:GetObject", Resource: key})
	if got != Denied {
		t.Error(got)
	}
}

func TestMalformedPoliciesAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `[]`, `{"Statement":[{"Effect":"allow","Action":"*"}]}`, `{"Statement":{"Effect":"Allow"}}`,
		`{"Statement":{"Effect":"Allow","Action":"*","NotAction":"*"}}`, `{"Statement":{"Effect":"Allow","Action":"*","Principal":"me"}}`,
		`{"Statement":{"Effect":"Allow","Action":"*","Principal":7}}`, `{"Statement":{"Effect":"Allow","Action":{"a":1}}}`,
		`{"Statement":{"Effect":"Allow","Action":"*","Condition":{"Bool":{"a":{"b":"c"}}}}}`, strings.Repeat("[", 100),
	} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}

func TestPublicPoliciesAreKnown(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		`{"Effect":"Allow","Principal":"*","Action":"*"}`:                                                                         true,
		`{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":"*"}`:                                                               true,
		`{"Effect":"Deny","Principal":"*","Action":"*"}`:                                                                          false,
		`{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"*"}`:                                                      false,
		`{"Effect":"Allow","Principal":"*","Action":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}`:       false,
		`{"Effect":"Allow","Principal":"*","Action":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}}`: true,
		`{"Effect":"Allow","Principal":"*","Action":"*","Condition":{"StringLike":{"aws:UserAgent":"x*"}}}`:                       true,
	}
	for statement, want := range tests {
		d, err := Parse(`{"Statement":` + statement + `}`)
		if err != nil {
			t.Fatal(err)
		}
		if d.Public() != want {
			t.Errorf("%s: public %t", statement, !want)
		}
	}
}

// No text makes the evaluation fail, or lets in whom no statement allows.
func FuzzEvaluate(f *testing.F) {
	f.Add(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"s3:*","Resource":"arn:aws:s3:::photos/${aws:username}*","Condition":{"StringLike":{"s3:prefix":"a*"}}}]}`, "s3:GetObject", "a?*b")
	f.Add(`{"Statement":{"Effect":"Deny","NotPrincipal":{"Service":"x"},"NotAction":"a","NotResource":"b","Condition":{"DateLessThanIfExists":{"aws:CurrentTime":1}}}}`, "a", "${x")
	f.Fuzz(func(t *testing.T, text, action, value string) {
		d, err := Parse(text)
		if err != nil {
			return
		}
		r := &Request{Caller: user(), Action: action, Resource: value, Context: map[string][]string{"aws:username": {value}, "s3:prefix": {value}}}
		got := d.Evaluate(r)
		if (got == Allowed || got == Delegated) && !strings.Contains(text, "Allow") {
			t.Errorf("%v", got)
		}
		_ = d.Public()
	})
}
