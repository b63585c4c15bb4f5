package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
)

// step is one operation on one of several connections.
type step func(c *conn) error

// conn is one keep-alive connection. It writes prepared requests and reads just
// enough of the answers, so that the client takes little of the machine.
type conn struct {
	net.Conn

	r     *bufio.Reader
	body  []byte
	id    int       // number of the connection
	own   string    // no other connection's, of any run
	n     int       // number of its request
	path  string    // in place of a request's own
	began time.Time // of the step, which may set it when only its end counts
}

// dial opens a connection.
func dial(address string, id int) (*conn, error) {
	raw, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: raw, r: bufio.NewReaderSize(raw, 64<<10), id: id, own: rand.Text()[:8]}, nil
}

// refusal is an answer that is no success. The connection is still good.
type refusal struct {
	status string
	body   string
}

// Error is the answer.
func (r *refusal) Error() string { return r.status + " " + r.body }

// post sends a request whose target header and body are given, and returns the
// answer's body, good until the next request.
func (c *conn) post(path, service, target string, body []byte) ([]byte, error) {
	if target != "" {
		target = "X-Amz-Target: " + target + "\r\n"
	}
	return c.send("POST", path, "localhost", service, "Content-Type: application/x-amz-json-1.0\r\n"+target, body)
}

// rest sends a request of a service whose operations are paths.
func (c *conn) rest(method, path, service string, body []byte) ([]byte, error) {
	return c.send(method, path, "localhost", service, "Content-Type: application/json\r\n", body)
}

// send sends a request. Its signature is none: servers for development accept
// any, and a load generator had better not count its own arithmetic.
func (c *conn) send(method, path, host, service, headers string, body []byte) ([]byte, error) {
	if c.path != "" {
		path = c.path
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n%s", method, path, host, headers)
	if service != "" {
		fmt.Fprintf(&b, "Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/%s/aws4_request, SignedHeaders=host, Signature=00\r\nX-Amz-Date: 20260101T000000Z\r\n", service)
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
	_, status, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
	ok, kept := bytes.HasPrefix(status, []byte("2")), string(status)
	length, chunked := 0, false
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if len(line) <= 2 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return nil, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = bytes.EqualFold(value, []byte("chunked"))
		}
	}
	if err := c.readBody(length, chunked); err != nil {
		return nil, err
	}
	if !ok {
		return nil, &refusal{kept, fmt.Sprintf("%.300s", c.body)}
	}
	return c.body, nil
}

// readBody reads an answer's body.
func (c *conn) readBody(length int, chunked bool) error {
	if !chunked {
		c.body = slices.Grow(c.body[:0], length)[:length]
		_, err := io.ReadFull(c.r, c.body)
		return err
	}
	var err error
	if c.body, err = io.ReadAll(httputil.NewChunkedReader(c.r)); err != nil {
		return err
	}
	for { // trailers, and the empty line
		line, err := c.r.ReadSlice('\n')
		if err != nil || len(line) <= 2 {
			return err
		}
	}
}

// once does something on a connection of its own, for preparations.
func once(address string, do step) error {
	c, err := dial(address, 0)
	if err != nil {
		return err
	}
	defer c.Close()
	return do(c)
}

// call makes one request on a connection of its own.
func call(address, service, target, body string) error {
	return once(address, func(c *conn) error {
		_, err := c.post("/", service, target, []byte(body))
		return err
	})
}

// errDone ends a connection of each in good order.
var errDone = errors.New("done")

// each runs do on n connections until it says that it is done.
func each(address string, n int, do step) error {
	var group errgroup.Group
	for i := range n {
		group.Go(func() error {
			c, err := dial(address, i)
			if err != nil {
				return err
			}
			defer c.Close()
			for ; err == nil; c.n++ {
				err = do(c)
			}
			if errors.Is(err, errDone) {
				return nil
			}
			return err
		})
	}
	return group.Wait()
}

// times runs do for each number from 0 to n-1, on sixteen connections.
func times(address string, n int, do func(c *conn, i int) error) error {
	next := make(chan int)
	stop := make(chan struct{})
	go func() {
		defer close(next)
		for i := range n {
			select {
			case next <- i:
			case <-stop:
				return
			}
		}
	}()
	defer close(stop)
	return each(address, 16, func(c *conn) error {
		i, ok := <-next
		if !ok {
			return errDone
		}
		return do(c, i)
	})
}
