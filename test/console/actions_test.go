package console

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	cloudtrailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/chromedp/chromedp"

	"maru.dev/maru/internal/testenv"
)

// TestActions does in the page whatever can be done there, and asks the AWS SDK
// whether it was done.
func TestActions(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser")
	}
	w := &world{browser: browser(t), resources: make(map[string]string)}
	w.Proc = testenv.Process(t)
	w.addBroken(t)
	for _, one := range []struct {
		name string
		run  func(*testing.T, *world)
	}{
		{"a topic is made, subscribed to and published to", publish},
		{"dead letters go back to their queue", redrive},
		{"a queue is purged and deleted", purge},
		{"objects are stored, read and deleted", objects},
		{"items are made, queried and deleted", items},
		{"a function is configured and deleted", configure},
		{"events are archived and replayed", replay},
		{"a rule is switched off", switchRule},
		{"an execution is drawn as it runs", liveExecution},
		{"a failed execution is redriven", redriveExecution},
		{"a stack comes up and goes", stack},
		{"the audit tells who did what", auditTrail},
		{"an error says what to do", errorsSayWhatToDo},
		{"the page stays small", small},
	} {
		t.Run(one.name, func(t *testing.T) { one.run(t, w) })
	}
}

// newQueue makes a queue, and returns its address and ARN.
func (w *world) newQueue(t *testing.T, name string, attributes map[string]string) (address, arn string) {
	t.Helper()
	made, err := w.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		t.Fatal(err)
	}
	return *made.QueueUrl, "arn:aws:sqs:" + testenv.Region + ":" + testenv.Account + ":" + name
}

// received takes one message from a queue.
func (w *world) received(t *testing.T, queue string) sqstypes.Message {
	t.Helper()
	var one sqstypes.Message
	testenv.Eventually(t, "a message in "+queue, func() bool {
		out, err := w.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: &queue, WaitTimeSeconds: 1, MessageAttributeNames: []string{"All"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return false
		}
		one = out.Messages[0]
		return true
	})
	return one
}

func publish(t *testing.T, w *world) {
	queue, arn := w.newQueue(t, "listener", nil)
	page := w.open(t).show("topics").click("New topic").fill("Name", "told").send()
	page.see("Nobody listens").click("Subscribe").fill("To", arn).send().see("confirmed", "listener")
	topic := "arn:aws:sns:" + testenv.Region + ":" + testenv.Account + ":told"
	subscriptions, err := w.SNS().ListSubscriptionsByTopic(t.Context(), &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
	if err != nil || len(subscriptions.Subscriptions) != 1 || *subscriptions.Subscriptions[0].Endpoint != arn {
		t.Fatalf("subscriptions %+v, %v", subscriptions, err)
	}
	if _, err := w.SNS().SetSubscriptionAttributes(t.Context(), &sns.SetSubscriptionAttributesInput{
		SubscriptionArn: subscriptions.Subscriptions[0].SubscriptionArn, AttributeName: new("RawMessageDelivery"), AttributeValue: new("true"),
	}); err != nil {
		t.Fatal(err)
	}
	page.click("Publish").fill("Message", `{"hello":"listeners"}`).fill("Attributes", "kind=a=b\nsize=3").send()
	got := w.received(t, queue)
	if *got.Body != `{"hello":"listeners"}` || aws.ToString(got.MessageAttributes["kind"].StringValue) != "a=b" || aws.ToString(got.MessageAttributes["size"].DataType) != "Number" {
		t.Errorf("the queue got %s with %v", *got.Body, got.MessageAttributes)
	}
	page.click("Unsubscribe").see("Nobody listens").click("Delete").send().see("No topic")
	if topics, err := w.SNS().ListTopics(t.Context(), &sns.ListTopicsInput{}); err != nil || len(topics.Topics) != 0 {
		t.Errorf("topics %v, %v", topics, err)
	}
}

func redrive(t *testing.T, w *world) {
	dead, deadARN := w.newQueue(t, "inbox-dead", nil)
	inbox, _ := w.newQueue(t, "inbox", map[string]string{
		"VisibilityTimeout": "0", "RedrivePolicy": `{"deadLetterTargetArn":"` + deadARN + `","maxReceiveCount":"1"}`,
	})
	if _, err := w.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &inbox, MessageBody: new("try me again")}); err != nil {
		t.Fatal(err)
	}
	waiting := func(queue string) bool {
		out, err := w.SQS().GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &queue, AttributeNames: []sqstypes.QueueAttributeName{"All"}})
		return err == nil && out.Attributes["ApproximateNumberOfMessages"] == "1"
	}
	testenv.Eventually(t, "it is a dead letter", func() bool {
		_, err := w.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &inbox})
		return err == nil && waiting(dead)
	})
	page := w.open(t).show("queues/inbox-dead").see("dead letters of inbox", "try me again")
	page.click("Redrive").send().see("completed", "1 of 1")
	testenv.Eventually(t, "it is back", func() bool { return waiting(inbox) && !waiting(dead) })
}

