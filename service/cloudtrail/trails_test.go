package cloudtrail_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventstypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
)

// field is a condition of an advanced event selector.
func field(name string, equals ...string) types.AdvancedFieldSelector {
	return types.AdvancedFieldSelector{Field: &name, Equals: equals}
}

// data selects the data events of a resource type.
func data(kind string, more ...types.AdvancedFieldSelector) types.AdvancedEventSelector {
	return types.AdvancedEventSelector{FieldSelectors: append([]types.AdvancedFieldSelector{field("eventCategory", "Data"), field("resources.type", kind)}, more...)}
}

func TestATrailDeliversToItsBucket(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	bucket(t, env.S3(), "audit", "deep/")
	logTo(t, env.CloudTrail(), &cloudtrail.CreateTrailInput{Name: new("main"), S3BucketName: new("audit"), S3KeyPrefix: new("deep")})
	must[*sqs.CreateQueueOutput](t)(env.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("orders")}))
	must[*sqs.ListQueuesOutput](t)(env.SQS().ListQueues(t.Context(), &sqs.ListQueuesInput{}))
	env.Advance(time.Minute)
	const folder = "deep/AWSLogs/000000000000/CloudTrail/us-east-1/"
	var list []entry
	testenv.Eventually(t, "both events are delivered", func() bool {
		env.Rest()
		env.Advance(time.Minute)
		list = delivered(t, env.S3(), "audit", folder)
		_, write := has(list, "CreateQueue")
		_, read := has(list, "ListQueues")
		return write && read
	})
	name := regexp.MustCompile("^" + folder + `\d{4}/\d\d/\d\d/000000000000_CloudTrail_us-east-1_`)
	for _, key := range keys(t, env.S3(), "audit", folder) {
		if !name.MatchString(key) {
			t.Errorf("a file is named %s", key)
		}
	}
	e, _ := has(list, "CreateQueue")
	want, _ := named(t, env.CloudTrail(), "CreateQueue")
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("history and file differ (-history +file):\n%s", diff)
	}
	env.Rest() // that it is delivered is noted after
	status := must[*cloudtrail.GetTrailStatusOutput](t)(env.CloudTrail().GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: new("main")}))
	if !*status.IsLogging || status.LatestDeliveryTime == nil || status.LatestDeliveryError != nil || status.StartLoggingTime == nil {
		t.Errorf("status %+v", status)
	}
	ids := map[string]int{}
	for _, e := range list {
		ids[e.EventID]++
		if ids[e.EventID] > 1 {
			t.Errorf("%s twice", e.EventName)
		}
	}
}

func TestATrailThatStopsRecordsNoMore(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	bucket(t, env.S3(), "audit", "")
	logTo(t, env.CloudTrail(), &cloudtrail.CreateTrailInput{Name: new("main"), S3BucketName: new("audit")})
	must[*sqs.CreateQueueOutput](t)(env.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("before")}))
	must[*cloudtrail.StopLoggingOutput](t)(env.CloudTrail().StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: new("main")}))
	must[*sqs.DeleteQueueOutput](t)(env.SQS().DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: new(env.URL() + "/000000000000/before")}))
	var list []entry
	testenv.Eventually(t, "what was recorded is delivered", func() bool {
		env.Rest()
		env.Advance(time.Minute)
		list = delivered(t, env.S3(), "audit", "AWSLogs/")
		_, ok := has(list, "CreateQueue")
		return ok
	})
	if _, ok := has(list, "DeleteQueue"); ok {
		t.Error("recorded after the end")
	}
	status := must[*cloudtrail.GetTrailStatusOutput](t)(env.CloudTrail().GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: new("main")}))
	if *status.IsLogging || status.StopLoggingTime == nil {
		t.Errorf("status %+v", status)
	}
}

