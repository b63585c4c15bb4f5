package hostile_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	bus "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/pipes"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"golang.org/x/sync/errgroup"

	"maru.dev/maru/internal/testenv"
)

// role is whose name what works for a client works in.
const role = "arn:aws:iam::000000000000:role/r"

// TestHostileWorkEndsInALimit gives the server work that has no end by itself.
func TestHostileWorkEndsInALimit(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the whole program and gives it work without end")
	}
	p := testenv.Process(t)
	n := settle(t, p)
	t.Run("work", func(t *testing.T) {
		for name, work := range map[string]func(t *testing.T, p *testenv.Proc){
			"workflows":           workflows,
			"mapping templates":   mappings,
			"templates of stacks": growingStacks,
			"queries":             insights,
			"filters":             filters,
			"a bus into itself":   ownBus,
			"a pipe into itself":  ownQueue, // while there are parts without number
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				work(t, p)
			})
		}
	})
	n.leave(t, workCeiling)
}

// workflows runs workflows that would never end, or fan out without end. They
// fail, by the rules that say so.
func workflows(t *testing.T, p *testenv.Proc) {
	jsonata := func(expression string) string {
		return `{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","Output":` + jsonText("{% "+expression+" %}") + `,"End":true}}}`
	}
	pass := func(parameters string) string {
		return `{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"a.$":` + jsonText(parameters) + `},"End":true}}}`
	}
	fan := `{"Type":"Map","ItemsPath":"$","ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Map","ItemsPath":"$$.Execution.Input","ItemProcessor":{"StartAt":"C","States":{"C":{"Type":"Pass","End":true}}},"End":true}}},"End":true}`
	for name, w := range map[string]struct{ definition, failure string }{
		"goes round":             {`{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Choice","Choices":[{"Variable":"$[0]","IsPresent":true,"Next":"A"}],"Default":"C"},"C":{"Type":"Succeed"}}}`, "States.Runtime"},
		"fans out":               {`{"StartAt":"A","States":{"A":` + fan + `}}`, "States.Runtime"},
		"recurs":                 {jsonata("($f := function($x){$f($x + 1) + 1}; $f(1))"), "States.QueryEvaluationError"},
		"recurs at the tail":     {jsonata("($f := function($x){$f($x + 1)}; $f(1))"), "States.QueryEvaluationError"},
		"doubles a text":         {jsonata(`$reduce([1..1000], function($s, $i){$s & $s}, "xxxxxxxx")`), "States.QueryEvaluationError"},
		"holds itself":           {jsonata(`$reduce([1..100], function($s, $i){[[$s], [$s]]}, 1)`), "States.QueryEvaluationError"},
		"backtracks":             {jsonata(`$match($join($map([1..20000], function($i){"a"})), /(a*)*(a*)*b/)`), ""},
		"names its input often":  {pass("States.JsonToString(States.Array($" + strings.Repeat(",$", 50_000) + "))"), "States."},
		"looks through its tree": {pass("$" + strings.Repeat("..*", 12)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := p.SFN().CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
				Name: aws.String(strings.ReplaceAll(name, " ", "-")), Definition: &w.definition, RoleArn: aws.String(role),
			})
			if err != nil {
				t.Fatalf("%.500v", err)
			}
			input := "[" + strings.TrimSuffix(strings.Repeat(`{"a":[1]},`, 1000), ",") + "]"
			run, err := p.SFN().StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: m.StateMachineArn, Input: &input})
			if err != nil {
				t.Fatal(err)
			}
			testenv.Eventually(t, "the execution ends", func() bool {
				out, err := p.SFN().DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: run.ExecutionArn})
				if err != nil {
					t.Fatal(err)
				}
				if out.Status != "RUNNING" && w.failure != "" && !strings.HasPrefix(aws.ToString(out.Error), w.failure) {
					t.Errorf("%s %s: %.300s", out.Status, aws.ToString(out.Error), aws.ToString(out.Cause))
				}
				return out.Status != "RUNNING"
			})
		})
	}
}