func purge(t *testing.T, w *world) {
	queue, _ := w.newQueue(t, "scratch", nil)
	if _, err := w.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &queue, MessageBody: new("gone soon")}); err != nil {
		t.Fatal(err)
	}
	page := w.open(t).show("queues/scratch").see("gone soon").click("Purge").send().see("The queue is empty")
	page.click("Delete").send().see("New queue")
	var missing *sqstypes.QueueDoesNotExist
	if _, err := w.SQS().GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: new("scratch")}); !errors.As(err, &missing) {
		t.Errorf("the queue: %v", err)
	}
}

func objects(t *testing.T, w *world) {
	file := filepath.Join(t.TempDir(), "letter.txt")
	if err := os.WriteFile(file, []byte("Dear reader"), 0o600); err != nil {
		t.Fatal(err)
	}
	page := w.open(t).show("buckets").click("New bucket").fill("Name", "letters").send().see("The bucket is empty")
	page.show("buckets/letters?prefix=" + url.QueryEscape("2030/may/")).see("The folder is empty")
	page.run(chromedp.SetUploadFiles("input[type=file]", []string{file}, chromedp.ByQuery))
	page.see("letter.txt is stored")
	head, err := w.S3().HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: new("letters"), Key: new("2030/may/letter.txt")})
	if err != nil || aws.ToInt64(head.ContentLength) != 11 || aws.ToString(head.ContentType) != "text/plain" {
		t.Fatalf("the object: %+v, %v", head, err)
	}
	page.show("buckets/letters").pick("2030/").see("may/").pick("may/").pick("letter.txt").see("Dear reader", "text/plain")
	page.click("Delete").see("The folder is empty")
	list, err := w.S3().ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: new("letters")})
	if err != nil || len(list.Contents) != 0 {
		t.Errorf("objects %v, %v", list, err)
	}
	page.click("Delete").send().see("New bucket")
	if buckets, err := w.S3().ListBuckets(t.Context(), &s3.ListBucketsInput{}); err != nil || len(buckets.Buckets) != 0 {
		t.Errorf("buckets %v, %v", buckets, err)
	}
}

