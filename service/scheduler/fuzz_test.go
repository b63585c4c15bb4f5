package scheduler

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	api "maru.dev/maru/api/scheduler"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// A universal target that is taken calls, whenever it is due, the same operation
// with the same input, and none that only reads.
func FuzzUniversal(f *testing.F) {
	for _, rest := range []string{"sqs:sendMessage", "sqs:receiveMessage", "sqs:rEceiveMessage", "lambda:lI\u017ftFunctions", "states:startExecution", "sns:publish", "gamelift:stopMatchmaking", "sqs:", ":a", "sqs"} {
		f.Add(rest, `{"QueueUrl":"q","queueurl":"r","MessageBody":7,"MessageAttributes":{"a":{"BinaryValue":{"b":1}}}}`)
	}
	for _, input := range []string{"", "null", "[]", `{"a":1}{`, `{"QUEUEURL":1,"queueurl":2}`, `{"Entries":[{},null,[],"x"]}`, `{"Payload":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`, `{"Payload":1e999}`} {
		f.Add("lambda:invoke", input)
		f.Add("sqs:sendMessageBatch", input)
	}
	s := &Service{Deps: service.Deps{Caller: all()}, services: call.Directory{Caller: all()}}
	f.Fuzz(func(t *testing.T, rest, input string) {
		target := api.Target{Arn: universalPrefix + rest, Input: &input}
		if err := s.checkTarget(&target); err != nil {
			if _, ok := errors.AsType[wire.Error](err); !ok {
				t.Errorf("%q: %v", rest, err)
			}
			return
		}
		req, err := s.universal(rest, input)
		if fault, ok := errors.AsType[wire.Error](err); ok && fault.HTTPStatus() == 501 {
			return
		}
		if err != nil {
			t.Fatalf("%q with %q is taken: %v", rest, input, err)
		}
		for _, verb := range readOnly() {
			if len(req.operation) >= len(verb) && strings.EqualFold(req.operation[:len(verb)], verb) {
				t.Errorf("%q calls %s", rest, req.operation)
			}
		}
		if len(req.input) > 6*len(input)+100 {
			t.Errorf("%q becomes %d bytes", input, len(req.input))
		}
		for range 8 {
			again, err := s.universal(rest, input)
			if diff := cmp.Diff(string(req.input), string(again.input)); err != nil || diff != "" {
				t.Fatalf("%q becomes another call the next time: %v\n%s", input, err, diff)
			}
		}
	})
}

// A token leads to the place that it was made for, and to no other list's.
func FuzzReadToken(f *testing.F) {
	for _, last := range []string{"", "/", "default/nightly", "a/b/c", "a\x00/b", "a"} {
		f.Add(last)
	}
	list := kv.NewKey("000000000000", "us-east-1", "scheduler", "s")
	f.Fuzz(func(t *testing.T, last string) {
		names, err := readToken(list, service.PageToken(list, last), 2)
		if err != nil || names == nil {
			return
		}
		if len(names) != 2 || strings.Join(names, "/") != last {
			t.Errorf("%q leads to %q", last, names)
		}
		if got, err := readToken(kv.NewKey("000000000000", "us-east-1", "scheduler", "g"), writeToken(list, names...), 2); err == nil {
			t.Errorf("another list takes %q for %q", last, got)
		}
	})
}
