package crash_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	ddbapi "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	ddb "maru.dev/maru/service/dynamodb"
	queues "maru.dev/maru/service/sqs"
)

// faulted are clients of a server whose disk fails now and then.
type faulted struct {
	env     *testenv.Env
	url     string
	mu      sync.Mutex
	next    int
	acked   map[string]bool // messages and items by name
	refused int
	wrong   []error
}

// begin makes a queue and a table.
func (w *faulted) begin(t *testing.T) {
	t.Helper()
	w.acked = make(map[string]bool)
	queue, err := w.env.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("faulted")})
	if err != nil {
		t.Fatal(err)
	}
	w.url = *queue.QueueUrl
	_, err = w.env.DynamoDB().CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("faulted"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// write writes one message and one item, and returns whether both were taken.
func (w *faulted) write(ctx context.Context) bool {
	w.mu.Lock()
	w.next++
	name := strconv.Itoa(w.next)
	w.mu.Unlock()
	_, sent := w.env.SQS().SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &w.url, MessageBody: &name})
	_, put := w.env.DynamoDB().PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String("faulted"), Item: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: name}},
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	for what, err := range map[string]error{"message " + name: sent, "item " + name: put} {
		var reply *awshttp.ResponseError
		switch {
		case err == nil:
			w.acked[what] = true
		case errors.As(err, &reply) && reply.HTTPStatusCode() == http.StatusServiceUnavailable:
			w.refused++
		default:
			w.wrong = append(w.wrong, fmt.Errorf("%s: %w", what, err))
		}
	}
	return sent == nil && put == nil
}

// found is all that is there.
func (w *faulted) found(t *testing.T) map[string]bool {
	t.Helper()
	found := make(map[string]bool)
	pages := dynamodb.NewScanPaginator(w.env.DynamoDB(), &dynamodb.ScanInput{TableName: aws.String("faulted")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			found["item "+item["id"].(*types.AttributeValueMemberS).Value] = true
		}
	}
	for {
		out, err := w.env.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &w.url, MaxNumberOfMessages: 10, VisibilityTimeout: 600})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Messages {
			found["message "+*m.Body] = true
		}
		if len(out.Messages) == 0 {
			return found
		}
	}
}

// A whole server over a disk that fails: clients are refused clearly and for as
// long as the disk fails, and what they were told is stored is there after a
// power cut that follows.
func TestFaultsOfTheDiskBelowAWholeServer(t *testing.T) {
	t.Parallel()
	faults := map[string]struct {
		begin   func(d *kvtest.Disk)
		refuses bool
	}{
		"full":          {(*kvtest.Disk).Fill, true},
		"full unseen":   {(*kvtest.Disk).FillUnseen, true},
		"failing syncs": {(*kvtest.Disk).FailSyncs, true},
		"slow syncs":    {func(d *kvtest.Disk) { d.SlowSyncs(20 * time.Millisecond) }, false},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk := kvtest.NewDisk()
			w := &faulted{env: faultyServer(t, disk)}
			w.begin(t)
			for range 3 {
				w.during(t, disk, fault.begin, fault.refuses)
			}
			for _, err := range w.wrong {
				t.Error(err)
			}
			if (w.refused > 0) != fault.refuses {
				t.Errorf("%d requests were refused", w.refused)
			}
			w.env = faultyServer(t, disk.PowerCut())
			found := w.found(t)
			for what := range w.acked {
				if !found[what] {
					t.Errorf("%s was acknowledged and is lost", what)
				}
			}
			t.Logf("%d were acknowledged, %d refused, %d found", len(w.acked), w.refused, len(found))
		})
	}
}

// faultyServer is a server on a disk. What it says of the disk is expected.
func faultyServer(t *testing.T, disk *kvtest.Disk) *testenv.Env {
	t.Helper()
	return testenv.NewWith(t, testenv.Options{Disk: disk, Log: slog.New(slog.DiscardHandler)}, queues.Registration(),
		service.Registration{Model: ddbapi.Model, New: func(d service.Deps) any { return ddb.New(d) }})
}

// during has clients write, before a fault, in it, and when it is over.
func (w *faulted) during(t *testing.T, disk *kvtest.Disk, fault func(*kvtest.Disk), refuses bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	wrote := make(chan bool, 1000)
	for range clients {
		writing.Go(func() {
			for ctx.Err() == nil {
				ok := w.write(t.Context())
				select {
				case wrote <- ok:
				default:
				}
			}
		})
	}
	until := func(ok bool, n int) {
		for n > 0 {
			if <-wrote == ok {
				n--
			}
		}
	}
	until(true, 20)
	fault(disk)
	until(!refuses, 20)
	disk.Heal()
	until(true, 20)
	cancel()
	writing.Wait()
}
