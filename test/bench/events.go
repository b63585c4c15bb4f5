package main

import (
	"bytes"
	"fmt"
	"strings"
	"sync/atomic"
)

// rules makes a bus with n rules, none of which matches what is put.
func rules(bus string, n int64) func(string) error {
	return func(address string) error {
		if err := call(address, "events", "AWSEvents.CreateEventBus", fmt.Sprintf(`{"Name":%q}`, bus)); err != nil {
			return err
		}
		var next atomic.Int64
		return each(address, 16, func(c *conn) error {
			i := next.Add(1)
			if i > n {
				return errDone
			}
			_, err := c.post("/", "events", "AWSEvents.PutRule", fmt.Appendf(nil,
				`{"Name":"r%d","EventBusName":%q,"EventPattern":"{\"source\":[\"bench\"],\"detail\":{\"customer\":[\"c%d\"]}}"}`, i, bus, i))
			return err
		})
	}
}

// putEvents puts ten events in one request.
func putEvents(bus string) func(*conn) error {
	entry := fmt.Sprintf(`{"EventBusName":%q,"Source":"bench","DetailType":"t","Detail":"{\"customer\":\"none\",\"text\":%s}"}`, bus, `\"`+text+`\"`)
	body := []byte(`{"Entries":[` + strings.Repeat(entry+",", 9) + entry + `]}`)
	return func(c *conn) error {
		out, err := c.post("/", "events", "AWSEvents.PutEvents", body)
		if err == nil && !bytes.Contains(out, []byte(`"FailedEntryCount":0`)) {
			return fmt.Errorf("put events: %.200s", out)
		}
		return err
	}
}
