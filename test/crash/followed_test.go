package crash_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/pipes"
	pipetypes "github.com/aws/aws-sdk-go-v2/service/pipes/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
)

// followed: each change of a table gets to what follows its stream and tells a
// queue of it, those of an item in their order.
type followed struct {
	table
	follow  func(t *testing.T, env *testenv.Proc, stream, queue string)
	explain func(t *testing.T, env *testenv.Proc) // of a check that failed; nil where there is nothing to say

	to   string
	told map[string][]int // by item: versions, in the order in which they came first
	seen map[string]bool  // what told holds, and how often what came again
	more int
}

func (w *followed) prepare(t *testing.T) {
	t.Helper()
	w.table.prepare(t)
	w.told, w.seen = make(map[string][]int), make(map[string]bool)
	name := w.name + "-to.fifo"
	w.to = createQueue(t, w.env, name, map[string]string{"FifoQueue": "true"})
	w.follow(t, w.env, w.stream, name)
}

// mapStream has a function that an event source mapping calls follow a stream.
func mapStream(t *testing.T, env *testenv.Proc, stream, queue string) {
	t.Helper()
	mapFunction(t, env, "tell", env.URL()+"/"+testenv.Account+"/"+queue, &lambda.CreateEventSourceMappingInput{
		EventSourceArn: &stream, StartingPosition: types.EventSourcePositionTrimHorizon,
		BatchSize: aws.Int32(25), ParallelizationFactor: aws.Int32(2),
	})
}

// pipeStream has a pipe follow a stream.
func pipeStream(t *testing.T, env *testenv.Proc, stream, queue string) {
	t.Helper()
	if _, err := env.Pipes().CreatePipe(t.Context(), &pipes.CreatePipeInput{
		Name: aws.String("tell"), Source: &stream, RoleArn: aws.String("arn:aws:iam::000000000000:role/r"),
		Target: aws.String("arn:aws:sqs:" + testenv.Region + ":" + testenv.Account + ":" + queue),
		SourceParameters: &pipetypes.PipeSourceParameters{DynamoDBStreamParameters: &pipetypes.PipeSourceDynamoDBStreamParameters{
			StartingPosition: pipetypes.DynamoDBStreamStartPositionTrimHorizon, BatchSize: aws.Int32(25), ParallelizationFactor: aws.Int32(2),
		}},
		TargetParameters: &pipetypes.PipeTargetParameters{
			InputTemplate:      aws.String(`"<$.dynamodb.NewImage.id.S> <$.dynamodb.NewImage.version.N>"`),
			SqsQueueParameters: &pipetypes.PipeTargetSqsQueueParameters{MessageGroupId: aws.String("$.dynamodb.Keys.id.S"), MessageDeduplicationId: aws.String("$.eventID")},
		},
	}); err != nil {
		t.Fatal(err)
	}
}

// check waits until all that the stream tells has been told. A change may be told
// again: the follower was killed before what it had done was noted. It is never told for the first time after a later one of the same item.
func (w *followed) check(t *testing.T) {
	w.table.check(t)
	t.Cleanup(func() {
		if t.Failed() && w.explain != nil {
			w.explain(t, w.env)
		}
	})
	want, changes := make(map[string][]int), 0
	for id, records := range w.before {
		changes += len(records)
		for _, r := range records {
			want[id] = append(want[id], r.now.version)
		}
	}
	testenv.Eventually(t, "the queue has been told every change", func() bool {
		for _, body := range drain(t, w.env, w.to) {
			w.hear(t, body)
		}
		return len(w.seen) >= changes
	})
	if diff := cmp.Diff(want, w.told); diff != "" {
		t.Errorf("what the stream tells and what the queue was told differ (-stream +queue):\n%s", diff)
	}
	t.Logf("%d changes, %d of them told again", changes, w.more)
}

// hear takes in what the queue was told.
func (w *followed) hear(t *testing.T, body string) {
	t.Helper()
	if w.seen[body] {
		w.more++
		return
	}
	w.seen[body] = true
	id, version, _ := strings.Cut(strings.Trim(body, `"`), " ") // a pipe sends JSON
	w.told[id] = append(w.told[id], number(t, version))
}
