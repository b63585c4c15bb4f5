package cloudtrail_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
)

func TestACallIsRecordedAsAWSWritesIt(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	made := must[*sqs.CreateQueueOutput](t)(env.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{
		QueueName: new("orders"), Attributes: map[string]string{"VisibilityTimeout": "60"},
	}))
	e, row := named(t, env.CloudTrail(), "CreateQueue")
	if e.EventTime == "" || e.EventID == "" || e.RequestID == "" || !strings.Contains(e.UserAgent, "aws-sdk-go-v2") {
		t.Errorf("%+v", e)
	}
	want := entry{
		EventVersion: "1.11", EventTime: e.EventTime, EventSource: "sqs.amazonaws.com", EventName: "CreateQueue", AWSRegion: testenv.Region,
		UserIdentity: map[string]any{
			"type": "Root", "principalId": testenv.Account, "arn": "arn:aws:iam::000000000000:root", "accountId": testenv.Account,
			"accessKeyId": e.UserIdentity["accessKeyId"],
		},
		SourceIPAddress: "127.0.0.1", UserAgent: e.UserAgent, RequestID: e.RequestID, EventID: e.EventID,
		RequestParameters: map[string]any{"queueName": "orders", "attributes": map[string]any{"VisibilityTimeout": "60"}},
		ResponseElements:  map[string]any{"queueUrl": *made.QueueUrl},
		EventType:         "AwsApiCall", ManagementEvent: true, RecipientAccountID: testenv.Account, EventCategory: "Management",
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if *row.EventId != e.EventID || *row.ReadOnly != "false" || *row.Username != "root" || *row.EventSource != e.EventSource || *row.AccessKeyId == "" {
		t.Errorf("row %+v", row)
	}
	if row.EventTime.UTC().Format(time.RFC3339) != e.EventTime {
		t.Errorf("at %v and %s", row.EventTime, e.EventTime)
	}
}

func TestAFailedCallTellsItsError(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	_, err := env.SQS().DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: new(env.URL() + "/000000000000/none")})
	if err == nil {
		t.Fatal("deleted")
	}
	e, _ := named(t, env.CloudTrail(), "DeleteQueue")
	if e.ErrorCode != "QueueDoesNotExist" || e.ErrorMessage != testenv.ErrorMessage(err) || e.ResponseElements != nil {
		t.Errorf("%+v, want %v", e, err)
	}
}

func TestACallThatIsNotWellFormedIsRecorded(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	c := env.CloudTrail()
	_, err := c.LookupEvents(t.Context(), &cloudtrail.LookupEventsInput{MaxResults: new(int32(99))})
	if err == nil {
		t.Fatal("accepted")
	}
	list := lookup(t, c, types.LookupAttributeKeyEventName, "LookupEvents")
	e := read(t, *list[len(list)-1].CloudTrailEvent)
	if e.ErrorCode != testenv.ErrorCode(err) || e.RequestParameters != nil {
		t.Errorf("%+v, want %v", e, err)
	}
}

func TestEventsAreFoundByEachAttribute(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	c := env.CloudTrail()
	must[*sqs.CreateQueueOutput](t)(env.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("orders")}))
	must[*sqs.ListQueuesOutput](t)(env.SQS().ListQueues(t.Context(), &sqs.ListQueuesInput{}))
	_, row := named(t, c, "CreateQueue")
	for key, value := range map[types.LookupAttributeKey]string{
		types.LookupAttributeKeyEventId: *row.EventId, types.LookupAttributeKeyReadOnly: "false", types.LookupAttributeKeyUsername: "root",
		types.LookupAttributeKeyResourceType: "AWS::SQS::Queue", types.LookupAttributeKeyResourceName: "orders",
		types.LookupAttributeKeyEventSource: "sqs.amazonaws.com", types.LookupAttributeKeyAccessKeyId: *row.AccessKeyId,
	} {
		found := false
		for _, e := range lookup(t, c, key, value) {
			found = found || *e.EventId == *row.EventId
		}
		if !found {
			t.Errorf("not found by %s %s", key, value)
		}
		if got := lookup(t, c, key, "none such"); len(got) != 0 {
			t.Errorf("%s: found %d by what is not there", key, len(got))
		}
	}
	if reads := lookup(t, c, types.LookupAttributeKeyReadOnly, "true"); len(reads) == 0 || read(t, *reads[len(reads)-1].CloudTrailEvent).ResponseElements != nil {
		t.Errorf("reads: %+v", reads)
	}
}

