package golden_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	audit "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"maru.dev/maru/internal/testenv"
)

// recorded is since when programs record calls (af711ce).
var recorded = time.Date(2026, time.November, 21, 6, 45, 0, 0, time.UTC)

// checkCalls looks up the calls that made the queues which every archive has:
// by the name of the call, of the queue, and of the record.
func checkCalls(t *testing.T, p *testenv.Proc, in contents) {
	want := 1
	if in.Written.Before(recorded) {
		want = 0
	}
	made := make(map[string][]string) // the records' names by queue
	for _, e := range lookup(t, p, audit.LookupAttributeKeyEventName, "CreateQueue") {
		var call struct {
			EventID           string
			RequestParameters struct{ QueueName string }
		}
		if err := json.Unmarshal([]byte(*e.CloudTrailEvent), &call); err != nil || call.EventID != *e.EventId {
			t.Errorf("record %s is %s: %v", *e.EventId, *e.CloudTrailEvent, err)
		}
		made[call.RequestParameters.QueueName] = append(made[call.RequestParameters.QueueName], *e.EventId)
	}
	for _, queue := range []string{"plain", "ordered.fifo", "subscribed", "mapped", "stacked", "ruled", "planned"} {
		if len(made[queue]) != want {
			t.Errorf("the call that made %s is looked up %d times, want %d", queue, len(made[queue]), want)
		}
		for _, id := range made[queue] {
			for key, value := range map[audit.LookupAttributeKey]string{audit.LookupAttributeKeyResourceName: queue, audit.LookupAttributeKeyEventId: id} {
				if n := count(lookup(t, p, key, value), id); n != 1 {
					t.Errorf("the call that made %s is looked up %d times by %s", queue, n, key)
				}
			}
		}
	}
}

// count counts the events with a name.
func count(events []audit.Event, id string) (n int) {
	for _, e := range events {
		if *e.EventId == id {
			n++
		}
	}
	return n
}

// lookup returns all events that have an attribute.
func lookup(t *testing.T, p *testenv.Proc, key audit.LookupAttributeKey, value string) (all []audit.Event) {
	t.Helper()
	pages := cloudtrail.NewLookupEventsPaginator(p.CloudTrail(), &cloudtrail.LookupEventsInput{
		LookupAttributes: []audit.LookupAttribute{{AttributeKey: key, AttributeValue: &value}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Events...)
	}
	return all
}
