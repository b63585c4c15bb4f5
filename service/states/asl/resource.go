package asl

import (
	"regexp"
	"strings"

	"maru.dev/maru/service/states/value"
)

// Resource ARNs by what they lead to.
const (
	arnPrefix   = `^arn:aws(?:-[a-z]+)*:`
	arnFunction = arnPrefix + `lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+(?::[$A-Za-z0-9_-]+)?$`
	arnActivity = arnPrefix + `states:[a-z0-9-]+:\d{12}:activity:[^\s:]+$`
	arnService  = arnPrefix + `states:[a-z0-9-]*:(?:\d{12})?:(aws-sdk:)?([a-z0-9-]+):([A-Za-z0-9]+)(?:\.(sync:2|sync|waitForTaskToken))?$`
)

// resourcePatterns are compiled once for a definition's parser.
type resourcePatterns struct{ function, activity, service *regexp.Regexp }

// newResourcePatterns compiles the patterns.
func newResourcePatterns() *resourcePatterns {
	return &resourcePatterns{regexp.MustCompile(arnFunction), regexp.MustCompile(arnActivity), regexp.MustCompile(arnService)}
}

// patternsOf tells which integration patterns an optimised integration has, as a
// string of r (request response), s (.sync), 2 (.sync:2) and t (task token); "*"
// is an action of any name. "" is that there is no such integration.
func patternsOf(service, action string) string {
	switch service + ":" + action {
	case "lambda:invoke", "sqs:sendMessage", "sns:publish", "events:putEvents", "apigateway:invoke":
		return "rt"
	case "states:startExecution":
		return "rs2t"
	case "http:invoke":
		return "r"
	case "ecs:runTask":
		return "rst"
	case "dynamodb:getItem", "dynamodb:putItem", "dynamodb:deleteItem", "dynamodb:updateItem":
		return "r"
	case "batch:submitJob", "glue:startJobRun", "codebuild:startBuild", "codebuild:startBuildBatch",
		"databrew:startJobRun", "athena:startQueryExecution", "mediaconvert:createJob":
		return "rs"
	case "bedrock:invokeModel":
		return "rt"
	case "bedrock:createModelCustomizationJob":
		return "rs"
	}
	switch service {
	case "athena", "codebuild", "glue", "batch":
		return "r"
	case "elasticmapreduce", "emr-containers", "emr-serverless", "sagemaker":
		return "rs"
	case "eks":
		return "rst"
	}
	return ""
}

// resource takes a task's Resource apart and checks that it leads somewhere.
func (c *compiler) resource(o object) Resource {
	arn := c.text(o, "Resource")
	if _, ok := o.Get("Resource"); !ok {
		return Resource{}
	}
	at := o.at + "/Resource"
	r, ok := c.parseResource(arn)
	switch {
	case !strings.HasPrefix(arn, "arn:"):
		c.fail(at, "Value is not a valid resource ARN")
	case !ok:
		c.fail(at, "The resource provided %s is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.", arn)
	case c.express && r.Kind == Activity:
		c.fail(at, "Express state machine does not support Activity ARN")
	case c.express && r.Pattern != RequestResponse:
		c.fail(at, "Express state machine does not support '.%s' service integration ", strings.TrimSuffix(string(r.Pattern), ":2"))
	}
	return r
}

// parseResource takes a resource ARN apart.
func (c *compiler) parseResource(arn string) (Resource, bool) {
	r := Resource{ARN: arn}
	if c.patterns == nil {
		c.patterns = newResourcePatterns()
	}
	if c.patterns.function.MatchString(arn) {
		return r, true
	}
	if c.patterns.activity.MatchString(arn) {
		r.Kind = Activity
		return r, true
	}
	parts := c.patterns.service.FindStringSubmatch(arn)
	if parts == nil {
		return r, false
	}
	r.Service, r.Action, r.Pattern = parts[2], parts[3], Pattern(parts[4])
	if parts[1] != "" {
		r.Kind = SDKService
		lower := r.Action[0] >= 'a' && r.Action[0] <= 'z'
		return r, lower && (r.Pattern == RequestResponse || r.Pattern == WaitForTaskToken)
	}
	r.Kind = OptimizedService
	letter := map[Pattern]string{RequestResponse: "r", Sync: "s", Sync2: "2", WaitForTaskToken: "t"}[r.Pattern]
	return r, strings.Contains(patternsOf(r.Service, r.Action), letter)
}

// neededArguments are the arguments without which an optimised integration is
// refused; of names joined by | one is enough.
func neededArguments(service, action string) []string {
	switch service + ":" + action {
	case "lambda:invoke":
		return []string{"FunctionName"}
	case "sqs:sendMessage":
		return []string{"QueueUrl", "MessageBody"}
	case "sns:publish":
		return []string{"Message"}
	case "states:startExecution":
		return []string{"StateMachineArn"}
	case "dynamodb:putItem":
		return []string{"TableName", "Item"}
	case "dynamodb:getItem", "dynamodb:deleteItem", "dynamodb:updateItem":
		return []string{"TableName", "Key"}
	case "events:putEvents":
		return []string{"Entries"}
	case "apigateway:invoke":
		return []string{"ApiEndpoint", "Method"}
	case "http:invoke":
		return []string{"ApiEndpoint", "Method", "Authentication|InvocationConfig"}
	}
	return nil
}

// taskArguments checks that an optimised integration gets what it needs.
func (c *compiler) taskArguments(o object) {
	r := c.state.Task.Resource
	if r.Kind != OptimizedService {
		return
	}
	field := "Parameters"
	if c.language == JSONata {
		field = "Arguments"
	}
	v, given := o.Get(field)
	args, isObject := v.(*value.Object)
	if given && !isObject {
		return // an expression, or a fault that was told
	}
	for _, names := range neededArguments(r.Service, r.Action) {
		found := false
		for name := range strings.SplitSeq(names, "|") {
			_, plain := args.Get(name)
			_, dynamic := args.Get(name + ".$")
			found = found || plain || dynamic && c.language == JSONPath
		}
		if !found {
			c.fail(o.at+"/"+field, "The field '%s' is required but was missing", strings.Split(names, "|")[0])
		}
	}
}
