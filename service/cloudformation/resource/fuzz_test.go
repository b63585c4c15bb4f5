package resource

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	dynamodb "maru.dev/maru/api/dynamodb"
	lambda "maru.dev/maru/api/lambda"
	sqs "maru.dev/maru/api/sqs"
	"maru.dev/maru/wire"
)

// Whatever is put to a custom resource's URL, the resource is there with an id and
// with attributes that can be kept, or has failed and says why.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"Status":"SUCCESS","PhysicalResourceId":"p","Data":{"a":{"b":[1,12345678901234567890]}}}`, `{"Status":"FAILED","Reason":"no","PhysicalResourceId":"p"}`, `{"Status":"SUCCESS"}`,
		`{"Status":"SUCCESS","PhysicalResourceId":7}`, `{"status":"SUCCESS","physicalresourceid":"p"}`, `{"Status":"SUCCESS","PhysicalResourceId":"p","Data":"x"}`, `{"Status":"SUCCESS","PhysicalResourceId":"p","Data":null}`,
		`null`, `[]`, `x`, "", "\xff",
	} {
		f.Add(body, "60")
	}
	for _, timeout := range []string{"", "0", "-1", "3600", "3601", "9223372036854775807", "9223372037", "1e3", "x"} {
		f.Add("", timeout)
	}
	began := time.Unix(1_700_000_000, 0)
	f.Fuzz(func(t *testing.T, body, timeout string) {
		r := &Request{Token: "t", ID: "old", Began: began, Now: began, Signals: []Signal{{Body: body}}, Props: obj{"ServiceTimeout": timeout}}
		got, done, err := r.answer()
		if done != (err == nil) || done && (got.ID == "" || got.Replaced != (got.ID != "old")) || err != nil && err.Error() == "" {
			t.Errorf("%q makes %+v: %v", body, got, err)
		}
		if done {
			if _, err := json.Marshal(got.Attributes); err != nil || got.Attributes == nil {
				t.Errorf("%q has attributes that cannot be kept: %v", body, err)
			}
		}
		r.Signals = nil
		if _, done, err := r.answer(); done || err != nil {
			t.Errorf("nobody has answered in no time, but it is %t: %v", done, err)
		}
		r.Now = began.Add(customTimeout + 1)
		if _, done, err := r.answer(); done || err == nil {
			t.Errorf("with a timeout of %q an hour is not too long", timeout)
		}
	})
}

// A wait condition is over when it has been signalled often enough or has waited
// for too long, whatever its numbers are.
func FuzzWaited(f *testing.F) {
	for _, n := range []string{"", "0", "1", "2", "-1", "43200", "43201", "9223372036854775807", "9223372037", "x"} {
		f.Add(n, "300", "PT1H", `{"a":1}`)
		f.Add("1", n, "", "x")
		f.Add("1", "1", "PT"+n+"M", "\xff")
		f.Add("3", "1", "pt1s", n)
	}
	began := time.Unix(1_700_000_000, 0)
	f.Fuzz(func(t *testing.T, count, timeout, duration, body string) {
		r := &Request{Began: began, Now: began, Props: obj{"Count": count, "Timeout": timeout}}
		if duration != "" {
			r.CreationPolicy = obj{"ResourceSignal": obj{"Count": count, "Timeout": duration}}
		}
		want := 1
		if n, err := strconv.Atoi(count); err == nil {
			want = n
		}
		for _, got := range []int{0, 1, 2} {
			r.Signals = nil
			for i := range got {
				r.Signals = append(r.Signals, Signal{ID: strconv.Itoa(i), Status: "SUCCESS", Body: body})
			}
			out, done, err := r.waited()
			if done != (got >= want) || err != nil {
				t.Errorf("%d of %q signals within %q, %q: %t, %v", got, count, timeout, duration, done, err)
			}
			if data, _ := out.Attributes["Data"].(string); done && !json.Valid([]byte(data)) {
				t.Errorf("%q is told as %q", body, data)
			}
		}
		r.Signals, r.Now = []Signal{{ID: "a", Status: "FAILURE", Body: body}}, began
		if _, done, err := r.waited(); done || err == nil {
			t.Error("a failure does not fail")
		}
		r.Signals, r.Now = nil, began.Add(maxWait+1)
		if _, done, err := r.waited(); want > 0 && (done || err == nil) {
			t.Errorf("it waits for more than twelve hours with %q, %q", timeout, duration)
		}
	})
}

// Properties that fit an operation's model can be sent to it, and are then read or
// refused in the model's words.
func FuzzFit(f *testing.F) {
	for _, props := range []string{
		`{"QueueName":"q","Attributes":{"DelaySeconds":5,"FifoQueue":true,"RedrivePolicy":{"maxReceiveCount":3}}}`, `{"TableName":"t","ProvisionedThroughput":{"ReadCapacityUnits":"0x1p4"}}`,
		`{"MemorySize":"NaN","Timeout":"Infinity","Layers":"one","Environment":{"Variables":{"A":1e400}}}`, `{"MemorySize":"1_0","Timeout":" 7","Publish":"TRUE"}`, `{"MemorySize":"+1","Timeout":".5"}`,
		`{"Code":{"ZipFile":{"a":1}}}`, `{"KeySchema":[null,{},7]}`, `{"Tags":{"a":[1]}}`, `{}`, `{"DeletionProtectionEnabled":"x"}`, `{"QueueName":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`,
	} {
		f.Add(props)
	}
	f.Fuzz(func(t *testing.T, props string) {
		in, err := decode([]byte(props))
		if err != nil || in == nil {
			return
		}
		for _, m := range []*wire.Service{sqs.Model, dynamodb.Model, lambda.Model} {
			for i := range m.Operations {
				op := &m.Operations[i]
				if op.Name != "CreateQueue" && op.Name != "CreateTable" && op.Name != "CreateFunction" {
					continue
				}
				fitted, err := fit(m, op.Input, in)
				if err != nil {
					continue
				}
				text, err := json.Marshal(fitted)
				if err != nil {
					t.Fatalf("%s cannot be sent to %s: %v", props, op.Name, err)
				}
				_, _ = wire.FromJSON(m, op, text) // it has said no in its own words
			}
		}
	})
}
