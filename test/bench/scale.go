package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"maru.dev/maru/test/figure"
	"maru.dev/maru/test/proc"
)

// growth is something that there may be few or many of, and the operations that
// must not cost more beside many.
type growth struct {
	name, about  string
	small, large int
	// fill makes n of it, and returns what to measure there.
	fill func(s *server, n int) ([]named, error)
}

// named is a step with a name.
type named struct {
	name string
	do   step
}

// growths returns what may grow.
func growths(o *options) []growth {
	many, things := o.large, o.large/100
	return []growth{
		{"Scale: messages", "a cycle of send, receive and delete in a queue of a thousand, and of a million", 1000, many, func(s *server, n int) ([]named, error) {
			do, err := cycle("scale", n)(s)
			return []named{{"send+receive+delete", do}}, err
		}},
		{"Scale: items of one partition", "operations on a partition of a thousand items, and of a million", 1000, many, func(s *server, n int) ([]named, error) {
			get, err := withItems("scale-one", n, onePartition, getAny("scale-one", onePartition))(s)
			return append(hotAndAny("scale-one", onePartition, get, n), named{"Query of 25", queryAny("scale-one")(n)}), err
		}},
		{"Scale: partitions", "the same with an item in each of a thousand partitions, and of a million", 1000, many, func(s *server, n int) ([]named, error) {
			get, err := withItems("scale-many", n, manyPartitions, getAny("scale-many", manyPartitions))(s)
			return hotAndAny("scale-many", manyPartitions, get, n), err
		}},
		{"Scale: queues", "SendMessage to one of ten queues that are in use, and of ten thousand", 10, things, scaleQueues},
		{"Scale: topics", "Publish to one of ten topics, and of ten thousand", 10, things, scaleTopics},
		{"Scale: rules", "PutEvents of ten on a bus of ten rules, and of ten thousand", 10, things, func(s *server, n int) ([]named, error) {
			do, err := putEvents("scale", n)(s)
			return []named{{"PutEvents of 10", do}}, err
		}},
		{"Scale: executions", "an execution of three states beside a thousand that wait, and a hundred thousand", 1000, max(many/10, 1000), scaleExecutions},
		{"Scale: functions", "Invoke of one function, and GetFunction of any, beside ten and ten thousand", 10, things, scaleFunctions},
	}
}

// hotAndAny are operations on a thousand of a table's items, whatever lies beside
// them, and on any of its items, which are more than caches hold.
func hotAndAny(table string, at place, getAnyOf step, n int) []named {
	const hot = 1000
	return []named{
		{"GetItem of a thousand", getAny(table, at)(hot)},
		{"GetItem of any", getAnyOf},
		{"PutItem of a thousand", putAny(table, at)(hot)},
		{"PutItem of any", putAny(table, at)(n)},
	}
}

// scaleQueues makes queues, and works on any of them.
func scaleQueues(s *server, n int) ([]named, error) {
	url, err := makeQueue(s, "scale-queue-0")
	if err != nil {
		return nil, err
	}
	base := strings.TrimSuffix(url, "0")
	err = times(s.address, n, func(c *conn, i int) error {
		_, err := sqs(c, "CreateQueue", fmt.Sprintf(`{"QueueName":"scale-queue-%d"}`, i))
		return err
	})
	return []named{
		{"SendMessage", func(c *conn) error {
			_, err := sqs(c, "SendMessage", fmt.Sprintf(`{"QueueUrl":"%s%d","MessageBody":%q}`, base, rand.IntN(n), text))
			return err
		}},
		{"ListQueues of 10", func(c *conn) error {
			_, err := sqs(c, "ListQueues", `{"QueueNamePrefix":"scale-queue-","MaxResults":10}`)
			return err
		}},
	}, err
}

