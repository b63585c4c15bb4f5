package asl

import (
	"strings"

	"maru.dev/maru/pattern/value"
)

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
	r, ok := parseResource(arn)
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

// parseResource takes a resource ARN apart; ok tells whether it leads to anything.
func parseResource(arn string) (r Resource, ok bool) {
	r.ARN = arn
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[1] != "aws" && !strings.HasPrefix(parts[1], "aws-") {
		return r, false
	}
	owned := parts[3] != "" && len(parts[4]) == 12 && made(parts[4], "")
	name, isFunction := strings.CutPrefix(parts[5], "function:")
	if parts[2] == "lambda" {
		name, version, versioned := strings.Cut(name, ":")
		return r, owned && isFunction && wordOf(name, "-_") && (!versioned || wordOf(version, "-_$"))
	}
	if parts[2] != "states" {
		return r, false
	}
	if name, ok := strings.CutPrefix(parts[5], "activity:"); ok {
		r.Kind = Activity
		return r, owned && name != "" && !strings.ContainsAny(name, ": \t\n")
	}
	return r.integration(parts[5])
}

// integration takes the rest of a service integration's ARN apart.
func (r Resource) integration(rest string) (Resource, bool) {
	rest, sdk := strings.CutPrefix(rest, "aws-sdk:")
	service, action, ok := strings.Cut(rest, ":")
	action, pattern, patterned := strings.Cut(action, ".")
	r.Kind = OptimizedService
	if sdk {
		r.Kind = SDKService
	}
	r.Service, r.Action, r.Pattern = service, action, Pattern(pattern)
	if !ok || !wordOf(service, "-") || !wordOf(action, "") || patterned && pattern == "" {
		return r, false
	}
	if sdk {
		lower := action[0] >= 'a' && action[0] <= 'z'
		return r, lower && (r.Pattern == RequestResponse || r.Pattern == WaitForTaskToken)
	}
	letter := ""
	switch r.Pattern {
	case RequestResponse:
		letter = "r"
	case Sync:
		letter = "s"
	case Sync2:
		letter = "2"
	case WaitForTaskToken:
		letter = "t"
	}
	return r, letter != "" && strings.Contains(patternsOf(service, action), letter)
}

// made tells whether a text is of digits and the other characters alone.
func made(s, others string) bool {
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && strings.IndexByte(others, s[i]) < 0 {
			return false
		}
	}
	return true
}

// wordOf tells whether a text is of letters, digits and the other characters,
// and not empty.
func wordOf(s, others string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return s != "" && made(s, letters+others)
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
