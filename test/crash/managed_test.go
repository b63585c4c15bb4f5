package crash_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"maru.dev/maru/internal/testenv"
)

// audited: each acknowledged call that changed something is among CloudTrail's
// events, once.
type audited struct {
	env *testenv.Proc
	url string
	ledger
}

func (w *audited) prepare(t *testing.T) {
	t.Helper()
	w.late = true // events are looked up from the beginning
	w.url = createQueue(t, w.env, "audited", nil)
}

func (w *audited) client(ctx context.Context, more func() bool, number int, _ *rand.Rand) {
	for more() {
		name := w.name(number)
		if _, err := w.env.SQS().TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: &w.url, Tags: map[string]string{fmt.Sprint(number): name}}); err != nil {
			return
		}
		w.ack(name)
		breath()
	}
}

func (w *audited) check(t *testing.T) {
	found, ids := make(map[string]int), make(map[string]bool)
	pages := cloudtrail.NewLookupEventsPaginator(w.env.CloudTrail(), &cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{
		{AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: aws.String("TagQueue")},
	}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			var event struct {
				EventID           string
				RequestParameters struct{ Tags map[string]string }
			}
			if err := json.Unmarshal([]byte(*e.CloudTrailEvent), &event); err != nil {
				t.Fatal(err)
			}
			if ids[*e.EventId] || event.EventID != *e.EventId {
				t.Errorf("event %s comes twice, or has another id: %s", *e.EventId, *e.CloudTrailEvent)
			}
			ids[*e.EventId] = true
			for _, name := range event.RequestParameters.Tags {
				if found[name]++; found[name] > 1 {
					t.Errorf("the call with %s was made once and is recorded %d times", name, found[name])
				}
			}
		}
	}
	w.compare(t, found)
	w.forget()
}

// parameters: a parameter has the value that was acknowledged last, and each of
// its versions once, in order.
type parameters struct {
	env *testenv.Proc
	cells
}

// eachParameters is how many parameters each client writes.
const eachParameters = 3

func (w *parameters) prepare(*testing.T) {}

func (w *parameters) client(ctx context.Context, more func() bool, number int, random *rand.Rand) {
	for more() {
		name := fmt.Sprintf("/crash/%d/%d", number, random.IntN(eachParameters))
		value := w.next(name)
		if _, err := w.env.SSM().PutParameter(ctx, &ssm.PutParameterInput{
			Name: &name, Type: ssmtypes.ParameterTypeSecureString, Value: aws.String(fmt.Sprint(value)), Overwrite: aws.Bool(true),
		}); err != nil {
			return
		}
		w.ack(name, value)
		breath()
	}
}

func (w *parameters) check(t *testing.T) {
	found := make(map[string]int)
	pages := ssm.NewGetParametersByPathPaginator(w.env.SSM(), &ssm.GetParametersByPathInput{Path: aws.String("/crash"), Recursive: aws.Bool(true), WithDecryption: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Parameters {
			found[*p.Name] = number(t, *p.Value)
			w.checkVersions(t, *p.Name, p.Version, found[*p.Name])
		}
	}
	w.compare(t, found)
}

// checkVersions sees that a parameter's versions have no gap, end with the one
// that it has, and have values that came one after the other.
func (w *parameters) checkVersions(t *testing.T, name string, version int64, value int) {
	t.Helper()
	var versions []ssmtypes.ParameterHistory
	pages := ssm.NewGetParameterHistoryPaginator(w.env.SSM(), &ssm.GetParameterHistoryInput{Name: &name, WithDecryption: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, page.Parameters...)
	}
	for i, v := range versions {
		if i > 0 && (v.Version != versions[i-1].Version+1 || number(t, *v.Value) <= number(t, *versions[i-1].Value)) {
			t.Errorf("version %d of %s is %s; before it is %d, which is %s", v.Version, name, *v.Value, versions[i-1].Version, *versions[i-1].Value)
		}
	}
	if last := len(versions) - 1; last < 0 || versions[last].Version != version || number(t, *versions[last].Value) != value {
		t.Errorf("%s is %d in version %d; its history has %d versions and does not end with it", name, value, version, len(versions))
	}
}