func items(t *testing.T, w *world) {
	_, err := w.DynamoDB().CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: new("notes"), BillingMode: types.BillingModePayPerRequest,
		KeySchema:            []types.KeySchemaElement{{AttributeName: new("owner"), KeyType: types.KeyTypeHash}, {AttributeName: new("at"), KeyType: types.KeyTypeRange}},
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: new("owner"), AttributeType: "S"}, {AttributeName: new("at"), AttributeType: "N"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	key := map[string]types.AttributeValue{"owner": &types.AttributeValueMemberS{Value: "ada"}, "at": &types.AttributeValueMemberN{Value: "7"}}
	stored := func() map[string]types.AttributeValue {
		out, err := w.DynamoDB().GetItem(t.Context(), &dynamodb.GetItemInput{TableName: new("notes"), Key: key, ConsistentRead: new(true)})
		if err != nil {
			t.Fatal(err)
		}
		return out.Item
	}
	page := w.open(t).show("tables/notes").see("No item matches")
	page.click("New item").fill("Item", `{"owner":"ada","at":7,"text":"first","done":false}`).send().see("first")
	if text, ok := stored()["text"].(*types.AttributeValueMemberS); !ok || text.Value != "first" {
		t.Errorf("stored %v", stored())
	}
	page.click("New item").fill("Item", `{"owner":"ada","at":7,"text":"second"}`).press("dialog[open] form [type=submit]").see("An item with this key exists")
	page.click("Close").click("New item").fill("Item", `{"owner":"ada","at":9,"text":"third"}`).send().see("third")
	page.fill("owner =", "ada").fill("at", ">").fill("Value", "8").click("Query").see("1 items", "third")
	page.show("tables/notes?tab=partiql").fill("Statement", `SELECT "text" FROM "notes" WHERE "owner" = 'ada' AND "at" = 7`).click("Run").see("1 items", "first")

	// A set within a map keeps its type, as plain JSON could not.
	_, err = w.DynamoDB().UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: new("notes"), Key: key, UpdateExpression: new("SET more = :m"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":m": &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"tags": &types.AttributeValueMemberSS{Value: []string{"x"}}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	page.show("tables/notes").see("New item").pick("first").until("the item", `document.querySelector("dialog[open] textarea")?.value.includes('"SS"')`)
	page.fill("Item", eval[string](page, `document.querySelector("dialog[open] textarea").value.replace('"first"', '"fourth"')`)).send().see("fourth")
	more, ok := stored()["more"].(*types.AttributeValueMemberM)
	if !ok {
		t.Fatalf("stored %v", stored())
	}
	if _, ok := more.Value["tags"].(*types.AttributeValueMemberSS); !ok {
		t.Errorf("the set became %T", more.Value["tags"])
	}

	// What others change meanwhile stays; over what the user changes, too, they are told of.
	elsewhere := func(attribute, value string) {
		if _, err := w.DynamoDB().UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
			TableName: new("notes"), Key: key, UpdateExpression: new("SET #a = :v"), ExpressionAttributeNames: map[string]string{"#a": attribute},
			ExpressionAttributeValues: map[string]types.AttributeValue{":v": &types.AttributeValueMemberS{Value: value}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	editTo := func(old, changed string) {
		page.pick(old).until("the item", `document.querySelector("dialog[open] textarea")?.value.includes('"`+old+`"')`)
		elsewhere("seen", "by others")
		page.fill("Item", eval[string](page, `document.querySelector("dialog[open] textarea").value.replace('"`+old+`"', '"`+changed+`"')`))
	}
	editTo("fourth", "fifth")
	page.send().see("fifth")
	if seen, ok := stored()["seen"].(*types.AttributeValueMemberS); !ok || seen.Value != "by others" {
		t.Errorf("what others wrote was lost: %v", stored())
	}
	editTo("fifth", "sixth")
	elsewhere("text", "theirs")
	page.press("dialog[open] form [type=submit]").see("Somebody else has changed it").click("Close")
	if text, ok := stored()["text"].(*types.AttributeValueMemberS); !ok || text.Value != "theirs" {
		t.Errorf("what others wrote was overwritten: %v", stored())
	}
	page.pick("fifth").until("the item as it is now", `document.querySelector("dialog[open] textarea")?.value.includes('"theirs"')`)
	page.click("Delete").see("1 items")
	if item := stored(); item != nil {
		t.Errorf("the item is still there: %v", item)
	}
}

func configure(t *testing.T, w *world) {
	function := func() (*lambda.GetFunctionConfigurationOutput, error) {
		return w.Lambda().GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: new(broken)})
	}
	page := w.open(t).show("functions/"+broken).press("form .primary").see("failed: Unhandled", "the warehouse is out of order")
	page.until("a traceback with its lines", `[...document.querySelectorAll(".line.err .msg")].some((l) => /\nTraceback[^\n]*\n +File/.test(l.innerText))`)
	page.show("functions/"+broken+"?tab=config").fill("Memory, MB", "192").fill("Environment", "GREETING=hello=there").click("Save").see("Saved")
	got, err := function()
	if err != nil || aws.ToInt32(got.MemorySize) != 192 || got.Environment == nil || got.Environment.Variables["GREETING"] != "hello=there" {
		t.Errorf("configuration %+v, %v", got, err)
	}
	if _, err := w.Lambda().CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: new("short-lived"), Runtime: "python3.12", Handler: new("index.handler"), Role: new("arn:aws:iam::000000000000:role/r"), Code: codeOf(t),
	}); err != nil {
		t.Fatal(err)
	}
	page.show("functions/short-lived").see("python3.12").click("Delete").send().see(broken)
	if _, err := w.Lambda().GetFunction(t.Context(), &lambda.GetFunctionInput{FunctionName: new("short-lived")}); testenv.ErrorCode(err) != "ResourceNotFoundException" {
		t.Errorf("the function: %v", err)
	}
}

