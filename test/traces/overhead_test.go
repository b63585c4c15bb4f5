package traces_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/test/proc"
)

const (
	// overheadRound is how long each server is driven in turn.
	overheadRound = 500 * time.Millisecond
	// overheadClients is how many connections drive it.
	overheadClients = 16
)

// BenchmarkOverhead compares two servers that run at once, one that keeps all
// traces and one that keeps none. They are driven in turn for short rounds,
// either one first in every other pair, so that whatever else the machine does is
// done to both. Reported are the medians over all pairs of what traces cost: in
// throughput, and in processor time for an operation.
//
//	go test -run '^$' -bench Overhead -benchtime 40x ./test/traces
func BenchmarkOverhead(b *testing.B) {
	off, all := testenv.Process(b, "--traces", "off"), testenv.Process(b, "--traces", "all")
	requests := map[string]func(client int) string{
		"SendMessage": func(int) string {
			return request("sqs", "AmazonSQS.SendMessage", `{"QueueUrl":"http://localhost/000000000000/q","MessageBody":"`+strings.Repeat("x", 256)+`"}`)
		},
		"PutItem": func(client int) string {
			return request("dynamodb", "DynamoDB_20120810.PutItem", fmt.Sprintf(`{"TableName":"table","Item":{"id":{"S":"%d"},"text":{"S":"%s"}}}`, client, strings.Repeat("x", 256)))
		},
		"GetItem": func(client int) string {
			return request("dynamodb", "DynamoDB_20120810.GetItem", fmt.Sprintf(`{"TableName":"table","Key":{"id":{"S":"%d"}}}`, client))
		},
	}
	for _, p := range []*testenv.Proc{off, all} {
		if _, err := p.SQS().CreateQueue(b.Context(), &sqs.CreateQueueInput{QueueName: new("q")}); err != nil {
			b.Fatal(err)
		}
		_, err := p.DynamoDB().CreateTable(b.Context(), &dynamodb.CreateTableInput{
			TableName: new("table"), BillingMode: ddbtypes.BillingModePayPerRequest,
			KeySchema:            []ddbtypes.KeySchemaElement{{AttributeName: new("id"), KeyType: ddbtypes.KeyTypeHash}},
			AttributeDefinitions: []ddbtypes.AttributeDefinition{{AttributeName: new("id"), AttributeType: ddbtypes.ScalarAttributeTypeS}},
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for _, name := range []string{"SendMessage", "PutItem", "GetItem"} {
		b.Run(name, func(b *testing.B) {
			servers := [2]*driven{newDriven(b, off, requests[name]), newDriven(b, all, requests[name])}
			var slower, costlier []float64
			for n := 0; b.Loop(); n++ {
				var rate, cpu [2]float64
				for i := range servers {
					at := (i + n) % 2
					rate[at], cpu[at] = servers[at].round(b)
				}
				slower, costlier = append(slower, 100*(1-rate[1]/rate[0])), append(costlier, 100*(cpu[1]/cpu[0]-1))
			}
			b.ReportMetric(median(slower), "%slower")
			b.ReportMetric(median(costlier), "%cpu/op")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// median is the middle one of some values.
func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// request is a whole request of a JSON protocol, as bytes.
func request(service, target, body string) string {
	return fmt.Sprintf("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: %s\r\n"+
		"Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/%s/aws4_request, SignedHeaders=host, Signature=00\r\n"+
		"X-Amz-Date: 20260101T000000Z\r\nContent-Length: %d\r\n\r\n%s", target, service, len(body), body)
}

// driven is a server with clients that drive it.
type driven struct {
	pid     int
	clients []*driver
}

// driver is an open connection, and the request that it repeats.
type driver struct {
	*bufio.ReadWriter
	request string
}

// newDriven opens the connections.
func newDriven(b *testing.B, p *testenv.Proc, request func(client int) string) *driven {
	b.Helper()
	d := &driven{pid: p.PID()}
	for i := range overheadClients {
		c, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", strings.TrimPrefix(p.URL(), "http://"))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = c.Close() })
		d.clients = append(d.clients, &driver{bufio.NewReadWriter(bufio.NewReader(c), bufio.NewWriter(c)), request(i)})
	}
	return d
}

// round drives the server for a while, and returns operations a second and
// processor time for one.
func (d *driven) round(b *testing.B) (rate, cpu float64) {
	b.Helper()
	var done atomic.Int64
	var work sync.WaitGroup
	before, began := proc.Of(d.pid).CPU, time.Now()
	for _, c := range d.clients {
		work.Go(func() {
			for time.Since(began) < overheadRound {
				if err := c.once(); err != nil {
					b.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	work.Wait()
	n := float64(done.Load())
	return n / time.Since(began).Seconds(), float64(proc.Of(d.pid).CPU-before) / n
}

// once makes one request.
func (c *driver) once() error {
	if _, err := c.WriteString(c.request); err != nil {
		return err
	}
	if err := c.Flush(); err != nil {
		return err
	}
	answer, err := http.ReadResponse(c.Reader, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("status %s", answer.Status)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}
