package deploy_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// Parameters that name stored ones, and dynamic references, take their values
// from Parameter Store.
func TestValuesFromParameterStore(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for name, value := range map[string]string{"/shop/delay": "7", "/shop/names": "a,b"} {
		kind := ssmtypes.ParameterTypeString
		if strings.Contains(value, ",") {
			kind = ssmtypes.ParameterTypeStringList
		}
		if _, err := env.SSM().PutParameter(t.Context(), &ssm.PutParameterInput{Name: &name, Value: &value, Type: kind}); err != nil {
			t.Fatal(err)
		}
	}
	const body = `
Parameters:
  Delay: {Type: AWS::SSM::Parameter::Value<String>, Default: /shop/delay}
  Names: {Type: "AWS::SSM::Parameter::Value<List<String>>", Default: /shop/names}
Resources:
  Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay, QueueName: !Sub ["${N}-x", {N: !Select [1, !Ref Names]}], ReceiveMessageWaitTimeSeconds: "{{resolve:ssm:/shop/delay}}"}}
  P: {Type: AWS::SSM::Parameter, Properties: {Name: /shop/url, Type: String, Value: !Ref Q, Tags: {a: b}}}
Outputs: {V: {Value: !GetAtt P.Value}}`
	st := stacked(t, env, "s", body, types.StackStatusCreateComplete)
	if len(st.Parameters) != 2 || aws.ToString(st.Parameters[0].ResolvedValue) != "7" || aws.ToString(st.Parameters[0].ParameterValue) != "/shop/delay" {
		t.Errorf("parameters %+v", st.Parameters)
	}
	url := output(st, "V")
	attrs, err := env.SQS().GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{"All"}})
	if err != nil {
		t.Fatal(err)
	}
	if attrs.Attributes["DelaySeconds"] != "7" || attrs.Attributes["ReceiveMessageWaitTimeSeconds"] != "7" || !strings.HasSuffix(url, "/b-x") {
		t.Errorf("queue %s: %v", url, attrs.Attributes)
	}
	_, err = env.CloudFormation().CreateStack(t.Context(), &cfn.CreateStackInput{
		StackName: aws.String("t"), TemplateBody: aws.String(body), Parameters: []types.Parameter{{ParameterKey: aws.String("Delay"), ParameterValue: aws.String("/none")}},
	})
	if err == nil || !strings.Contains(err.Error(), "Parameters: [ssm:/none] cannot be found.") {
		t.Errorf("error %v", err)
	}
}

// A template that is too large for a request comes from S3, by any address.
func TestTemplateFromS3(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	if _, err := env.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("templates")}); err != nil {
		t.Fatal(err)
	}
	body := "Resources: {Q: {Type: AWS::SQS::Queue}}\n" + strings.Repeat("# long\n", 10000)
	if _, err := env.S3().PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("templates"), Key: aws.String("a/t.yaml"), Body: strings.NewReader(body)}); err != nil {
		t.Fatal(err)
	}
	for i, address := range []string{
		"https://s3.amazonaws.com/templates/a/t.yaml", "https://templates.s3.us-east-1.amazonaws.com/a/t.yaml", "s3://templates/a/t.yaml",
		env.URL() + "/templates/a/t.yaml", "http://templates.s3.localhost:4566/a/t.yaml",
	} {
		name := "s" + string(rune('a'+i))
		if _, err := env.CloudFormation().CreateStack(t.Context(), &cfn.CreateStackInput{StackName: &name, TemplateURL: &address}); err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if st := settled(t, env, name); st.StackStatus != types.StackStatusCreateComplete {
			t.Errorf("%s: %s", address, st.StackStatus)
		}
	}
	_, err := env.CloudFormation().CreateStack(t.Context(), &cfn.CreateStackInput{StackName: aws.String("x"), TemplateURL: aws.String("s3://templates/none")})
	if err == nil || !strings.Contains(err.Error(), "S3 error: ") {
		t.Errorf("error %v", err)
	}
}

func TestMailTypes(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	const body = `
Resources:
  Sender: {Type: AWS::SES::EmailIdentity, Properties: {EmailIdentity: shop@example.com}}
  Welcome: {Type: AWS::SES::Template, Properties: {Template: {SubjectPart: WORD, TextPart: "Hello {{name}}"}}}
Outputs: {Name: {Value: !Ref Welcome}, Sender: {Value: !Ref Sender}}`
	st := stacked(t, env, "mail", strings.Replace(body, "WORD", "Hi", 1), types.StackStatusCreateComplete)
	if output(st, "Sender") != "shop@example.com" || !strings.HasPrefix(output(st, "Name"), "mail-Welcome-") {
		t.Errorf("outputs %+v", st.Outputs)
	}
	if _, err := env.CloudFormation().UpdateStack(t.Context(), &cfn.UpdateStackInput{StackName: aws.String("mail"), TemplateBody: aws.String(strings.Replace(body, "WORD", "Ho", 1))}); err != nil {
		t.Fatal(err)
	}
	if st = settled(t, env, "mail"); st.StackStatus != types.StackStatusUpdateComplete {
		t.Errorf("%s\n%s", st.StackStatus, events(t, env, "mail"))
	}
	if _, err := env.CloudFormation().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("mail")}); err != nil {
		t.Fatal(err)
	}
	if st = settled(t, env, *st.StackId); st.StackStatus != types.StackStatusDeleteComplete {
		t.Errorf("%s\n%s", st.StackStatus, events(t, env, *st.StackId))
	}
}

// A stack tells its topics what happens to it.
func TestNotifications(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := stacked(t, env, "ears", `
Resources:
  Topic: {Type: AWS::SNS::Topic}
  Queue: {Type: AWS::SQS::Queue}
  Policy: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Queue], PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: "*", Action: "sqs:*", Resource: "*"}]}}}
  Subscription: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Queue.Arn, RawMessageDelivery: true}}
Outputs: {Topic: {Value: !Ref Topic}, Queue: {Value: !Ref Queue}}`, types.StackStatusCreateComplete)
	_, err := env.CloudFormation().CreateStack(t.Context(), &cfn.CreateStackInput{
		StackName: aws.String("loud"), TemplateBody: aws.String("Resources: {Q: {Type: AWS::SQS::Queue}}"), NotificationARNs: []string{output(st, "Topic")},
	})
	if err != nil {
		t.Fatal(err)
	}
	url, heard := output(st, "Queue"), ""
	for range 20 {
		out, err := env.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 1, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Messages {
			heard += *m.Body
		}
		if strings.Count(heard, "StackId='") >= 5 {
			break
		}
	}
	for _, part := range []string{"LogicalResourceId='Q'\n", "ResourceStatus='CREATE_COMPLETE'\n", "StackName='loud'\n", "ResourceType='AWS::CloudFormation::Stack'\n"} {
		if !strings.Contains(heard, part) {
			t.Errorf("nothing was heard of %q in\n%s", part, heard)
		}
	}
}