// scaleTopics makes topics, and publishes to any of them.
func scaleTopics(s *server, n int) ([]named, error) {
	err := times(s.address, n, func(c *conn, i int) error { return sns(c, fmt.Sprintf("Action=CreateTopic&Name=scale-%d", i)) })
	return []named{{"Publish", func(c *conn) error {
		return sns(c, fmt.Sprintf("Action=Publish&Message=%s&TopicArn=%s", text, topicARN(fmt.Sprintf("scale-%d", rand.IntN(n)))))
	}}}, err
}

// scaleFunctions makes functions, of which one is used.
func scaleFunctions(s *server, n int) ([]named, error) {
	if err := makeFunction(s, "scale-used", "provided.al2023"); err != nil {
		return nil, err
	}
	zipped, handler, err := archive("python3.12")
	if err != nil {
		return nil, err
	}
	err = times(s.address, n, func(c *conn, i int) error {
		_, err := c.rest("POST", functions, "lambda", createFunction(fmt.Sprintf("scale-%d", i), "python3.12", handler, zipped))
		return err
	})
	return []named{
		{"Invoke", func(c *conn) error { return invoke(c, "scale-used") }},
		{"GetFunction", func(c *conn) error {
			_, err := c.rest("GET", fmt.Sprintf("%s/scale-%d", functions, rand.IntN(n)), "lambda", nil)
			return err
		}},
	}, err
}

// scaleExecutions starts executions that wait for a day, and has others run beside
// them.
func scaleExecutions(s *server, n int) ([]named, error) {
	arn, err := createMachine(s, "scale-waiting", "STANDARD", `{"StartAt":"Wait","States":{"Wait":{"Type":"Wait","Seconds":86400,"End":true}}}`)
	if err != nil {
		return nil, err
	}
	start := fmt.Sprintf(`{"stateMachineArn":%q}`, arn)
	err = times(s.address, n, func(c *conn, _ int) error {
		_, err := stepFunctions(c, "StartExecution", start)
		return err
	})
	if err != nil {
		return nil, err
	}
	run, err := execute("scale-passing")(s)
	list := fmt.Sprintf(`{"stateMachineArn":%q,"statusFilter":"RUNNING","maxResults":10}`, arn)
	return []named{
		{"Execution, 3 states", run},
		{"ListExecutions of 10", func(c *conn) error {
			_, err := stepFunctions(c, "ListExecutions", list)
			return err
		}},
	}, err
}

// scaleRow compares one operation beside few and beside many.
type scaleRow struct {
	growth       *growth
	operation    string
	connections  int
	small, large result
	memory       [2]int64 // resident, of the two servers after it was filled
}

// scaleColumns is the head of the table.
func scaleColumns() []string {
	return []string{"of what", "few, many", "operation", "connections", "few op/s", "many op/s", "many of few", "few p50, p99", "many p50, p99", "few CPU/op", "many CPU/op", "errors", "memory"}
}

// cells are a row of the table.
func (r *scaleRow) cells() []string {
	return []string{
		strings.TrimPrefix(r.growth.name, "Scale: "), thousands(r.growth.small) + ", " + thousands(r.growth.large), r.operation, fmt.Sprint(r.connections),
		fmt.Sprintf("%.0f", r.small.rate()), fmt.Sprintf("%.0f", r.large.rate()), fmt.Sprintf("%.0f %%", 100*ratio(r.large.rates, r.small.rates)),
		short(r.small.at(50)) + ", " + short(r.small.at(99)), short(r.large.at(50)) + ", " + short(r.large.at(99)),
		perOperation(r.small.cpu, r.small.done()), perOperation(r.large.cpu, r.large.done()),
		fmt.Sprint(r.small.errors + r.large.errors), fmt.Sprintf("%d, %d MiB", r.memory[0]>>20, r.memory[1]>>20),
	}
}