func stack(t *testing.T, w *world) {
	template := `{"Description":"Two queues.","Resources":{"First":{"Type":"AWS::SQS::Queue"},"Second":{"Type":"AWS::SQS::Queue","DependsOn":"First"}},"Outputs":{"Url":{"Value":{"Ref":"First"}}}}`
	page := w.open(t).show("stacks").see("No stack")
	if _, err := w.CloudFormation().CreateStack(t.Context(), &cloudformation.CreateStackInput{StackName: new("pair"), TemplateBody: &template}); err != nil {
		t.Fatal(err)
	}
	page.see("pair", "Two queues.").pick("pair").see("create complete", "AWS::SQS::Queue")
	page.show("stacks/pair?tab=events").see("create in progress", "Second").show("stacks/pair?tab=outputs").see("Url").show("stacks/pair?tab=template").see("DependsOn")
	page.click("Delete").send()
	testenv.Eventually(t, "the stack is gone", func() bool {
		_, err := w.CloudFormation().DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: new("pair")})
		return testenv.ErrorCode(err) == "ValidationError"
	})
	page.show("stacks").see("No stack")
}

func auditTrail(t *testing.T, w *world) {
	w.newQueue(t, "audited", nil)
	if _, err := w.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("audited"), Attributes: map[string]string{"DelaySeconds": "9"}}); err == nil {
		t.Fatal("a queue of another kind was made under the same name")
	}
	var recorded []cloudtrailtypes.Event
	testenv.Eventually(t, "both calls are recorded", func() bool {
		out, err := w.CloudTrail().LookupEvents(t.Context(), &cloudtrail.LookupEventsInput{LookupAttributes: []cloudtrailtypes.LookupAttribute{{AttributeKey: "ResourceName", AttributeValue: new("audited")}}})
		if err != nil {
			t.Fatal(err)
		}
		recorded = out.Events
		return len(recorded) > 0
	})
	page := w.open(t).show("audit?by=EventName&q=CreateQueue").see("QueueNameExists", "audited")
	page.pick("QueueNameExists").see(`"eventSource": "sqs.amazonaws.com"`, `"DelaySeconds": "9"`, "aws-sdk-go-v2").click("Close")
	page.show("audit?by=EventId&q="+*recorded[0].EventId).until("one event", `document.querySelectorAll("tbody tr").length === 1`)
	page.pick("CreateQueue").see(*recorded[0].EventId)
	page.show("audit?by=EventSource&q=sns").see("CreateTopic").until("only that service", `![...document.querySelectorAll("tbody tr")].some((r) => r.innerText.includes("CreateQueue"))`)
	page.show("audit?by=EventName&q=NoSuchCall").see("No call in this time")
}

// errorsSayWhatToDo opens what is not there, and sends what is refused.
func errorsSayWhatToDo(t *testing.T, w *world) {
	page := w.open(t)
	for _, route := range []string{"queues/none", "functions/none", "machines/none", "tables/none", "stacks/none", "buckets/none-at-all", "topics/none", "apis/none", "alarms/none", "logs/none", "buses/none?tab=rules", "traces/1-00000000-000000000000000000000000"} {
		page.show(route).until(route+" says that it is not there", `["It is not there", "There is no such", "not found", "does not exist"].some((x) => document.querySelector("main").innerText.includes(x))`)
	}
	page.show("queues").click("New queue").fill("Name", "no spaces please").press("dialog[open] form [type=submit]")
	page.until("the refusal", `document.querySelector("dialog[open] .notice.bad")?.innerText.includes("alphanumeric")`)
}

// budget is how much of the page goes over the wire.
const budget = 150 << 10

// small holds the page to its weight, as a browser that has never been here
// loads it.
func small(t *testing.T, w *world) {
	page := w.open(t).see("Map")
	sizes := eval[[]int](page, `performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation")).filter((e) => !e.name.includes("/_maru/api/")).map((e) => e.encodedBodySize)`)
	total := 0
	for _, n := range sizes {
		total += n
	}
	if len(sizes) < 3 || slices.Contains(sizes, 0) || total > budget {
		t.Errorf("the page is %d bytes in %d parts %v, over %d", total, len(sizes), sizes, budget)
	}
}
