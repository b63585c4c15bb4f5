package main

import (
	"fmt"
	"strings"
	"time"
)

// workload is one kind of operation, and what it is held against.
type workload struct {
	name    string
	about   string
	prepare func(s *server) (step, error) // makes what the step needs
	write   bool                          // whether its answer waits for a disk
	one     bool                          // whether it is one request, which the floor can be sent, too

	// An operation of some workloads stands for many things.
	amount float64
	unit   string

	connections []int // where the flag's make no sense
	// whole measures by itself what is not a step that is repeated.
	whole func(s *server, duration time.Duration) (result, error)
}

// floors are the steps of the floor: a store's, and the machine's. own is the
// workload's step on s. Where it is one request, they are the same one to the
// byte, but for its path, and are answered with as many bytes.
func (w *workload) floors(s *server, own step) (floor, limit step, err error) {
	size := 200
	if w.one {
		err = once(s.address, func(c *conn) error {
			err := own(c)
			size = min(len(c.body), maxAnswer)
			return err
		})
	}
	to := func(kind string) step {
		path := fmt.Sprintf("/%s/%d", kind, size)
		return func(c *conn) error {
			if c.path = path; w.one {
				return own(c)
			}
			_, err := c.post(path, "", "", []byte(`{"Text":"`+text+`"}`))
			return err
		}
	}
	if w.write {
		return to("write"), to("append"), err
	}
	return to("read"), to("bare"), err
}

// text is what messages and items carry.
var text = strings.Repeat("0123456789", 10)

// workloads returns all that is measured, in order.
func workloads(o *options) []workload {
	one := []int{1}
	return []workload{
		{name: "SendMessage", about: "a message of 100 bytes", prepare: send("bench-send"), write: true, one: true},
		{name: "Receive+Delete, 1,000 waiting", about: "a cycle of send, receive and delete, beside a backlog", prepare: cycle("bench-small", 1000), write: true},
		{name: fmt.Sprintf("Receive+Delete, %s waiting", thousands(o.backlog)), about: "the same beside a long one", prepare: cycle("bench-large", o.backlog), write: true},
		{name: "PutItem", about: "an item of 150 bytes, each in a place of its own", prepare: withTable(putItem), write: true, one: true},
		{name: "GetItem", about: "one of 100 items", prepare: withTable(getItem), one: true},
		{name: "Query of 25", about: "25 items of a partition", prepare: withTable(query), one: true},
		{name: "TransactWriteItems of 4", about: "four items, each in a place of its own", prepare: withTable(transact), write: true, one: true},
		{name: "Publish to 1 queue", about: "a message of 100 bytes to a topic with a queue behind it", prepare: publish, write: true, one: true},
		{name: "PutObject of 64 KiB", about: "an object, each under a name of its own", prepare: putObjects(64 << 10), write: true, one: true},
		{name: "PutObject of 8 MiB", about: "the same, larger", prepare: putObjects(8 << 20), write: true, one: true, amount: 8, unit: "MiB"},
		{name: "Object in 2 parts of 5 MiB", about: "an upload in parts, from its beginning to its end", prepare: putParts, write: true, amount: 10, unit: "MiB"},
		{name: "GetObject of 64 KiB", about: "one of 100 objects", prepare: getObjects(64 << 10), one: true},
		{name: "HTTP API to a warm function", about: "GET through an HTTP API to a Go function that answers at once", prepare: apiToFunction},
		{name: "REST API to a warm function", about: "the same through a REST API", prepare: restAPIToFunction},
		{name: "Cold function, Go", about: "Invoke right after the configuration has changed; its time alone", prepare: cold("provided.al2023"), connections: one},
		{name: "Cold function, Python", about: "the same in Python", prepare: cold("python3.12"), connections: one},
		{name: "Cold function, Node", about: "the same in Node.js", prepare: cold("nodejs22.x"), connections: one},
		{name: "Execution, 3 states", about: "a standard execution from start to its end as DescribeExecution tells it", prepare: execute("bench-standard"), write: true},
		{name: "StartSyncExecution, 5 states", about: "an express execution", prepare: executeSync("bench-express")},
		{name: "PutEvents of 10, 1 rule", about: "ten events that no rule wants", prepare: putEvents("bench-few", 1), amount: 10, unit: "events"},
		{name: "PutEvents of 10, 10,000 rules", about: "the same on a bus of many rules", prepare: putEvents("bench-many", 10_000), amount: 10, unit: "events"},
		{name: "Event to its queue", about: "from PutEvents until a long poll of the target's queue has it", prepare: eventToQueue, write: true, connections: one},
		{name: "Event to its queue, 1,000 a second", about: "the same while a thousand come every second", whole: eventsToQueue, connections: []int{32}},
		{name: "Message through a pipe", about: "from SendMessage until a long poll of the pipe's target has it", prepare: throughPipe, write: true, connections: one},
		{name: "Change through a pipe", about: "from PutItem until a long poll has what the table's stream tells", prepare: changeThroughPipe, write: true, connections: one},
		{name: "PutLogEvents of 1,000 lines", about: "lines of 120 bytes", prepare: putLogs, write: true, amount: 1000, unit: "lines"},
		{name: fmt.Sprintf("FilterLogEvents over %d MB", o.logs), about: "a search that finds one line", prepare: searchLogs(o.logs), amount: float64(o.logs), unit: "MB", connections: []int{1, 2}},
		{name: fmt.Sprintf("Insights over %d MB", o.logs), about: "a query that counts lines by a part of them, until it is complete", prepare: queryLogs(o.logs), amount: float64(o.logs), unit: "MB", connections: one},
		{name: "Ready after SIGKILL", about: "from start until the port answers, on the folder that the workloads before have left", whole: ready, connections: one},
	}
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