// measureScale holds a server with few of everything against one with many: of
// the first and the last -endpoint.
func measureScale(o *options, w *world) error {
	few, err := w.endpoint(o.endpoints[0])
	if err != nil {
		return err
	}
	many, err := w.endpoint(o.endpoints[len(o.endpoints)-1])
	if err != nil {
		return err
	}
	if few.address == many.address {
		return errors.New("-only scale: few and many of everything are on two servers; name another -endpoint")
	}
	head(scaleColumns())
	var rows []scaleRow
	for _, g := range growths(o) {
		if !strings.Contains(strings.ToLower(g.name), strings.ToLower(o.only)) {
			continue
		}
		small, err := g.fill(few, g.small)
		if err != nil {
			return fmt.Errorf("%s, few: %w", g.name, err)
		}
		large, err := g.fill(many, g.large)
		if err != nil {
			return fmt.Errorf("%s, many: %w", g.name, err)
		}
		// Both are to have what they hold on disk, not one of them in memory: few of
		// everything is what the engine would have written last.
		if err := errors.Join(few.again(), many.again()); err != nil {
			return err
		}
		for i := range small {
			for _, n := range o.connections {
				for s, do := range map[*server]step{few: small[i].do, many: large[i].do} {
					closed(s, n, o.duration, do) // what is used for the first time is no cost of what is stored
				}
				few.rest()
				many.rest()
				r := scaleRow{growth: &g, operation: small[i].name, connections: n}
				for range o.rounds {
					r.small.add(closed(few, n, o.duration, small[i].do))
					r.large.add(closed(many, n, o.duration, large[i].do))
				}
				r.memory = [2]int64{proc.Of(few.pid).Resident, proc.Of(many.pid).Resident}
				rows = append(rows, r)
				fmt.Println("| " + strings.Join(r.cells(), " | ") + " |")
				for _, err := range []error{r.small.fault, r.large.fault} {
					if err != nil {
						fmt.Println("an error:", err)
					}
				}
			}
		}
	}
	memory := fmt.Sprintf("Peak of resident memory: with few of everything %d MiB, with many %d MiB.", few.memory()>>20, many.memory()>>20)
	fmt.Println("\n" + memory)
	if o.out != "" {
		if err := writeScale(o.out, rows, memory); err != nil {
			return err
		}
	}
	return within(rows, o.within)
}

// within tells of the operations that reach less than so many percent beside many
// of what they do beside few.
func within(rows []scaleRow, percent int) error {
	var below []string
	for i := range rows {
		r := &rows[i]
		if share := 100 * ratio(r.large.rates, r.small.rates); share < float64(percent) {
			below = append(below, fmt.Sprintf("%s, %s, %d connections: %.0f %%", strings.TrimPrefix(r.growth.name, "Scale: "), r.operation, r.connections, share))
		}
	}
	if len(below) > 0 {
		return fmt.Errorf("less than %d %% of the rate beside few:\n  %s", percent, strings.Join(below, "\n  "))
	}
	return nil
}

// writeScale writes scale.md and scale.svg.
func writeScale(dir string, rows []scaleRow, memory string) error {
	var cells [][]string
	c := figure.Chart{Title: "rate beside many, in percent of the rate beside few (most connections)", Y: "percent", Series: []figure.Series{{Name: "by rate"}, {Name: "by CPU per op"}}}
	for i := range rows {
		r := &rows[i]
		cells = append(cells, r.cells())
		if i+1 < len(rows) && rows[i+1].operation == r.operation && rows[i+1].growth.name == r.growth.name {
			continue // one with more connections follows
		}
		c.Groups = append(c.Groups, strings.TrimPrefix(r.growth.name, "Scale: ")+": "+r.operation)
		c.Series[0].Y = append(c.Series[0].Y, 100*ratio(r.large.rates, r.small.rates))
		each := func(r result) float64 { return float64(r.cpu) / float64(max(r.done(), 1)) }
		c.Series[1].Y = append(c.Series[1].Y, 100*each(r.small)/max(each(r.large), 1))
	}
	return save(dir, "scale", "Cost beside what is stored", figure.Table(scaleColumns(), cells)+"\n"+memory+"\n", c)
}
