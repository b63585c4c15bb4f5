package sqs

import (
	"fmt"
	"testing"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// TestDeduplicationIDsAreForgottenInTime sends for a quarter of an hour: what is
// remembered stays what five minutes sent, also across a restart of the hints.
func TestDeduplicationIDsAreForgottenInTime(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	s, c, ctx := newTestService(st)
	must[*api.CreateQueueOutput](t)(s.CreateQueue(ctx, &api.CreateQueueInput{
		QueueName: "q.fifo", Attributes: map[string]string{"FifoQueue": "true"},
	}))
	send := func(id string) string {
		out := must[*api.SendMessageOutput](t)(s.SendMessage(ctx, &api.SendMessageInput{
			QueueUrl: testURL + "q.fifo", MessageBody: "x", MessageGroupId: new("g"), MessageDeduplicationId: &id,
		}))
		return *out.MessageId
	}
	for i := range 90 {
		send(fmt.Sprint("id", i))
		c.Advance(10 * time.Second)
		if i == 70 {
			_ = s.Reset(ctx)
		}
	}
	for folder, most := range map[string]int{"d": 35, "e": 35} {
		n := 0
		err := st.View(ctx, func(tx *kv.Tx) error {
			q, err := s.loadNamed(tx, home{"000000000000", "us-east-1"}, "q.fifo")
			if err != nil {
				return err
			}
			for _, err := range tx.Scan(kv.Prefix(q.key(folder, q.ID))) {
				if err != nil {
					return err
				}
				n++
			}
			return nil
		})
		if err != nil || n < 30 || n > most {
			t.Errorf("%d rows in %s, want those of five minutes; %v", n, folder, err)
		}
	}
	if first, again := send("young"), send("young"); first != again {
		t.Error("a young id was forgotten")
	}
}

// TestPlainURLAgreesWithAnyURL holds the short way of reading a queue's URL
// against the long one.
func TestPlainURLAgreesWithAnyURL(t *testing.T) {
	t.Parallel()
	info := call.Info{Account: "111111111111", Region: "us-east-1"}
	tests := map[string]struct{ account, name string }{
		"http://localhost:4566/000000000000/q":                {"000000000000", "q"},
		"https://sqs.us-east-1.amazonaws.com/000000000000/q":  {"000000000000", "q"},
		"https://host/some/000000000000/q":                    {"000000000000", "q"},
		"https://host/000000000000/q/":                        {"000000000000", "q"},
		"https://host/000000000000/q?x=/other/name":           {"000000000000", "q"},
		"https://host/000000000000/%71":                       {"000000000000", "q"},
		"https://host/q":                                      {"111111111111", "q"},
		"q":                                                   {"111111111111", "q"},
		"HTTP://host/000000000000/q.fifo":                     {"000000000000", "q.fifo"},
		"http://host//q":                                      {"111111111111", "q"},
		"http://[::1]:4566/000000000000/q":                    {"000000000000", "q"},
		"https://user:secret@host.example.com/000000000000/q": {"000000000000", "q"},
	}
	for address, want := range tests {
		h, name, err := locate(info, address)
		if err != nil || h.Account != want.account || name != want.name {
			t.Errorf("%s: %s, %s, %v", address, h.Account, name, err)
		}
	}
}