// growing is an API whose methods answer by what is hostile in them.
func growing() string {
	methods := map[string]struct{ template, model string }{
		"loops":   {template: strings.Repeat("#foreach($i in [1..100000])", 8) + "x" + strings.Repeat("#end", 8)},
		"doubles": {template: `#set($s = "xxxxxxxx")#foreach($i in [1..1000])#set($s = "$s$s")#end$s`},
		"lists":   {template: `#set($l = [1])#foreach($i in [1..1000])#set($l = [$l, $l])#end$l`},
		"adds":    {template: `#set($l = [1])#foreach($i in [1..1000])#set($x = $l.addAll($l))#end$l.size()`},
		"itself":  {template: `#macro(m)#m()#end#m()`},
		"defines": {template: `#define($d)$d$d#end$d`},
		"again":   {template: `#set($e = '#evaluate($e)#evaluate($e)')#evaluate($e)`},
		"walks":   {template: `$input.path('$` + strings.Repeat("..*", 12) + `')`},
		"says":    {template: strings.Repeat("$input.body", 10_000)},
		"formats": {template: `$input.body.format("%1000000000d", 1)$input.body.replaceAll("", $input.body)`},
		"regexp":  {model: `{"type":"object","properties":{"a":{"type":"string","pattern":"^(a*)*(a|aa)+$"}}}`},
		"refers":  {model: `{"$ref":"#"}`},
		"twice":   {model: `{"type":"object","properties":{"k":{"allOf":[{"$ref":"#/definitions/twice"},{"$ref":"#/definitions/twice"}]}}}`},
		"large":   {model: `{"type":"object","properties":{"l":{"type":"array","items":{"multipleOf":3}}}}`},
		"unique":  {model: `{"type":"object","properties":{"l":{"type":"array","uniqueItems":true}}}`},
	}
	paths, models := map[string]any{}, map[string]any{}
	for name, m := range methods {
		template := `{"statusCode": 200}`
		method := map[string]any{"responses": map[string]any{"200": map[string]any{"description": "d"}}}
		if m.model != "" {
			models[name] = json.RawMessage(m.model)
			method["parameters"] = []any{map[string]any{"in": "body", "name": "b", "schema": map[string]any{"$ref": "#/definitions/" + name}}}
			method["x-amazon-apigateway-request-validator"] = "all"
		}
		answer := map[string]any{"statusCode": "200"}
		if m.template != "" {
			answer["responseTemplates"] = map[string]any{"application/json": m.template}
		}
		method["consumes"] = []any{"application/json"}
		method["x-amazon-apigateway-integration"] = map[string]any{
			"type": "mock", "requestTemplates": map[string]any{"application/json": template}, "responses": map[string]any{"default": answer},
		}
		paths["/"+name] = map[string]any{"post": method}
	}
	return jsonText(map[string]any{
		"swagger": "2.0", "info": map[string]any{"title": "growing", "version": "1"}, "paths": paths, "definitions": models,
		"x-amazon-apigateway-request-validators": map[string]any{"all": map[string]any{"validateRequestBody": true}},
	})
}

