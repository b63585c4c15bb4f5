package crash_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
)

// followed: each change of a table gets to the function that an event source
// mapping calls with its stream, those of an item in their order.
type followed struct {
	table

	to   string
	told map[string][]int // by item: versions, in the order in which they came first
	seen map[string]bool  // what told holds, and how often what came again
	more int
}

func (w *followed) prepare(t *testing.T) {
	t.Helper()
	w.table.prepare(t)
	w.told, w.seen = make(map[string][]int), make(map[string]bool)
	w.to = createQueue(t, w.env, "followed-to.fifo", map[string]string{"FifoQueue": "true"})
	mapFunction(t, w.env, "tell", w.to, &lambda.CreateEventSourceMappingInput{
		EventSourceArn: &w.stream, StartingPosition: types.EventSourcePositionTrimHorizon,
		BatchSize: aws.Int32(25), ParallelizationFactor: aws.Int32(2),
	})
}

// check waits until the function has told all that the stream does. A change may
// be told again: the function was killed before what it had done was noted. It is
// never told for the first time after a later one of the same item.
func (w *followed) check(t *testing.T) {
	w.table.check(t)
	t.Cleanup(func() {
		if t.Failed() {
			explain(t, w.env, "tell")
		}
	})
	want := replay(t, w.env, w.stream)
	changes := 0
	for _, versions := range want {
		changes += len(versions)
	}
	testenv.Eventually(t, "the function has been told every change", func() bool {
		for _, body := range drain(t, w.env, w.to) {
			w.hear(t, body)
		}
		return len(w.seen) >= changes
	})
	if diff := cmp.Diff(want, w.told); diff != "" {
		t.Errorf("what the stream tells and what the function was told differ (-stream +function):\n%s", diff)
	}
	t.Logf("%d changes, %d of them told again", changes, w.more)
}

// hear takes in what the function was told.
func (w *followed) hear(t *testing.T, body string) {
	t.Helper()
	if w.seen[body] {
		w.more++
		return
	}
	w.seen[body] = true
	id, version, _ := strings.Cut(body, " ")
	w.told[id] = append(w.told[id], number(t, version))
}
