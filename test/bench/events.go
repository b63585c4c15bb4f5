package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

func events(c *conn, operation, body string) ([]byte, error) {
	return c.post("/", "events", "AWSEvents."+operation, []byte(body))
}

// makeRules makes a bus with n rules, none of which matches what is put.
func makeRules(s *server, bus string, n int) error {
	if err := call(s.address, "events", "AWSEvents.CreateEventBus", fmt.Sprintf(`{"Name":%q}`, bus)); err != nil {
		return err
	}
	return times(s.address, n, func(c *conn, i int) error {
		_, err := events(c, "PutRule", fmt.Sprintf(
			`{"Name":"r%d","EventBusName":%q,"EventPattern":"{\"source\":[\"bench\"],\"detail\":{\"customer\":[\"c%d\"]}}"}`, i, bus, i))
		return err
	})
}

// putEvents puts ten events in one request, on a bus of so many rules.
func putEvents(bus string, rules int) func(*server) (step, error) {
	entry := fmt.Sprintf(`{"EventBusName":%q,"Source":"bench","DetailType":"t","Detail":"{\"customer\":\"none\",\"text\":%s}"}`, bus, `\"`+text+`\"`)
	body := `{"Entries":[` + strings.Repeat(entry+",", 9) + entry + `]}`
	return func(s *server) (step, error) {
		return func(c *conn) error {
			out, err := events(c, "PutEvents", body)
			if err == nil && !bytes.Contains(out, []byte(`"FailedEntryCount":0`)) {
				return &refusal{"PutEvents:", string(out)}
			}
			return err
		}, makeRules(s, bus, rules)
	}
}

// makeTarget makes a queue that has the events of a source.
func makeTarget(s *server, name string) (url string, err error) {
	if url, err = makeQueue(s, name); err != nil {
		return "", err
	}
	if err := call(s.address, "events", "AWSEvents.PutRule", fmt.Sprintf(`{"Name":%q,"EventPattern":"{\"source\":[\"%s\"]}"}`, name, name)); err != nil {
		return "", err
	}
	return url, call(s.address, "events", "AWSEvents.PutTargets", fmt.Sprintf(
		`{"Rule":%q,"Targets":[{"Id":"q","Arn":%q}]}`, name, queueARN(name)))
}

// putEvent puts one event, which tells when it was due.
func putEvent(c *conn, source string, due time.Time) error {
	_, err := events(c, "PutEvents", fmt.Sprintf(`{"Entries":[{"Source":%q,"DetailType":"t","Detail":"{\"due\":\"%d\"}"}]}`, source, due.UnixNano()))
	return err
}

// eventToQueue puts an event and waits until its target has it.
func eventToQueue(s *server) (step, error) {
	url, err := makeTarget(s, "bench-target")
	return untilIn(url, func(c *conn) error { return putEvent(c, "bench-target", c.began) }), err
}

// eventsToQueue puts a thousand events a second, and counts each from when it
// was due until a receiver has it.
func eventsToQueue(s *server, duration time.Duration) (result, error) {
	const rate, receivers = 1000, 16
	url, err := makeTarget(s, "bench-targets")
	if err != nil {
		return result{}, err
	}
	var mu sync.Mutex
	latency := newLatency()
	begin := time.Now().Add(warmUp)
	end := begin.Add(duration)
	received := make(chan error, 1)
	go func() {
		received <- each(s.address, receivers, func(c *conn) error {
			out, err := take(c, url, 1, 10)
			now := time.Now()
			if err != nil && now.After(end) {
				return errDone // nothing more came within a second
			}
			mu.Lock()
			defer mu.Unlock()
			for _, due := range dues(out) {
				if due.After(begin) {
					record(latency, now.Sub(due))
				}
			}
			return nil
		})
	}()
	sent, _ := open(s, receivers, rate, duration, func(c *conn) error { return putEvent(c, "bench-targets", c.began) })
	if err := <-received; err != nil {
		return result{}, err
	}
	sent.errors += max(0, sent.done()-latency.TotalCount()-1) // that never came
	sent.latency = latency
	return sent, nil
}

// dues finds when the events of received messages were due.
func dues(answer []byte) (all []time.Time) {
	var got struct{ Messages []struct{ Body string } }
	if json.Unmarshal(answer, &got) != nil {
		return nil
	}
	for _, m := range got.Messages {
		var event struct {
			Detail struct{ Due string }
		}
		if json.Unmarshal([]byte(m.Body), &event) == nil {
			if n, err := strconv.ParseInt(event.Detail.Due, 10, 64); err == nil {
				all = append(all, time.Unix(0, n))
			}
		}
	}
	return all
}
