package events_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"maru.dev/maru/internal/testenv"
)

const defaultBusARN = "arn:aws:events:us-east-1:000000000000:event-bus/default"

// archive makes an archive of the default bus and returns its ARN.
func (b *bench) archive(name, pattern string, days int32) string {
	b.t.Helper()
	in := &client.CreateArchiveInput{ArchiveName: &name, EventSourceArn: aws.String(defaultBusARN), RetentionDays: &days}
	if pattern != "" {
		in.EventPattern = &pattern
	}
	out, err := b.events.CreateArchive(b.t.Context(), in)
	b.no(err)
	return *out.ArchiveArn
}

// replay starts a replay of all of an archive, and waits for its end.
func (b *bench) replay(name, archive string, only ...string) *client.DescribeReplayOutput {
	b.t.Helper()
	_, err := b.events.StartReplay(b.t.Context(), &client.StartReplayInput{
		ReplayName: &name, EventSourceArn: &archive, EventStartTime: aws.Time(b.Now().Add(-time.Hour)), EventEndTime: aws.Time(b.Now().Add(time.Hour)),
		Destination: &types.ReplayDestination{Arn: aws.String(defaultBusARN), FilterArns: only},
	})
	b.no(err)
	var out *client.DescribeReplayOutput
	testenv.Eventually(b.t, "the replay has ended", func() bool {
		out, err = b.events.DescribeReplay(b.t.Context(), &client.DescribeReplayInput{ReplayName: &name})
		b.no(err)
		return out.State == types.ReplayStateCompleted || out.State == types.ReplayStateFailed
	})
	return out
}

// What an archive has kept is told again, to the rules that the replay is for,
// and is not kept twice.
func TestReplaysTellWhatWasArchived(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	arn := b.archive("a", `{"detail-type":["order"]}`, 0)
	ids := map[string]bool{}
	for i := range 25 {
		for _, id := range b.put(entry("order", fmt.Sprintf(`{"i":%d}`, i)), entry("other", "{}"))[:1] {
			ids[id] = true
		}
	}
	only := b.rule("", "wanted", anyOrder, types.Target{Arn: aws.String(b.queue("q"))})
	b.rule("", "unwanted", anyOrder, types.Target{Arn: aws.String(b.queue("u"))})
	d, err := b.events.DescribeArchive(ctx, &client.DescribeArchiveInput{ArchiveName: aws.String("a")})
	b.no(err)
	if d.EventCount != 25 || d.SizeBytes < 25*200 || d.State != types.ArchiveStateEnabled {
		t.Errorf("archive %+v", d)
	}
	if r := b.replay("once", arn, only); r.State != types.ReplayStateCompleted || r.EventLastReplayedTime == nil || r.ReplayEndTime == nil {
		t.Errorf("replay %+v", r)
	}
	for range 25 {
		got := fields(t, *b.receive("q").Body)
		if id := got["id"].(string); !ids[id] || got["replay-name"] != "once" {
			t.Errorf("got %v", got)
		} else {
			delete(ids, id)
		}
	}
	b.empty("q")
	b.empty("u")
	d, err = b.events.DescribeArchive(ctx, &client.DescribeArchiveInput{ArchiveName: aws.String("a")})
	b.no(err)
	if d.EventCount != 25 {
		t.Errorf("%d events after the replay", d.EventCount)
	}
	_, err = b.events.CancelReplay(ctx, &client.CancelReplayInput{ReplayName: aws.String("once")})
	if testenv.ErrorCode(err) != "IllegalStatusException" {
		t.Errorf("cancel: %v", err)
	}
}

func TestStartReplayRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	arn := b.archive("a", "", 0)
	now := b.Now()
	tests := map[string]struct {
		archive, bus string
		from, to     time.Time
		want         string
	}{
		"no archive's ARN": {defaultBusARN, defaultBusARN, now.Add(-1), now, "Parameter EventSourceArn is not valid. Reason: Must contain an archive."},
		"no archive":       {arn + "x", defaultBusARN, now.Add(-time.Hour), now, "Parameter EventSourceArn is not valid. Reason: Archive ax does not exist."},
		"backwards":        {arn, defaultBusARN, now, now.Add(-time.Hour), "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime."},
		"no bus":           {arn, defaultBusARN + "x", now.Add(-time.Hour), now, "Parameter Destination.Arn is not valid. Reason: Event bus defaultx does not exist."},
		"no bus's ARN":     {arn, "arn:aws:sqs:us-east-1:000000000000:q", now.Add(-time.Hour), now, "Parameter Destination.Arn is not valid. Reason: Must contain an event bus."},
	}
	for name, tt := range tests {
		_, err := b.events.StartReplay(t.Context(), &client.StartReplayInput{
			ReplayName: aws.String("r"), EventSourceArn: &tt.archive, EventStartTime: &tt.from, EventEndTime: &tt.to,
			Destination: &types.ReplayDestination{Arn: &tt.bus},
		})
		if testenv.ErrorCode(err) != "ValidationException" || testenv.ErrorMessage(err) != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}

func TestArchivesForgetAfterTheirRetention(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.archive("a", "", 2)
	b.put(entry("order", "{}"))
	b.Advance(24 * time.Hour)
	b.put(entry("order", "{}"))
	count := func() int64 {
		d, err := b.events.DescribeArchive(t.Context(), &client.DescribeArchiveInput{ArchiveName: aws.String("a")})
		b.no(err)
		return d.EventCount
	}
	if n := count(); n != 2 {
		t.Fatalf("%d events", n)
	}
	b.Advance(26 * time.Hour)
	testenv.Eventually(t, "the first event is gone", func() bool { return count() == 1 })
	_, err := b.events.DeleteArchive(t.Context(), &client.DeleteArchiveInput{ArchiveName: aws.String("a")})
	b.no(err)
	_, err = b.events.DescribeArchive(t.Context(), &client.DescribeArchiveInput{ArchiveName: aws.String("a")})
	if testenv.ErrorMessage(err) != "Archive a does not exist." {
		t.Errorf("deleted: %v", err)
	}
}
