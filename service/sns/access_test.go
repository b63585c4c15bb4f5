package sns_test

import (
	"crypto/rand"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	sdksns "github.com/aws/aws-sdk-go-v2/service/sns"
	sdksqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	snsapi "maru.dev/maru/api/sns"
	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/platform"
	"maru.dev/maru/service/sns"
	"maru.dev/maru/service/sqs"
)

const (
	guardedTopic = "arn:aws:sns:us-east-1:000000000000:t"
	guardedQueue = "arn:aws:sqs:us-east-1:000000000000:q"
	stranger     = "111111111111"
)

// guarded is a topic and a queue of an account where keys are proved.
type guarded struct {
	*testenv.Env

	topics *sdksns.Client
	queues *sdksqs.Client
	queue  string
}

// newGuarded makes the topic "t" and the queue "q", without a policy of their own.
func newGuarded(t *testing.T) *guarded {
	t.Helper()
	g := &guarded{Env: testenv.NewWith(t, testenv.Options{Mode: platform.Enforcing}, sns.Registration(), sqs.Registration())}
	g.topics, g.queues = g.as(t, testenv.Account)
	if _, err := g.topics.CreateTopic(t.Context(), &sdksns.CreateTopicInput{Name: new("t")}); err != nil {
		t.Fatal(err)
	}
	out, err := g.queues.CreateQueue(t.Context(), &sdksqs.CreateQueueInput{QueueName: new("q")})
	if err != nil {
		t.Fatal(err)
	}
	g.queue = *out.QueueUrl
	return g
}

// as are clients with a new key of an account's root.
func (g *guarded) as(t *testing.T, account string) (*sdksns.Client, *sdksqs.Client) {
	t.Helper()
	key := auth.NewKey(ids.New(rand.Reader), auth.RootPrincipal(account), time.Time{})
	if err := g.Store().Update(t.Context(), func(tx *kv.Tx) error { return auth.PutKey(tx, key) }); err != nil {
		t.Fatal(err)
	}
	config := g.Config()
	config.Credentials = credentials.NewStaticCredentialsProvider(key.ID, string(key.Secret), "")
	return sdksns.NewFromConfig(config), sdksqs.NewFromConfig(config)
}