// mappings calls the methods of growing, with bodies that are made for them.
func mappings(t *testing.T, p *testenv.Proc) {
	api, err := p.APIGateway().ImportRestApi(t.Context(), &apigateway.ImportRestApiInput{Body: []byte(growing())})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.APIGateway().CreateDeployment(t.Context(), &apigateway.CreateDeploymentInput{RestApiId: api.Id, StageName: aws.String("s")}); err != nil {
		t.Fatal(err)
	}
	numbers := `{"l":[` + strings.TrimSuffix(numbered(200_000), ",") + "]}"
	list := `{"a":[` + strings.TrimSuffix(strings.Repeat(`{"b":[1]},`, 2000), ",") + "]}"
	for name, body := range map[string]string{
		"loops": "{}", "doubles": "{}", "lists": "{}", "adds": "{}", "itself": "{}", "defines": "{}", "again": "{}", "walks": list, "says": `"` + strings.Repeat("x", 1<<20) + `"`,
		"formats": `"` + strings.Repeat("x", 1<<20) + `"`, "regexp": `{"a":"` + strings.Repeat("a", 100_000) + `b"}`, "refers": "{}", "unique": numbers,
		"twice": strings.Repeat(`{"k":`, 60) + "1" + strings.Repeat("}", 60), "large": `{"l":[` + strings.Repeat("1e300000,", 10_000) + "1]}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document{target: "POST /restapis/" + *api.Id + "/s/_user_request_/" + name, header: map[string]string{"Content-Type": "application/json"}, body: body}.ends(t, p)
		})
	}
	t.Run("a bomb", func(t *testing.T) {
		t.Parallel()
		document{
			target: "POST /restapis/" + *api.Id + "/s/_user_request_/says", body: bomb(t, 1<<30),
			header: map[string]string{"Content-Type": "application/json", "Content-Encoding": "gzip"},
		}.ends(t, p)
	})
}

// numbered are numbers up to n, with commas.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d,", i)
	}
	return b.String()
}

// ends sends the document; any answer will do that comes, and is not larger than
// API Gateway's answers can be. A template's own fault is the API's, a 500.
func (d document) ends(t *testing.T, p *testenv.Proc) {
	t.Helper()
	got := d.ask(t, p)
	if len(got.Body) > 11<<20 {
		t.Errorf("%d: %d bytes", got.Status, len(got.Body))
	}
	t.Logf("%d, %d bytes", got.Status, len(got.Body))
}

// growingStacks makes stacks whose templates grow when they are evaluated.
func growingStacks(t *testing.T, p *testenv.Proc) {
	sub := `"x"`
	for range 60 {
		sub = `{"Fn::Sub":["${a}${a}",{"a":` + sub + `}]}`
	}
	queue := func(name string) string {
		return `"Resources":{"Q":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":` + name + `}}}`
	}
	loops := `{"Q${A}":{"Type":"AWS::SQS::Queue"}}`
	for n := range 5 {
		loops = fmt.Sprintf(`{"Fn::ForEach::L%d":["%c",[%s],%s]}`, n, 'A'+n, strings.TrimSuffix(strings.Repeat(`"aaaaaaaaaa",`, 200), ","), loops)
	}
	for name, body := range map[string]string{
		"a text":      "{" + queue(sub) + "}",
		"a condition": `{"Conditions":{"C":{"Fn::Equals":[` + sub + `,"y"]}},` + queue(`"q"`) + "}",
		"an output":   `{"Outputs":{"O":{"Value":` + sub + `}},` + queue(`"growing-output"`) + "}",
		"loops":       `{"Transform":"AWS::LanguageExtensions","Resources":` + loops + `}`,
		"a function":  `{"Transform":"AWS::Serverless-2016-10-31",` + strings.Replace(queue(sub), "SQS::Queue", "Serverless::SimpleTable", 1) + "}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stack := "growing-" + strings.ReplaceAll(name, " ", "-")
			_, err := p.CloudFormation().CreateStack(t.Context(), &cloudformation.CreateStackInput{
				StackName: &stack, TemplateBody: &body, Capabilities: []cfn.Capability{cfn.CapabilityCapabilityAutoExpand},
			})
			if err != nil {
				if testenv.ErrorCode(err) != "ValidationError" {
					t.Error(err)
				}
				return
			}
			testenv.Eventually(t, "the stack is rolled back", func() bool {
				out, err := p.CloudFormation().DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: &stack})
				return err == nil && (out.Stacks[0].StackStatus == cfn.StackStatusRollbackComplete || out.Stacks[0].StackStatus == cfn.StackStatusRollbackFailed)
			})
		})
	}
}

