package sns

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/wire"
)

// A message that says something else to each protocol is refused, or has a text for
// each, which is one of those that it holds.
func FuzzStructure(f *testing.F) {
	for _, text := range []string{
		`{"default":"d","email":"e","sqs":"s"}`, `{"GCM":"{\"data\":{}}"}`, `{"default":7}`, `{"default":""}`, `{"default":"d","default":"e"}`, `{"default":null,"sqs":{}}`, `{}`, `null`, `[]`, `"d"`, ``,
		`{"default":"\ud800"}`, `{"default":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`,
	} {
		f.Add(text, false)
		f.Add(text, true)
	}
	f.Fuzz(func(t *testing.T, text string, device bool) {
		m := &message{Text: text}
		if err := m.split(device); err != nil {
			if _, ok := errors.AsType[wire.Error](err); !ok {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		var want map[string]any
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatalf("%q is taken: %v", text, err)
		}
		size := 0
		for _, protocol := range []string{"email", "sqs", "GCM", "default"} {
			got := m.textFor(protocol)
			size += len(got)
			own, ok := want[protocol].(string)
			if !ok {
				own, _ = want["default"].(string)
			}
			if got != own {
				t.Errorf("%q says %q to %s", text, got, protocol)
			}
		}
		if _, ok := want["default"].(string); !ok && !device {
			t.Errorf("%q has no text for all", text)
		}
		if size > 12*len(text) {
			t.Errorf("%d bytes of %d", size, len(text))
		}
	})
}

// Attributes that are taken can be told to subscribers and looked at by filters.
func FuzzAttribute(f *testing.F) {
	for _, kind := range []string{"String", "Number", "Binary", "String.Array", "Number.int", "Binary.", ".", "", "string"} {
		for _, value := range []string{"", "7", "1e400", "NaN", "0x1p-2", `["a",7,null]`, "[", "\xff"} {
			f.Add("name", kind, value, true)
			f.Add("a..b", kind, value, false)
		}
	}
	f.Fuzz(func(t *testing.T, name, kind, value string, text bool) {
		v := api.MessageAttributeValue{DataType: kind}
		if text {
			v.StringValue = &value
		} else {
			v.BinaryValue = []byte(value)
		}
		got, err := readAttributes(map[string]api.MessageAttributeValue{name: v})
		if err != nil {
			if _, ok := errors.AsType[wire.Error](err); !ok {
				t.Errorf("%v", err)
			}
			return
		}
		a, ok := got[name]
		if !ok || len(got) != 1 || a.Type != kind || a.Value == "" || len(a.Value) > 2*len(value)+4 {
			t.Errorf("%q, %q, %q are read as %v", name, kind, value, got)
		}
		m := message{Attributes: got}
		if _, seen := m.filterAttributes()[name]; seen == strings.HasPrefix(kind, "Binary") {
			t.Errorf("a filter sees %q of the type %q: %t", name, kind, seen)
		}
	})
}

// An ARN of a topic or a subscription is refused, or names one in one way.
func FuzzARNs(f *testing.F) {
	for _, text := range []string{
		"arn:aws:sns:us-east-1:000000000000:topic", "arn:aws:sns:us-east-1:000000000000:topic.fifo:5e3e9847-3183-3f18-a7e8-671c3a57d4b3", "arn:aws:sns:us-east-1::topic",
		"arn:aws:sns:us-east-1:000000000000:", "arn:aws:sns:us-east-1:000000000000::", "arn:aws:sns:us-east-1:000000000000:app/GCM/a", "PendingConfirmation", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if ref, err := parseTopic(call.Info{Region: "us-east-1"}, text, "TopicArn"); err == nil {
			if got, err := parseTopic(call.Info{}, ref.ARN(), "TopicArn"); err != nil || got != ref || ref.Region != "us-east-1" {
				t.Errorf("%q is %+v, and that %+v", text, ref, got)
			}
		}
		ref, id, err := parseSubscription(text)
		if err != nil {
			return
		}
		if got, same, err := parseSubscription(ref.ARN() + ":" + id); err != nil || got != ref || same != id {
			t.Errorf("%q is %+v and %q, and that %+v and %q", text, ref, id, got, same)
		}
	})
}