// let sets the policy of the queue and of the topic; who is a principal in JSON.
func (g *guarded) let(t *testing.T, who, condition string) {
	t.Helper()
	statement := func(effect, action, resource string) *string {
		return new(`{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Principal":` + who + `,"Action":"` + action + `","Resource":"` + resource + `"` + condition + `}]}`)
	}
	if _, err := g.queues.SetQueueAttributes(t.Context(), &sdksqs.SetQueueAttributesInput{
		QueueUrl: &g.queue, Attributes: map[string]string{"Policy": *statement("Allow", "sqs:SendMessage", guardedQueue)},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := g.topics.SetTopicAttributes(t.Context(), &sdksns.SetTopicAttributesInput{
		TopicArn: new(guardedTopic), AttributeName: new("Policy"), AttributeValue: statement("Allow", "sns:Publish", guardedTopic),
	}); err != nil {
		t.Fatal(err)
	}
}

// send sends and publishes with clients, and returns the errors' codes.
func (g *guarded) send(t *testing.T, topics *sdksns.Client, queues *sdksqs.Client) (codes [2]string) {
	t.Helper()
	_, err := queues.SendMessageBatch(t.Context(), &sdksqs.SendMessageBatchInput{
		QueueUrl: &g.queue, Entries: []sqstypes.SendMessageBatchRequestEntry{{Id: new("a"), MessageBody: new("m")}},
	})
	codes[0] = testenv.ErrorCode(err)
	_, err = topics.Publish(t.Context(), &sdksns.PublishInput{TopicArn: new(guardedTopic), Message: new("m")})
	codes[1] = testenv.ErrorCode(err)
	return codes
}

// post sends a form without a signature.
func (g *guarded) post(t *testing.T, host string, members url.Values) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.URL()+"/", strings.NewReader(members.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	out, err := g.HTTP().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	text, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return out.StatusCode, string(text)
}

func TestAnotherAccountNeedsThePolicyOfQueueAndTopic(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	topics, queues := g.as(t, stranger)
	denied, allowed := [2]string{"AccessDenied", "AuthorizationError"}, [2]string{}
	if got := g.send(t, topics, queues); got[0] == "" || got[1] == "" {
		t.Errorf("without a policy: %q, want something like %q", got, denied)
	}
	if got := g.send(t, g.topics, g.queues); got != allowed {
		t.Errorf("the owner: %q", got)
	}
	g.let(t, `{"AWS":"arn:aws:iam::`+stranger+`:root"}`, "")
	if got := g.send(t, topics, queues); got != allowed {
		t.Errorf("with a policy: %q", got)
	}
	if _, err := queues.ReceiveMessage(t.Context(), &sdksqs.ReceiveMessageInput{QueueUrl: &g.queue}); testenv.ErrorCode(err) == "" {
		t.Error("what the policy does not name is allowed")
	}
	g.let(t, `"*"`, "")
	if _, err := queues.TagQueue(t.Context(), &sdksqs.TagQueueInput{QueueUrl: &g.queue, Tags: map[string]string{"a": "b"}}); testenv.ErrorCode(err) == "" {
		t.Error("what is the owner's alone is allowed")
	}
}

func TestAnyoneIsLetInByThePolicyAlone(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	ask := func() [2]int {
		var got [2]int
		got[0], _ = g.post(t, "sqs.us-east-1.localhost", url.Values{"Action": {"SendMessage"}, "Version": {"2012-11-05"}, "QueueUrl": {g.queue}, "MessageBody": {"m"}})
		got[1], _ = g.post(t, "sns.us-east-1.localhost", url.Values{"Action": {"Publish"}, "Version": {"2010-03-31"}, "TopicArn": {guardedTopic}, "Message": {"m"}})
		return got
	}
	if got := ask(); got != [2]int{403, 403} {
		t.Errorf("without a policy: %d", got)
	}
	g.let(t, `"*"`, "")
	if got := ask(); got != [2]int{200, 200} {
		t.Errorf("with a policy: %d", got)
	}
	if status, _ := g.post(t, "sqs.us-east-1.localhost", url.Values{"Action": {"ListQueues"}, "Version": {"2012-11-05"}}); status != 403 {
		t.Errorf("anyone lists queues: %d", status)
	}
}

func TestATopicReachesAQueueThatLetsIt(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	ctx := t.Context()
	dead, err := g.queues.CreateQueue(ctx, &sdksqs.CreateQueueInput{QueueName: new("dead"), Attributes: map[string]string{
		"Policy": `{"Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*"}]}`,
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.topics.Subscribe(ctx, &sdksns.SubscribeInput{
		TopicArn: new(guardedTopic), Protocol: new("sqs"), Endpoint: new(guardedQueue),
		Attributes: map[string]string{"RawMessageDelivery": "true", "RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead"}`},
	}); err != nil {
		t.Fatal(err)
	}
	arrives := func(url, what string) {
		t.Helper()
		if _, err := g.topics.Publish(ctx, &sdksns.PublishInput{TopicArn: new(guardedTopic), Message: &what}); err != nil {
			t.Fatal(err)
		}
		out, err := g.queues.ReceiveMessage(ctx, &sdksqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 10})
		if err != nil || len(out.Messages) != 1 || *out.Messages[0].Body != what {
			t.Fatalf("%s: %+v, %v", what, out, err)
		}
	}
	arrives(*dead.QueueUrl, "no policy")
	let := func(source string) {
		t.Helper()
		if _, err := g.queues.SetQueueAttributes(ctx, &sdksqs.SetQueueAttributesInput{QueueUrl: &g.queue, Attributes: map[string]string{
			"Policy": `{"Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + guardedQueue +
				`","Condition":{"ArnEquals":{"aws:SourceArn":"` + source + `"},"StringEquals":{"aws:SourceAccount":"000000000000"}}}]}`,
		}}); err != nil {
			t.Fatal(err)
		}
	}
	let(guardedTopic + "-other")
	arrives(*dead.QueueUrl, "another topic's policy")
	let(guardedTopic)
	arrives(g.queue, "its policy")
}

func TestServicesPublishAsATopicsPolicySays(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	publish := func(service, source string) string {
		_, err := g.Caller().Call(call.As(t.Context(), service, source, testenv.Account, testenv.Region), "sns", "Publish", &snsapi.PublishInput{TopicArn: new(guardedTopic), Message: "m"})
		return testenv.ErrorCode(err)
	}
	const alarm, foreign, rule = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:a", "arn:aws:cloudwatch:us-east-1:111111111111:alarm:a", "arn:aws:events:us-east-1:000000000000:rule/r"
	tests := []struct {
		service, source string
		allowed         bool
	}{
		{"cloudwatch.amazonaws.com", alarm, true},
		{"cloudwatch.amazonaws.com", foreign, false},
		{"events.amazonaws.com", rule, false},
		{"s3.amazonaws.com", "arn:aws:s3:::b", false},
		{"lambda.amazonaws.com", "arn:aws:lambda:us-east-1:000000000000:function:f", true},
	}
	for _, tt := range tests {
		if code := publish(tt.service, tt.source); (code == "") != tt.allowed {
			t.Errorf("%s for %s: %q", tt.service, tt.source, code)
		}
	}
	g.let(t, `{"Service":["events.amazonaws.com"]}`, "")
	if code := publish("events.amazonaws.com", rule); code != "" {
		t.Errorf("with a policy: %q", code)
	}
}
