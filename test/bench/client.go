package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// conn is one keep-alive connection. It writes prepared requests and reads just
// enough of the answers, so that the client takes little of the machine.
type conn struct {
	net.Conn

	r    *bufio.Reader
	body []byte
	id   int // number of the connection
	n    int // number of its request
}

// post sends a request whose target header and body are given, and returns the
// answer's body, good until the next request.
func (c *conn) post(path, service, target string, body []byte) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n", path)
	if target != "" {
		fmt.Fprintf(&b, "X-Amz-Target: %s\r\nAuthorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/%s/aws4_request, SignedHeaders=host, Signature=00\r\nX-Amz-Date: 20260101T000000Z\r\n", target, service)
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n", len(body))
	b.Write(body)
	if _, err := c.Write(b.Bytes()); err != nil {
		return nil, err
	}
	return c.read()
}

// read reads an answer, which must be a success.
func (c *conn) read() ([]byte, error) {
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	ok := bytes.Contains(line, []byte(" 200 "))
	length := -1
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if len(line) <= 2 {
			break
		}
		if name, value, _ := bytes.Cut(line, []byte(": ")); bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return nil, err
			}
		}
	}
	if length < 0 {
		return nil, fmt.Errorf("an answer without a length")
	}
	c.body = slices.Grow(c.body[:0], length)[:length]
	if _, err := io.ReadFull(c.r, c.body); err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%s", c.body)
	}
	return c.body, nil
}

// result is one measurement.
type result struct {
	rate     float64 // operations a second
	p50, p99 time.Duration
	cpu      time.Duration // of the server, for what was counted
	client   time.Duration // of this process, for the same
	counted  int
}

// warmUp is the part of a measurement that does not count.
const warmUp = time.Second

// measure runs step on n connections of a server at once.
func measure(to server, n int, duration time.Duration, step func(*conn) error) (result, error) {
	var mu sync.Mutex
	var all []time.Duration
	var failure error
	var group sync.WaitGroup
	begin := time.Now().Add(warmUp)
	end := begin.Add(duration)
	var before, after, ownBefore, ownAfter usage
	group.Go(func() {
		time.Sleep(time.Until(begin))
		before, ownBefore = usageOf(to.pid), usageOf(os.Getpid())
		time.Sleep(time.Until(end))
		after, ownAfter = usageOf(to.pid), usageOf(os.Getpid())
	})
	for i := range n {
		group.Go(func() {
			times, err := drive(to.address, i, begin, end, step)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, times...)
			if err != nil {
				failure = err
			}
		})
	}
	group.Wait()
	if failure != nil {
		return result{}, failure
	}
	if len(all) == 0 {
		return result{}, fmt.Errorf("nothing was done in %v", duration)
	}
	slices.Sort(all)
	at := func(share float64) time.Duration {
		return all[int(share*float64(len(all)-1))].Round(time.Microsecond)
	}
	return result{
		rate: float64(len(all)) / duration.Seconds(), p50: at(0.5), p99: at(0.99),
		cpu: after.cpu - before.cpu, client: ownAfter.cpu - ownBefore.cpu, counted: len(all),
	}, nil
}

// drive runs step on one connection until the end, and returns how long each
// took that began after begin.
func drive(address string, id int, begin, end time.Time, step func(*conn) error) (times []time.Duration, err error) {
	raw, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	c := &conn{Conn: raw, r: bufio.NewReaderSize(raw, 64<<10), id: id}
	for {
		start := time.Now()
		if start.After(end) {
			return times, nil
		}
		c.n++
		if err := step(c); err != nil {
			return times, err
		}
		if start.After(begin) {
			times = append(times, time.Since(start))
		}
	}
}

// call makes one request on a connection of its own, for preparations.
func call(address, service, target, body string) error {
	raw, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer raw.Close()
	c := &conn{Conn: raw, r: bufio.NewReader(raw)}
	_, err = c.post("/", service, target, []byte(body))
	return err
}

// errDone ends a connection of each in good order.
var errDone = errors.New("done")

// each runs step on n connections until it says that it is done.
func each(address string, n int, step func(*conn) error) error {
	var group errgroup.Group
	for i := range n {
		group.Go(func() error {
			_, err := drive(address, i, time.Time{}, time.Now().Add(time.Hour), step)
			if errors.Is(err, errDone) {
				return nil
			}
			return err
		})
	}
	return group.Wait()
}
