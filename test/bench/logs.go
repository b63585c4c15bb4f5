package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

func logs(c *conn, operation, body string) ([]byte, error) {
	return c.post("/", "logs", "Logs_20140328."+operation, []byte(body))
}

// makeGroup makes a log group with a stream for each of n connections.
func makeGroup(s *server, name string, n int) error {
	return once(s.address, func(c *conn) error {
		if _, err := logs(c, "CreateLogGroup", fmt.Sprintf(`{"logGroupName":%q}`, name)); err != nil {
			return err
		}
		for i := range n {
			if _, err := logs(c, "CreateLogStream", fmt.Sprintf(`{"logGroupName":%q,"logStreamName":"s%d"}`, name, i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// lines are a thousand log events of 120 bytes, of now.
func lines() string {
	now := time.Now().UnixMilli()
	var all []string
	for i := range 1000 {
		all = append(all, fmt.Sprintf(`{"timestamp":%d,"message":"level=info request=%06d took=%dms %s"}`, now, i, i%97, text[:80]))
	}
	return strings.Join(all, ",")
}

// putLogs puts a thousand lines in one request.
func putLogs(s *server) (step, error) {
	const group = "bench-put"
	events := lines()
	return func(c *conn) error {
		_, err := logs(c, "PutLogEvents", fmt.Sprintf(`{"logGroupName":%q,"logStreamName":"s%d","logEvents":[%s]}`, group, c.id, events))
		return err
	}, makeGroup(s, group, 64)
}

// fillGroup makes a group of so many megabytes.
func fillGroup(s *server, group string, megabytes int) error {
	if err := makeGroup(s, group, 16); err != nil {
		return err
	}
	events := lines()
	size := 1000 * 120
	return times(s.address, max(1, megabytes*1_000_000/size), func(c *conn, _ int) error {
		_, err := logs(c, "PutLogEvents", fmt.Sprintf(`{"logGroupName":%q,"logStreamName":"s%d","logEvents":[%s]}`, group, c.id, events))
		return err
	})
}

// queryLogs counts the lines of a group of so many megabytes by what they say.
func queryLogs(megabytes int) func(*server) (step, error) {
	const group = "bench-query"
	return func(s *server) (step, error) {
		start := fmt.Sprintf(`{"logGroupName":%q,"startTime":0,"endTime":%d,"queryString":"parse @message \"took=*ms\" as took | stats count(*) by took"}`, group, time.Now().Add(time.Hour).Unix())
		return func(c *conn) error { return complete(c, start) }, fillGroup(s, group, megabytes)
	}
}

// complete starts a query and asks for its results until they are there.
func complete(c *conn, start string) error {
	out, err := logs(c, "StartQuery", start)
	if err != nil {
		return err
	}
	var query struct{ QueryID string }
	if err := json.Unmarshal(out, &query); err != nil {
		return err
	}
	for {
		if out, err = logs(c, "GetQueryResults", fmt.Sprintf(`{"queryId":%q}`, query.QueryID)); err != nil {
			return err
		}
		var got struct {
			Status  string
			Results []json.RawMessage
		}
		switch err := json.Unmarshal(out, &got); {
		case err != nil:
			return err
		case got.Status == "Complete" && len(got.Results) == 97:
			return nil
		case got.Status != "Running" && got.Status != "Scheduled":
			return &refusal{"GetQueryResults:", fmt.Sprintf("%s, %d results", got.Status, len(got.Results))}
		}
		time.Sleep(time.Millisecond)
	}
}

// searchLogs searches a group of so many megabytes for what one line has.
func searchLogs(megabytes int) func(*server) (step, error) {
	const group = "bench-search"
	return func(s *server) (step, error) {
		err := fillGroup(s, group, megabytes)
		if err == nil {
			err = call(s.address, "logs", "Logs_20140328.PutLogEvents", fmt.Sprintf(
				`{"logGroupName":%q,"logStreamName":"s0","logEvents":[{"timestamp":%d,"message":"the needle"}]}`, group, time.Now().UnixMilli()))
		}
		return func(c *conn) error { return search(c, group) }, err
	}
}

// search reads all pages of a search.
func search(c *conn, group string) error {
	token, found := "", false
	for {
		next := ""
		if token != "" {
			next = fmt.Sprintf(`,"nextToken":%q`, token)
		}
		out, err := logs(c, "FilterLogEvents", fmt.Sprintf(`{"logGroupName":%q,"filterPattern":"needle"%s}`, group, next))
		if err != nil {
			return err
		}
		found = found || bytes.Contains(out, []byte("the needle"))
		var page struct {
			Token string `json:"nextToken"`
		}
		if err := json.Unmarshal(out, &page); err != nil {
			return err
		}
		if token = page.Token; token == "" {
			break
		}
	}
	if !found {
		return &refusal{"search:", "the line was not found"}
	}
	return nil
}