func TestDataEventsAreRecordedWhereSelected(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	bucket(t, env.S3(), "audit", "")
	for _, name := range []string{"wanted", "other"} {
		must[*sqs.CreateQueueOutput](t)(env.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name}))
		must[*s3.CreateBucketOutput](t)(env.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name}))
		must[*dynamodb.CreateTableOutput](t)(env.DynamoDB().CreateTable(t.Context(), &dynamodb.CreateTableInput{
			TableName: &name, BillingMode: dynamodbtypes.BillingModePayPerRequest,
			KeySchema:            []dynamodbtypes.KeySchemaElement{{AttributeName: new("id"), KeyType: dynamodbtypes.KeyTypeHash}},
			AttributeDefinitions: []dynamodbtypes.AttributeDefinition{{AttributeName: new("id"), AttributeType: dynamodbtypes.ScalarAttributeTypeS}},
		}))
	}
	logTo(t, env.CloudTrail(), &cloudtrail.CreateTrailInput{Name: new("main"), S3BucketName: new("audit")},
		data("AWS::SQS::Queue", field("resources.ARN", "arn:aws:sqs:us-east-1:000000000000:wanted"), field("readOnly", "false")),
		data("AWS::S3::Object", types.AdvancedFieldSelector{Field: new("resources.ARN"), StartsWith: []string{"arn:aws:s3:::wanted/"}}),
		data("AWS::DynamoDB::Table", types.AdvancedFieldSelector{Field: new("resources.ARN"), NotEndsWith: []string{"table/other"}}))
	for _, name := range []string{"wanted", "other"} {
		url := new(env.URL() + "/000000000000/" + name)
		must[*sqs.SendMessageOutput](t)(env.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: new("a secret")}))
		must[*sqs.ReceiveMessageOutput](t)(env.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url}))
		must[*s3.PutObjectOutput](t)(env.S3().PutObject(t.Context(), &s3.PutObjectInput{Bucket: &name, Key: new("a/b"), Body: strings.NewReader("a secret")}))
		must[*dynamodb.PutItemOutput](t)(env.DynamoDB().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &name, Item: map[string]dynamodbtypes.AttributeValue{
			"id": &dynamodbtypes.AttributeValueMemberS{Value: "a secret"},
		}}))
	}
	var list []entry
	testenv.Eventually(t, "data events", func() bool {
		env.Rest()
		env.Advance(time.Minute)
		list = delivered(t, env.S3(), "audit", "AWSLogs/")
		return len(list) >= 3
	})
	var got []string
	for _, e := range list {
		got = append(got, e.EventName+" "+e.Resources[0]["ARN"].(string))
		if e.ManagementEvent || e.EventCategory != "Data" || strings.Contains(must[string](t)(dump(e)), "a secret") {
			t.Errorf("%+v", e)
		}
	}
	slices.Sort(got)
	want := []string{
		"PutItem arn:aws:dynamodb:us-east-1:000000000000:table/wanted", "PutObject arn:aws:s3:::wanted/a/b",
		"SendMessage arn:aws:sqs:us-east-1:000000000000:wanted",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if n := len(lookup(t, env.CloudTrail(), types.LookupAttributeKeyEventName, "SendMessage")); n != 0 {
		t.Errorf("%d data events in the history", n)
	}
}

// dump is a record as text.
func dump(e entry) (string, error) {
	raw, err := json.Marshal(e)
	return string(raw), err
}

func TestARuleReactsToACall(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	bucket(t, env.S3(), "audit", "")
	queue := env.URL() + "/000000000000/repairs"
	must[*sqs.CreateQueueOutput](t)(env.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("repairs")}))
	must[*eventbridge.PutRuleOutput](t)(env.EventBridge().PutRule(t.Context(), &eventbridge.PutRuleInput{
		Name:         new("r"),
		EventPattern: new(`{"source":["aws.s3"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventSource":["s3.amazonaws.com"]}}`),
	}))
	must[*eventbridge.PutTargetsOutput](t)(env.EventBridge().PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule: new("r"), Targets: []eventstypes.Target{{Id: new("q"), Arn: new("arn:aws:sqs:us-east-1:000000000000:repairs")}},
	}))
	must[*s3.CreateBucketOutput](t)(env.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: new("before")})) // no trail yet
	logTo(t, env.CloudTrail(), &cloudtrail.CreateTrailInput{Name: new("main"), S3BucketName: new("audit")})
	must[*s3.ListBucketsOutput](t)(env.S3().ListBuckets(t.Context(), &s3.ListBucketsInput{})) // it only reads
	must[*s3.DeletePublicAccessBlockOutput](t)(env.S3().DeletePublicAccessBlock(t.Context(), &s3.DeletePublicAccessBlockInput{Bucket: new("before")}))
	out := must[*sqs.ReceiveMessageOutput](t)(env.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 20}))
	if len(out.Messages) != 1 {
		t.Fatalf("%d events", len(out.Messages))
	}
	var event struct {
		Source, Account, Region string
		Kind                    string `json:"detail-type"`
		Detail                  entry
	}
	if err := json.Unmarshal([]byte(*out.Messages[0].Body), &event); err != nil {
		t.Fatal(err)
	}
	want, _ := named(t, env.CloudTrail(), "DeleteBucketPublicAccessBlock")
	if diff := cmp.Diff(want, event.Detail); diff != "" || event.Source != "aws.s3" || event.Kind != "AWS API Call via CloudTrail" {
		t.Errorf("%+v (-history +event):\n%s", event, diff)
	}
}