func TestLookupPagesFromTheNewest(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	c := env.CloudTrail()
	began := env.Now()
	for range 7 {
		must[*sqs.CreateQueueOutput](t)(env.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("q")}))
		env.Advance(time.Minute)
	}
	in := &cloudtrail.LookupEventsInput{
		MaxResults: new(int32(3)), StartTime: new(began.Add(30 * time.Second)), EndTime: new(began.Add(330 * time.Second)),
		LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: new("CreateQueue")}},
	}
	var pages []int
	last := env.Now()
	for p := cloudtrail.NewLookupEventsPaginator(c, in); p.HasMorePages(); {
		page := must[*cloudtrail.LookupEventsOutput](t)(p.NextPage(t.Context()))
		pages = append(pages, len(page.Events))
		for _, e := range page.Events {
			if e.EventTime.After(last) {
				t.Errorf("%v after %v", e.EventTime, last)
			}
			last = *e.EventTime
		}
	}
	if diff := cmp.Diff([]int{3, 2}, pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestLookupRefuses(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	c := env.CloudTrail()
	attribute := types.LookupAttribute{AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: new("x")}
	now := time.Now()
	tests := map[string]struct {
		in   cloudtrail.LookupEventsInput
		want string
	}{
		"two attributes": {cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{attribute, attribute}}, "InvalidLookupAttributesException"},
		"backwards":      {cloudtrail.LookupEventsInput{StartTime: &now, EndTime: new(now.Add(-time.Hour))}, "InvalidTimeRangeException"},
		"token":          {cloudtrail.LookupEventsInput{NextToken: new("x")}, "InvalidNextTokenException"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := c.LookupEvents(t.Context(), &tt.in); testenv.ErrorCode(err) != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

func TestEventsMoveIntoBlocks(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	const queues = 150
	for i := range queues {
		must[*sqs.CreateQueueOutput](t)(env.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new(fmt.Sprint("q", i))}))
	}
	if tasks(t, env.Store(), "cloudtrail.fold") == 0 {
		t.Error("nobody will fold")
	}
	env.Advance(2 * time.Second)
	testenv.Eventually(t, "most are in a block", func() bool { return kept(t, env.Store(), "b") > 0 && kept(t, env.Store(), "e") < 128 })
	c := env.CloudTrail()
	if n := len(lookup(t, c, types.LookupAttributeKeyEventName, "CreateQueue")); n != queues {
		t.Errorf("%d found by name", n)
	}
	all := lookup(t, c, types.LookupAttributeKeyResourceName, "q3")
	if len(all) != 1 {
		t.Fatalf("%d found by resource", len(all))
	}
	if same := lookup(t, c, types.LookupAttributeKeyEventId, *all[0].EventId); len(same) != 1 || *same[0].CloudTrailEvent != *all[0].CloudTrailEvent {
		t.Errorf("%d found by ID", len(same))
	}
	testenv.Eventually(t, "nobody folds any more", func() bool {
		env.Rest()
		env.Advance(10 * time.Second)
		return tasks(t, env.Store(), "cloudtrail.fold") == 0
	})
}

func TestEventsAreKeptForNinetyDays(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	c := env.CloudTrail()
	must[*sqs.CreateQueueOutput](t)(env.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("q")}))
	env.Advance(89 * 24 * time.Hour)
	if n := len(lookup(t, c, types.LookupAttributeKeyEventName, "CreateQueue")); n != 1 {
		t.Fatalf("%d after 89 days", n)
	}
	env.Advance(2 * 24 * time.Hour)
	if n := len(lookup(t, c, types.LookupAttributeKeyEventName, "CreateQueue")); n != 0 {
		t.Fatalf("%d after 91 days", n)
	}
	testenv.Eventually(t, "the rows are gone", func() bool { return ever(t, env.Store(), "CreateQueue") == 0 })
}

func TestSecretsAreHidden(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	c := env.CloudTrail()
	must[*ssm.PutParameterOutput](t)(env.SSM().PutParameter(t.Context(), &ssm.PutParameterInput{Name: new("/db/password"), Value: new("hunter2"), Type: ssmtypes.ParameterTypeSecureString}))
	must[*iam.CreateUserOutput](t)(env.IAM().CreateUser(t.Context(), &iam.CreateUserInput{UserName: new("ann")}))
	key := must[*iam.CreateAccessKeyOutput](t)(env.IAM().CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: new("ann")}))
	session := must[*sts.GetSessionTokenOutput](t)(env.STS().GetSessionToken(t.Context(), &sts.GetSessionTokenInput{}))
	for _, e := range lookup(t, c, "", "") {
		for _, secret := range []string{"hunter2", *key.AccessKey.SecretAccessKey, *session.Credentials.SecretAccessKey, *session.Credentials.SessionToken} {
			if strings.Contains(*e.CloudTrailEvent, secret) {
				t.Errorf("%s tells a secret: %s", *e.EventName, *e.CloudTrailEvent)
			}
		}
	}
	if e, _ := named(t, c, "PutParameter"); e.RequestParameters["value"] != "HIDDEN_DUE_TO_SECURITY_REASONS" || e.RequestParameters["name"] != "/db/password" {
		t.Errorf("%v", e.RequestParameters)
	}
	if e, _ := named(t, c, "GetSessionToken"); e.ResponseElements["credentials"].(map[string]any)["accessKeyId"] != *session.Credentials.AccessKeyId {
		t.Errorf("%v", e.ResponseElements)
	}
}

