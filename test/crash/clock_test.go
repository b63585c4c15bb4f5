package crash_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// What came in before the clock was set back would be there at once if time never
// stood still for it.
func TestMessagesRestUntilTheClockHasCaughtUp(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills the whole program")
	}
	t.Parallel()
	p := process(t)
	url := createQueue(t, p, "resting", nil)
	if _, err := p.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: new("sent before")}); err != nil {
		t.Fatal(err)
	}
	p.Kill()
	p.Start("--time", clock.System{}.Now().Add(-time.Hour).Format(time.RFC3339Nano))
	testenv.KnownGap(t, "docs/OPERATIONS.md#a-clock-that-is-set-back", func(t testing.TB) {
		out, err := p.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url})
		if err != nil || len(out.Messages) != 1 {
			t.Fatalf("%+v, %v", out, err)
		}
	})
	advance(t, p, time.Hour)
	if got := drain(t, p, url); len(got) != 1 || got[0] != "sent before" {
		t.Errorf("when the clock has caught up there are the messages %q", got)
	}
}
