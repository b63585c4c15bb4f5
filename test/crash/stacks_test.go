package crash_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// stacks: a stack whose change was cut off comes to the end that the change has
// where nothing is cut off, with its resources and nothing else. Each client has
// a stack of its own; its versions are counted, and 0 says that it is not there.
type stacks struct {
	env *testenv.Proc

	mu    sync.Mutex
	last  int
	muted bool
	// may are the versions that each stack may have when it has settled: the
	// clients know one, unless the kill has swallowed an answer.
	may [clients]map[int]bool
}

func (w *stacks) prepare(*testing.T) {
	for n := range w.may {
		w.may[n] = map[int]bool{0: true}
	}
}

// mute implements work.
func (w *stacks) mute(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.muted = on
}

// next makes a version.
func (w *stacks) next() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last++
	return w.last
}

// note tells what version a client's stack may have, or, where it is acknowledged,
// must have.
func (w *stacks) note(client, version int, acked bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if acked && !w.muted {
		clear(w.may[client])
	}
	w.may[client][version] = true
}

// stackName is the name of a client's stack, and begins the names of what it has.
func stackName(client int) string { return fmt.Sprintf("stack%d", client) }

// template is a stack's at a version: a queue that each version replaces, a topic
// that every second one has, and a parameter that is changed. One that fails does
// so when all else is done.
func template(client, version int, fails bool) *string {
	name := stackName(client)
	resources := map[string]any{
		"Queue":     map[string]any{"Type": "AWS::SQS::Queue", "Properties": map[string]any{"QueueName": fmt.Sprintf("%s-%d", name, version)}},
		"Parameter": map[string]any{"Type": "AWS::SSM::Parameter", "DependsOn": "Queue", "Properties": map[string]any{"Name": "/" + name, "Type": "String", "Value": fmt.Sprint(version)}},
	}
	if version%2 == 0 {
		resources["Topic"] = map[string]any{"Type": "AWS::SNS::Topic", "Properties": map[string]any{"TopicName": fmt.Sprintf("%s-%d", name, version)}}
	}
	if fails {
		resources["Wrong"] = map[string]any{"Type": "AWS::SNS::Subscription", "DependsOn": "Parameter", "Properties": map[string]any{
			"TopicArn": "arn:aws:sns:us-east-1:000000000000:" + name + "-none", "Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-east-1:000000000000:none",
		}}
	}
	text, err := json.Marshal(map[string]any{"Resources": resources})
	if err != nil {
		panic(err) // it is made of texts
	}
	return aws.String(string(text))
}

// client makes, changes and deletes its stack. Some changes fail, and are undone.
func (w *stacks) client(ctx context.Context, more func() bool, number int, random *rand.Rand) {
	name := stackName(number)
	for more() {
		is, _, err := w.settled(ctx, more, number)
		if err != nil {
			return
		}
		w.note(number, is, true)
		version := w.next()
		becomes := version
		switch what := random.IntN(6); {
		case is == 0:
			w.note(number, becomes, false)
			_, err = w.env.CloudFormation().CreateStack(ctx, &cloudformation.CreateStackInput{StackName: &name, TemplateBody: template(number, version, false)})
		case what == 0:
			becomes = 0
			w.note(number, becomes, false)
			_, err = w.env.CloudFormation().DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: &name})
		default:
			fails := what == 1
			if fails {
				becomes = is
			}
			w.note(number, becomes, false)
			_, err = w.env.CloudFormation().UpdateStack(ctx, &cloudformation.UpdateStackInput{StackName: &name, TemplateBody: template(number, version, fails)})
		}
		if err != nil {
			return
		}
		w.note(number, becomes, true)
	}
}

// settled waits until nothing is under way for a client's stack, and returns its
// version and its status.
func (w *stacks) settled(ctx context.Context, more func() bool, client int) (version int, status types.StackStatus, err error) {
	for more() {
		out, err := w.env.CloudFormation().DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String(stackName(client))})
		if testenv.ErrorCode(err) == "ValidationError" {
			return 0, "", nil
		}
		if err != nil {
			return 0, "", err
		}
		if status = out.Stacks[0].StackStatus; !strings.HasSuffix(string(status), "_IN_PROGRESS") {
			version, err = w.version(ctx, client)
			return version, status, err
		}
		<-clock.System{}.NewTimer(10 * time.Millisecond).C()
	}
	return 0, "", errors.New("it is not waited for any longer")
}

// version is that of a stack that is there, by its parameter.
func (w *stacks) version(ctx context.Context, client int) (version int, err error) {
	out, err := w.env.SSM().GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String("/" + stackName(client))})
	if err != nil {
		return 0, err
	}
	_, err = fmt.Sscan(*out.Parameter.Value, &version)
	return version, err
}

// sound are the statuses in which the clients' stacks may settle.
var sound = []types.StackStatus{types.StackStatusCreateComplete, types.StackStatusUpdateComplete, types.StackStatusUpdateRollbackComplete}

func (w *stacks) check(t *testing.T) {
	for n := range clients {
		within, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		version, status, err := w.settled(within, func() bool { return within.Err() == nil }, n)
		if cancel(); err != nil {
			t.Fatalf("%s has not settled: %v", stackName(n), err)
		}
		w.mu.Lock()
		may := slices.Sorted(maps.Keys(w.may[n]))
		w.mu.Unlock()
		if !slices.Contains(may, version) || version > 0 && !slices.Contains(sound, status) {
			t.Errorf("%s has version %d and is %s; it may have any of %v", stackName(n), version, status, may)
		}
		w.checkResources(t, n, version)
		w.note(n, version, true)
		t.Logf("%s: version %d of %v, %s", stackName(n), version, may, status)
	}
}

// checkResources sees that there is what a stack of a version has, and nothing
// that one of another version had.
func (w *stacks) checkResources(t *testing.T, client, version int) {
	t.Helper()
	name := stackName(client)
	var want, got []string
	if version > 0 {
		want = append(want, fmt.Sprintf("queue %s-%d", name, version), fmt.Sprintf("parameter /%s", name))
		if version%2 == 0 {
			want = append(want, fmt.Sprintf("topic %s-%d", name, version))
		}
	}
	queues, err := w.env.SQS().ListQueues(t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: aws.String(name + "-")})
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range queues.QueueUrls {
		got = append(got, "queue "+path.Base(url))
	}
	if _, err := w.env.SSM().GetParameter(t.Context(), &ssm.GetParameterInput{Name: aws.String("/" + name)}); err == nil {
		got = append(got, "parameter /"+name)
	}
	topics, err := w.env.SNS().ListTopics(t.Context(), &sns.ListTopicsInput{})
	if err != nil || topics.NextToken != nil {
		t.Fatalf("topics: %+v, %v", topics, err)
	}
	for _, topic := range topics.Topics {
		if of := (*topic.TopicArn)[strings.LastIndexByte(*topic.TopicArn, ':')+1:]; strings.HasPrefix(of, name+"-") {
			got = append(got, "topic "+of)
		}
	}
	slices.Sort(want)
	if slices.Sort(got); !slices.Equal(want, got) {
		t.Errorf("%s in version %d has left %v, want %v", name, version, got, want)
	}
}