func TestWhoCalledIsTold(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole"}]}`
	role := must[*iam.CreateRoleOutput](t)(env.IAM().CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: new("clerk"), Path: new("/staff/"), AssumeRolePolicyDocument: &trust})).Role
	user := must[*iam.CreateUserOutput](t)(env.IAM().CreateUser(t.Context(), &iam.CreateUserInput{UserName: new("ann")})).User
	key := must[*iam.CreateAccessKeyOutput](t)(env.IAM().CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: new("ann")})).AccessKey
	session := must[*sts.AssumeRoleOutput](t)(env.STS().AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: role.Arn, RoleSessionName: new("till")}))
	call := func(accessKey, queue string) (entry, types.Event) {
		c := sqs.NewFromConfig(env.ConfigFor(accessKey, testenv.Region))
		must[*sqs.CreateQueueOutput](t)(c.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &queue}))
		list := lookup(t, env.CloudTrail(), types.LookupAttributeKeyResourceName, queue)
		return read(t, *list[0].CloudTrailEvent), list[0]
	}
	e, row := call(*key.AccessKeyId, "by-user")
	want := map[string]any{
		"type": "IAMUser", "principalId": *user.UserId, "arn": *user.Arn, "accountId": testenv.Account, "accessKeyId": *key.AccessKeyId, "userName": "ann",
	}
	if diff := cmp.Diff(want, e.UserIdentity); diff != "" || *row.Username != "ann" {
		t.Errorf("user %s (-want +got):\n%s", *row.Username, diff)
	}
	e, row = call(*session.Credentials.AccessKeyId, "by-role")
	attributes, _ := e.UserIdentity["sessionContext"].(map[string]any)["attributes"].(map[string]any)
	want = map[string]any{
		"type": "AssumedRole", "principalId": *role.RoleId + ":till", "arn": "arn:aws:sts::000000000000:assumed-role/clerk/till",
		"accountId": testenv.Account, "accessKeyId": *session.Credentials.AccessKeyId,
		"sessionContext": map[string]any{
			"sessionIssuer": map[string]any{"type": "Role", "principalId": *role.RoleId, "arn": *role.Arn, "accountId": testenv.Account, "userName": "clerk"},
			"attributes":    map[string]any{"mfaAuthenticated": "false", "creationDate": attributes["creationDate"]},
		},
	}
	if diff := cmp.Diff(want, e.UserIdentity); diff != "" || *row.Username != "till" || attributes["creationDate"] == nil {
		t.Errorf("role %s (-want +got):\n%s", *row.Username, diff)
	}
	if e, _ := named(t, env.CloudTrail(), "AssumeRole"); !e.ReadOnly || e.Resources[0]["ARN"] != *role.Arn || e.ResponseElements == nil {
		t.Errorf("%+v", e)
	}
}

func TestGlobalServicesAreRecordedInTheFirstRegion(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	far := env.ConfigFor(testenv.Account, "eu-west-1")
	must[*iam.CreateUserOutput](t)(iam.NewFromConfig(far).CreateUser(t.Context(), &iam.CreateUserInput{UserName: new("ann")}))
	must[*sqs.CreateQueueOutput](t)(sqs.NewFromConfig(far).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("far")}))
	if e, _ := named(t, env.CloudTrail(), "CreateUser"); e.AWSRegion != "us-east-1" {
		t.Errorf("in %s", e.AWSRegion)
	}
	if list := lookup(t, env.CloudTrail(), types.LookupAttributeKeyEventName, "CreateQueue"); len(list) != 0 {
		t.Errorf("another region's events: %d", len(list))
	}
	if e, _ := named(t, cloudtrail.NewFromConfig(far), "CreateQueue"); e.AWSRegion != "eu-west-1" {
		t.Errorf("in %s", e.AWSRegion)
	}
}

func TestNamesAreCloudTrails(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	c := env.S3()
	must[*s3.CreateBucketOutput](t)(c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: new("shop")}))
	must[*s3.DeletePublicAccessBlockOutput](t)(c.DeletePublicAccessBlock(t.Context(), &s3.DeletePublicAccessBlockInput{Bucket: new("shop")}))
	must[*s3.PutBucketPolicyOutput](t)(c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: new("shop"), Policy: new(policyFor("shop", ""))}))
	e, row := named(t, env.CloudTrail(), "DeleteBucketPublicAccessBlock")
	if e.RequestParameters["bucketName"] != "shop" || e.Resources[0]["ARN"] != "arn:aws:s3:::shop" || *row.Resources[0].ResourceName != "shop" || len(e.RequestID) != 16 {
		t.Errorf("%+v", e)
	}
	if e, _ := named(t, env.CloudTrail(), "PutBucketPolicy"); e.RequestParameters["bucketPolicy"].(map[string]any)["Version"] != "2012-10-17" {
		t.Errorf("%+v", e.RequestParameters)
	}
}