// ownBus has a rule send what its bus gets to that bus. What came from a bus goes
// to no other, so there are two events in the end.
func ownBus(t *testing.T, p *testenv.Proc) {
	queue, err := p.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("own-bus")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.EventBridge().PutRule(t.Context(), &eventbridge.PutRuleInput{Name: aws.String("own"), EventPattern: aws.String(`{"source":["loop"]}`)}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.EventBridge().PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: aws.String("own"), Targets: []bus.Target{
		{Id: aws.String("bus"), Arn: aws.String("arn:aws:events:us-east-1:000000000000:event-bus/default"), RoleArn: aws.String(role)},
		{Id: aws.String("queue"), Arn: aws.String("arn:aws:sqs:us-east-1:000000000000:own-bus")},
	}}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.EventBridge().PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []bus.PutEventsRequestEntry{
		{Source: aws.String("loop"), DetailType: aws.String("d"), Detail: aws.String("{}")},
	}}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		out, err := p.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl, WaitTimeSeconds: 20})
		if err != nil || len(out.Messages) == 0 {
			t.Fatalf("%v, %v", out, err)
		}
	}
	if out, err := p.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl, WaitTimeSeconds: 2}); err != nil || len(out.Messages) > 0 {
		t.Errorf("the event goes round: %v, %v", out, err)
	}
}

// ownQueue has a pipe carry what is in a queue to that queue, for as long as the
// other attacks last: AWS lets it go round. It can be stopped.
func ownQueue(t *testing.T, p *testenv.Proc) {
	queue, err := p.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("own-queue")})
	if err != nil {
		t.Fatal(err)
	}
	arn := aws.String("arn:aws:sqs:us-east-1:000000000000:own-queue")
	if _, err := p.Pipes().CreatePipe(t.Context(), &pipes.CreatePipeInput{Name: aws.String("own"), Source: arn, Target: arn, RoleArn: aws.String(role)}); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := p.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: queue.QueueUrl, MessageBody: aws.String("round")}); err != nil {
			t.Fatal(err)
		}
	}
	tinyParts(t, p)
	if _, err := p.Pipes().DeletePipe(t.Context(), &pipes.DeletePipeInput{Name: aws.String("own")}); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the pipe is gone", func() bool {
		_, err := p.Pipes().DescribePipe(t.Context(), &pipes.DescribePipeInput{Name: aws.String("own")})
		return testenv.ErrorCode(err) == "NotFoundException"
	})
}

// tinyParts uploads all the parts that an object may have, and one more, each of a
// byte. Only the last part may be so small.
func tinyParts(t *testing.T, p *testenv.Proc) {
	bucket := "parts-" + strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()[len(t.Name())-6:]))
	if _, err := p.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	upload, err := p.S3().CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	const most = 10_000
	parts := make([]types.CompletedPart, most)
	put := func(n int32) (*s3.UploadPartOutput, error) {
		return p.S3().UploadPart(t.Context(), &s3.UploadPartInput{Bucket: &bucket, Key: aws.String("k"), UploadId: upload.UploadId, PartNumber: &n, Body: bytes.NewReader([]byte("x"))})
	}
	var group errgroup.Group
	var last atomic.Int32
	for range 32 {
		group.Go(func() error {
			for n := last.Add(1); n <= most; n = last.Add(1) {
				out, err := put(n)
				if err != nil {
					return err
				}
				parts[n-1] = types.CompletedPart{PartNumber: &n, ETag: out.ETag}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := put(most + 1); testenv.ErrorCode(err) != "InvalidArgument" {
		t.Errorf("one part more: %v", err)
	}
	_, err = p.S3().CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: &bucket, Key: aws.String("k"), UploadId: upload.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	if testenv.ErrorCode(err) != "EntityTooSmall" {
		t.Errorf("completed: %v", err)
	}
	if _, err := p.S3().AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: &bucket, Key: aws.String("k"), UploadId: upload.UploadId}); err != nil {
		t.Error(err)
	}
}