func TestATrailWritesToALogGroupAndTellsATopic(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	bucket(t, env.S3(), "audit", "")
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	role := must[*iam.CreateRoleOutput](t)(env.IAM().CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: new("writer"), AssumeRolePolicyDocument: &trust})).Role
	must[*cloudwatchlogs.CreateLogGroupOutput](t)(env.Logs().CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: new("trail")}))
	topic := must[*sns.CreateTopicOutput](t)(env.SNS().CreateTopic(t.Context(), &sns.CreateTopicInput{Name: new("files")})).TopicArn
	must[*sns.SetTopicAttributesOutput](t)(env.SNS().SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{
		TopicArn: topic, AttributeName: new("Policy"),
		AttributeValue: new(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"SNS:Publish","Resource":"` + *topic + `"}]}`),
	}))
	must[*sqs.CreateQueueOutput](t)(env.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("told")}))
	must[*sns.SubscribeOutput](t)(env.SNS().Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: topic, Protocol: new("sqs"), Endpoint: new("arn:aws:sqs:us-east-1:000000000000:told"), Attributes: map[string]string{"RawMessageDelivery": "true"},
	}))
	logTo(t, env.CloudTrail(), &cloudtrail.CreateTrailInput{
		Name: new("main"), S3BucketName: new("audit"), SnsTopicName: new("files"), CloudWatchLogsRoleArn: role.Arn,
		CloudWatchLogsLogGroupArn: new("arn:aws:logs:us-east-1:000000000000:log-group:trail:*"),
	})
	must[*sqs.CreateQueueOutput](t)(env.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("orders")}))
	testenv.Eventually(t, "the log line", func() bool {
		env.Rest()
		env.Advance(time.Minute)
		out, err := env.Logs().FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: new("trail"), FilterPattern: new(`{ $.eventName = "CreateQueue" }`)})
		return err == nil && len(out.Events) == 1 && *out.Events[0].LogStreamName == "000000000000_CloudTrail_us-east-1"
	})
	var out *sqs.ReceiveMessageOutput
	testenv.Eventually(t, "the topic is told", func() bool {
		out = must[*sqs.ReceiveMessageOutput](t)(env.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: new(env.URL() + "/000000000000/told"), WaitTimeSeconds: 20}))
		return len(out.Messages) == 1
	})
	var told struct {
		S3Bucket    string
		S3ObjectKey []string
	}
	if err := json.Unmarshal([]byte(*out.Messages[0].Body), &told); err != nil || told.S3Bucket != "audit" || !slices.Contains(keys(t, env.S3(), "audit", ""), told.S3ObjectKey[0]) {
		t.Errorf("told %s: %v", *out.Messages[0].Body, err)
	}
}

func TestADeliveryThatFailsIsToldAndTriedAgain(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	bucket(t, env.S3(), "audit", "")
	logTo(t, env.CloudTrail(), &cloudtrail.CreateTrailInput{Name: new("main"), S3BucketName: new("audit")})
	must[*s3.DeleteBucketPolicyOutput](t)(env.S3().DeleteBucketPolicy(t.Context(), &s3.DeleteBucketPolicyInput{Bucket: new("audit")}))
	testenv.Eventually(t, "the error", func() bool {
		env.Rest()
		env.Advance(time.Minute)
		out := must[*cloudtrail.GetTrailStatusOutput](t)(env.CloudTrail().GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: new("main")}))
		return out.LatestDeliveryError != nil && *out.LatestDeliveryError == "AccessDenied"
	})
	must[*s3.PutBucketPolicyOutput](t)(env.S3().PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: new("audit"), Policy: new(policyFor("audit", ""))}))
	testenv.Eventually(t, "the file", func() bool {
		env.Rest()
		env.Advance(10 * time.Minute)
		_, ok := has(delivered(t, env.S3(), "audit", "AWSLogs/"), "DeleteBucketPolicy")
		return ok
	})
}

func TestATrailOfAllRegionsSeesThem(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	bucket(t, env.S3(), "audit", "")
	logTo(t, env.CloudTrail(), &cloudtrail.CreateTrailInput{Name: new("all"), S3BucketName: new("audit"), IsMultiRegionTrail: new(true)})
	far := env.ConfigFor(testenv.Account, "eu-west-1")
	must[*sqs.CreateQueueOutput](t)(sqs.NewFromConfig(far).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("far")}))
	testenv.Eventually(t, "the file", func() bool {
		env.Rest()
		env.Advance(time.Minute)
		_, ok := has(delivered(t, env.S3(), "audit", "AWSLogs/000000000000/CloudTrail/eu-west-1/"), "CreateQueue")
		return ok
	})
	c := cloudtrail.NewFromConfig(far)
	seen := must[*cloudtrail.DescribeTrailsOutput](t)(c.DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{}))
	own := must[*cloudtrail.DescribeTrailsOutput](t)(c.DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: new(false)}))
	if len(seen.TrailList) != 1 || *seen.TrailList[0].HomeRegion != "us-east-1" || len(own.TrailList) != 0 {
		t.Errorf("shadow %+v, own %+v", seen.TrailList, own.TrailList)
	}
	if _, err := c.StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: new("all")}); testenv.ErrorCode(err) != "InvalidHomeRegionException" {
		t.Errorf("stopped from afar: %v", err)
	}
	if _, err := c.GetTrail(t.Context(), &cloudtrail.GetTrailInput{Name: new("all")}); err != nil {
		t.Error(err)
	}
}

func TestTrailsAreRefused(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	c := env.CloudTrail()
	bucket(t, env.S3(), "audit", "")
	must[*s3.CreateBucketOutput](t)(env.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: new("closed")}))
	must[*cloudtrail.CreateTrailOutput](t)(c.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{Name: new("there"), S3BucketName: new("audit")}))
	tests := map[string]struct {
		in   cloudtrail.CreateTrailInput
		want string
	}{
		"taken":        {cloudtrail.CreateTrailInput{Name: new("there"), S3BucketName: new("audit")}, "TrailAlreadyExistsException"},
		"short name":   {cloudtrail.CreateTrailInput{Name: new("ab"), S3BucketName: new("audit")}, "InvalidTrailNameException"},
		"marks":        {cloudtrail.CreateTrailInput{Name: new("a--b"), S3BucketName: new("audit")}, "InvalidTrailNameException"},
		"address":      {cloudtrail.CreateTrailInput{Name: new("192.168.5.4"), S3BucketName: new("audit")}, "InvalidTrailNameException"},
		"no bucket":    {cloudtrail.CreateTrailInput{Name: new("main"), S3BucketName: new("nowhere")}, "S3BucketDoesNotExistException"},
		"no policy":    {cloudtrail.CreateTrailInput{Name: new("main"), S3BucketName: new("closed")}, "InsufficientS3BucketPolicyException"},
		"other prefix": {cloudtrail.CreateTrailInput{Name: new("main"), S3BucketName: new("audit"), S3KeyPrefix: new("x")}, "InsufficientS3BucketPolicyException"},
		"bucket name":  {cloudtrail.CreateTrailInput{Name: new("main"), S3BucketName: new("A_B")}, "InvalidS3BucketNameException"},
		"no topic":     {cloudtrail.CreateTrailInput{Name: new("main"), S3BucketName: new("audit"), SnsTopicName: new("none")}, "InsufficientSnsTopicPolicyException"},
		"group alone":  {cloudtrail.CreateTrailInput{Name: new("main"), S3BucketName: new("audit"), CloudWatchLogsLogGroupArn: new("arn:aws:logs:us-east-1:000000000000:log-group:g:*")}, "InvalidCloudWatchLogsRoleArnException"},
		"no group": {cloudtrail.CreateTrailInput{
			Name: new("main"), S3BucketName: new("audit"), CloudWatchLogsLogGroupArn: new("arn:aws:logs:us-east-1:000000000000:log-group:g:*"), CloudWatchLogsRoleArn: new("arn:aws:iam::000000000000:role/r"),
		}, "InvalidCloudWatchLogsLogGroupArnException"},
		"not global": {cloudtrail.CreateTrailInput{
			Name: new("main"), S3BucketName: new("audit"), IsMultiRegionTrail: new(true), IncludeGlobalServiceEvents: new(false),
		}, "InvalidParameterCombinationException"},
		"organization": {cloudtrail.CreateTrailInput{Name: new("main"), S3BucketName: new("audit"), IsOrganizationTrail: new(true)}, "OrganizationsNotInUseException"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := c.CreateTrail(t.Context(), &tt.in); testenv.ErrorCode(err) != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

func TestARegionHasFiveTrails(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	c := env.CloudTrail()
	bucket(t, env.S3(), "audit", "")
	for _, name := range []string{"one", "two", "three", "four", "five"} {
		must[*cloudtrail.CreateTrailOutput](t)(c.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{Name: &name, S3BucketName: new("audit")}))
	}
	if _, err := c.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{Name: new("six"), S3BucketName: new("audit")}); testenv.ErrorCode(err) != "MaximumNumberOfTrailsExceededException" {
		t.Errorf("a sixth: %v", err)
	}
	if out := must[*cloudtrail.ListTrailsOutput](t)(c.ListTrails(t.Context(), &cloudtrail.ListTrailsInput{})); len(out.Trails) != 5 {
		t.Errorf("%d trails", len(out.Trails))
	}
}

func TestATrailIsChangedTaggedAndDeleted(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	c := env.CloudTrail()
	bucket(t, env.S3(), "audit", "")
	bucket(t, env.S3(), "other", "p/")
	made := must[*cloudtrail.CreateTrailOutput](t)(c.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{
		Name: new("main"), S3BucketName: new("audit"), KmsKeyId: new("alias/k"), TagsList: []types.Tag{{Key: new("team"), Value: new("ops")}},
	}))
	must[*cloudtrail.UpdateTrailOutput](t)(c.UpdateTrail(t.Context(), &cloudtrail.UpdateTrailInput{
		Name: made.TrailARN, S3BucketName: new("other"), S3KeyPrefix: new("p"), EnableLogFileValidation: new(true), IsMultiRegionTrail: new(true),
	}))
	got := must[*cloudtrail.GetTrailOutput](t)(c.GetTrail(t.Context(), &cloudtrail.GetTrailInput{Name: new("main")})).Trail
	if *got.S3BucketName != "other" || *got.S3KeyPrefix != "p" || !*got.LogFileValidationEnabled || !*got.IsMultiRegionTrail || *got.KmsKeyId != "alias/k" || *got.HasCustomEventSelectors {
		t.Errorf("%+v", got)
	}
	must[*cloudtrail.AddTagsOutput](t)(c.AddTags(t.Context(), &cloudtrail.AddTagsInput{ResourceId: made.TrailARN, TagsList: []types.Tag{{Key: new("cost"), Value: new("7")}}}))
	must[*cloudtrail.RemoveTagsOutput](t)(c.RemoveTags(t.Context(), &cloudtrail.RemoveTagsInput{ResourceId: made.TrailARN, TagsList: []types.Tag{{Key: new("team")}}}))
	tags := must[*cloudtrail.ListTagsOutput](t)(c.ListTags(t.Context(), &cloudtrail.ListTagsInput{ResourceIdList: []string{*made.TrailARN}})).ResourceTagList[0].TagsList
	if len(tags) != 1 || *tags[0].Key != "cost" || *tags[0].Value != "7" {
		t.Errorf("tags %+v", tags)
	}
	must[*cloudtrail.PutInsightSelectorsOutput](t)(c.PutInsightSelectors(t.Context(), &cloudtrail.PutInsightSelectorsInput{
		TrailName: new("main"), InsightSelectors: []types.InsightSelector{{InsightType: types.InsightTypeApiCallRateInsight}},
	}))
	if out := must[*cloudtrail.GetInsightSelectorsOutput](t)(c.GetInsightSelectors(t.Context(), &cloudtrail.GetInsightSelectorsInput{TrailName: new("main")})); len(out.InsightSelectors) != 1 {
		t.Errorf("insights %+v", out)
	}
	must[*cloudtrail.DeleteTrailOutput](t)(c.DeleteTrail(t.Context(), &cloudtrail.DeleteTrailInput{Name: new("main")}))
	if _, err := c.GetTrail(t.Context(), &cloudtrail.GetTrailInput{Name: new("main")}); testenv.ErrorCode(err) != "TrailNotFoundException" {
		t.Errorf("after its end: %v", err)
	}
	if _, err := c.ListTags(t.Context(), &cloudtrail.ListTagsInput{ResourceIdList: []string{*made.TrailARN}}); testenv.ErrorCode(err) != "ResourceNotFoundException" {
		t.Errorf("tags after its end: %v", err)
	}
}

func TestSelectorsComeBackAsTheyWerePut(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	c := env.CloudTrail()
	bucket(t, env.S3(), "audit", "")
	made := must[*cloudtrail.CreateTrailOutput](t)(c.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{Name: new("main"), S3BucketName: new("audit")}))
	out := must[*cloudtrail.GetEventSelectorsOutput](t)(c.GetEventSelectors(t.Context(), &cloudtrail.GetEventSelectorsInput{TrailName: new("main")}))
	if len(out.EventSelectors) != 1 || out.EventSelectors[0].ReadWriteType != types.ReadWriteTypeAll || !*out.EventSelectors[0].IncludeManagementEvents {
		t.Errorf("at first %+v", out)
	}
	basic := []types.EventSelector{{ReadWriteType: types.ReadWriteTypeWriteOnly, IncludeManagementEvents: new(false), DataResources: []types.DataResource{
		{Type: new("AWS::S3::Object"), Values: []string{"arn:aws:s3:::audit/x"}}, {Type: new("AWS::Lambda::Function"), Values: []string{"arn:aws:lambda"}},
	}}}
	must[*cloudtrail.PutEventSelectorsOutput](t)(c.PutEventSelectors(t.Context(), &cloudtrail.PutEventSelectorsInput{TrailName: made.TrailARN, EventSelectors: basic}))
	out = must[*cloudtrail.GetEventSelectorsOutput](t)(c.GetEventSelectors(t.Context(), &cloudtrail.GetEventSelectorsInput{TrailName: new("main")}))
	if len(out.EventSelectors) != 1 || len(out.EventSelectors[0].DataResources) != 2 || *out.EventSelectors[0].IncludeManagementEvents || len(out.AdvancedEventSelectors) != 0 {
		t.Errorf("basic %+v", out)
	}
	advanced := []types.AdvancedEventSelector{{Name: new("writes"), FieldSelectors: []types.AdvancedFieldSelector{field("eventCategory", "Management"), field("readOnly", "false")}}}
	must[*cloudtrail.PutEventSelectorsOutput](t)(c.PutEventSelectors(t.Context(), &cloudtrail.PutEventSelectorsInput{TrailName: new("main"), AdvancedEventSelectors: advanced}))
	out = must[*cloudtrail.GetEventSelectorsOutput](t)(c.GetEventSelectors(t.Context(), &cloudtrail.GetEventSelectorsInput{TrailName: new("main")}))
	if len(out.AdvancedEventSelectors) != 1 || *out.AdvancedEventSelectors[0].Name != "writes" || len(out.EventSelectors) != 0 {
		t.Errorf("advanced %+v", out)
	}
	if _, err := c.PutEventSelectors(t.Context(), &cloudtrail.PutEventSelectorsInput{TrailName: new("main"), EventSelectors: basic, AdvancedEventSelectors: advanced}); testenv.ErrorCode(err) != "InvalidEventSelectorsException" {
		t.Errorf("both kinds: %v", err)
	}
}
