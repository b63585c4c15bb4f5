package events

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/pattern"
	"maru.dev/maru/wire"
)

// toldToClient tells whether an error is one that a client gets to see, and is its own fault.
func toldToClient(err error) bool {
	fault, ok := errors.AsType[wire.Error](err)
	return ok && fault.HTTPStatus() < 500
}

// A policy that is taken is told as it was taken, lets in whom it let in, and is no
// longer than a policy may be, however it was written.
func FuzzPolicy(f *testing.F) {
	const one = `{"Sid":"a","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111111111111:root","222222222222"]},"Action":["events:PutEvents"],"Resource":"*"}`
	for _, text := range []string{
		`{"Version":"2012-10-17","Statement":[` + one + `]}`, `{"Statement":` + one + `}`, `{"Statement":[]}`, `{"Statement":null}`, `{"Statement":[null]}`, `{}`, `[]`, ``, `null`,
		`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*"},` + one + `]}`, `{"Statement":{"Effect":"Allow","Principal":"<&>","Action":"a","Condition":{"a":{"b":1e400}}}}`,
		`{"statement":[` + one + `],"Statement":[` + one + `,` + one + `]}`, `{"Statement":{"Effect":"Allow",` + strings.Repeat(" ", 20<<10) + `"Principal":"*","Action":"*"}}`,
		`{"Statement":{"Effect":"Allow","Principal":` + strings.Repeat("[", 3000) + strings.Repeat("]", 3000) + `,"Action":"*"}}`, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","x":"` + "\xff" + `"}}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var b bus
		if err := b.setPolicy(text); err != nil {
			if !toldToClient(err) {
				t.Errorf("%q is refused with %v", text, err)
			}
			return
		}
		told, size := *policyText(b.Policy), 0
		for _, raw := range b.Policy {
			size += len(raw)
		}
		if size > maxPolicy || !json.Valid([]byte(told)) {
			t.Fatalf("of %q %d bytes are kept, as %q", text, size, told)
		}
		var again bus
		if err := again.setPolicy(told); err != nil || *policyText(again.Policy) != told {
			t.Fatalf("%q was told, and is %q again (%v)", told, *policyText(again.Policy), err)
		}
		denying := bus{Policy: append([]json.RawMessage{json.RawMessage(`{"Effect":"Deny","Principal":"*","Action":"*"}`)}, b.Policy...)}
		for _, account := range []string{"111111111111", "222222222222", "*", ""} {
			if b.admits(account) != again.admits(account) {
				t.Errorf("%q lets in %q, or it does not", told, account)
			}
			if denying.admits(account) {
				t.Errorf("%q lets in %q though nobody may", told, account)
			}
		}
	})
}

// A permission is for whom it was given to, stands once, and goes when it is
// removed.
func FuzzPermission(f *testing.F) {
	f.Add("111111111111", "sid", "", "")
	f.Add("*", "<sid>", "aws:PrincipalOrgID", "o-1234567890")
	f.Add("11", "", "é", "\x00")
	f.Add("arn:aws:iam::1:root", strings.Repeat("&", 3000), "k", strings.Repeat("v", 10<<10))
	st := kvtest.Open(f)
	f.Fuzz(func(t *testing.T, principal, sid, key, value string) {
		if !utf8.ValidString(principal + " " + sid + " " + key + " " + value) {
			return // which no request holds
		}
		s, ctx := newTestService(st)
		if _, err := s.RemovePermission(ctx, &api.RemovePermissionInput{RemoveAllPermissions: new(true)}); err != nil {
			t.Fatal(err)
		}
		in := &api.PutPermissionInput{Action: new("events:PutEvents"), Principal: &principal, StatementId: &sid}
		if key != "" {
			in.Condition = &api.Condition{Type: "StringEquals", Key: key, Value: value}
		}
		for range 2 {
			if _, err := s.PutPermission(ctx, in); err != nil {
				if !toldToClient(err) {
					t.Errorf("%q of %q is refused with %v", sid, principal, err)
				}
				return
			}
		}
		out, err := s.DescribeEventBus(ctx, &api.DescribeEventBusInput{})
		if err != nil {
			t.Fatal(err)
		}
		var b bus
		if err := b.setPolicy(*out.Policy); err != nil || len(b.Policy) != 1 || len(*out.Policy) > maxPolicy {
			t.Fatalf("%q of %q is %s (%v)", sid, principal, *out.Policy, err)
		}
		if b.admits(principal) != (key == "") {
			t.Errorf("%s lets in %q with condition %q, or it does not", *out.Policy, principal, key)
		}
		if b.admits("999999999999") != (key == "" && principal == "*") && principal != "999999999999" {
			t.Errorf("%s is for everybody, or not", *out.Policy)
		}
		if _, err := s.RemovePermission(ctx, &api.RemovePermissionInput{StatementId: &sid}); err != nil {
			t.Errorf("%q is not removed: %v", sid, err)
		}
	})
}

// An ARN that is read names one thing, and is written again as it was.
func FuzzARNs(f *testing.F) {
	for _, resource := range []string{
		"rule/r", "rule/bus/r", "rule/default/r", "rule/aws.partner/a.com/b/r", "rule/", "rule//r", "rule/b/", "rule:r", "rule", "event-bus/default", "event-bus/", "event-bus:b",
		"event-bus/aws.partner/a.com/b", "api-destination/d/5a8f1b1e", "api-destination/d", "api-destination//x", "api-destination/d/x/y", "archive/a", "archive/",
	} {
		f.Add("arn:aws:events:us-east-1:000000000000:" + resource)
		f.Add("arn:aws-cn:sqs::" + resource)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, _ := arn.Parse(s)
		is := func(what, again string) {
			if a.Partition = "aws"; a.Service != "events" || again != a.String() {
				t.Errorf("%q is %s %q", s, what, again)
			}
		}
		if bus, rule, ok := parseRuleARN(s); ok {
			if bus.name == defaultBus && strings.HasPrefix(a.Resource, "rule/default/") {
				a.Resource = "rule/" + rule // as long a form of it
			}
			is("rule", bus.ruleARN(rule))
			if bus.name == "" || rule == "" || strings.Contains(rule, "/") {
				t.Errorf("%q is rule %q of bus %q", s, rule, bus.name)
			}
		}
		if h, name, id, ok := parseDestination(s); ok {
			if id == "" {
				a.Resource = strings.TrimSuffix(a.Resource, "/") + "/"
			}
			is("API destination", h.destinationARN(name, id))
			if name == "" || strings.Contains(name, "/") {
				t.Errorf("%q is API destination %q", s, name)
			}
		}
		if h, name, ok := archiveName(s); ok {
			is("archive", h.archiveARN(name))
		}
		if ref, err := sourceBus(s); err == nil {
			is("bus", ref.ARN())
		}
		h := home{"111111111111", "eu-west-1"}
		switch ref, err := busOf(h, &s); {
		case err == nil && strings.HasPrefix(s, "arn:"):
			is("bus", ref.ARN())
		case err == nil && (ref.home != h || ref.name == "" || s != "" && ref.name != s):
			t.Errorf("%q is bus %q of %v", s, ref.name, ref.home)
		case err != nil && !toldToClient(err):
			t.Errorf("%q is refused with %v", s, err)
		}
	})
}

// An event that was archived is replayed as the same.
func FuzzArchived(f *testing.F) {
	f.Add("shop", "order", "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "arn:aws:s3:::b", `{"a":[1,2.50,"x\u0000"],"a":null}`, int64(1_700_000_000))
	f.Add("\xff<&>", "\x00\u2028", "", "", `{}`, int64(-62135596800))
	f.Add("", "\"\\", "id", "r", "{\"a\":\"\xff\"}", int64(253402300799))
	f.Add("s", "d", "i", "r", strings.Repeat(`{"a":`, 990)+"1"+strings.Repeat("}", 990), int64(0))
	f.Add("s", "d", "i", "r", `{"n":1e999,"m":-0.0,"detail":{"id":"other"},"ID":1}`, int64(1))
	f.Fuzz(func(t *testing.T, source, detailType, id, resource, detail string, seconds int64) {
		kept, ok := compact(detail)
		at := time.Unix(seconds, 0).UTC()
		if !ok || at.Year() < 1 || at.Year() > 9999 {
			return
		}
		e := &event{source: source, detailType: detailType, id: id, account: "000000000000", region: "us-east-1", time: at, resources: []string{resource}, detail: kept}
		if _, err := pattern.ParseEvent(e.json()); err != nil {
			return // which matches nothing, and is in no archive
		}
		again, err := readArchived(e.json())
		if err != nil {
			t.Fatalf("%s: %v", e.json(), err)
		}
		if string(again.json()) != string(e.json()) {
			t.Errorf("%s is replayed as %s", e.json(), again.json())
		}
	})
}

// What an event puts into an API destination's address stays where it is put.
func FuzzAddress(f *testing.F) {
	f.Add("a b", "1", "q", "x y", false)
	f.Add("../..", "?x=1#f", "a&b=c", "%", true)
	f.Add("*", "**", "", "", false)
	f.Add("\x00\xff", "//evil.example/", "é", "\n", true)
	f.Fuzz(func(t *testing.T, first, second, name, value string, asked bool) {
		endpoint := "https://api.example.com/v1/*/of/*/end"
		if asked {
			endpoint += "?fixed=1"
		}
		c := endpointCall{Path: []string{first, second, "needless"}, Query: map[string]string{name: value}}
		u, err := url.Parse(c.address(endpoint))
		if err != nil {
			t.Fatalf("%q: %v", c.address(endpoint), err)
		}
		parts := strings.Split(u.EscapedPath(), "/")
		if u.Host != "api.example.com" || u.Fragment != "" || len(parts) != 6 || parts[1] != "v1" || parts[3] != "of" || parts[5] != "end" {
			t.Fatalf("%q and %q lead to %s", first, second, u)
		}
		for i, want := range map[int]string{2: first, 4: second} {
			if got, err := url.PathUnescape(parts[i]); err != nil || got != want {
				t.Errorf("%q is %q in %s (%v)", want, got, u, err)
			}
		}
		query := u.Query()
		if asked && query.Get("fixed") != "1" && name != "fixed" || query[name][len(query[name])-1] != value {
			t.Errorf("%q = %q is %v", name, value, query)
		}
	})
}
