package sam

import (
	"encoding/json"
	"maps"
	"strconv"
)

// number is a whole number as part of a tree.
func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }

// ruleEvent makes a rule that calls the function or starts the state machine:
// by schedule or by pattern.
func (t *transform) ruleEvent(f *invoker, e *event) {
	props := map[string]any{}
	if e.kind == "Schedule" {
		if !t.need(e, "Schedule") {
			return
		}
		props["ScheduleExpression"] = e.props["Schedule"]
		maps.Copy(props, pick(e.props, "Name", "Description", "State"))
		if enabled, ok := e.props["Enabled"]; ok {
			props["State"] = "ENABLED"
			if enabled == false || enabled == "false" {
				props["State"] = "DISABLED"
			}
		}
	} else {
		if !t.need(e, "Pattern") {
			return
		}
		props["EventPattern"] = e.props["Pattern"]
		maps.Copy(props, pick(e.props, "EventBusName", "State"))
		if n, ok := e.props["RuleName"]; ok {
			props["Name"] = n
		}
	}
	target := pick(e.props, "Input", "InputPath", "InputTransformer", "RetryPolicy")
	target["Arn"] = f.arn()
	target["Id"] = e.id + "LambdaTarget"
	if f.machine {
		target["Id"] = e.id + "StepFunctionsTarget"
	}
	if own := asMap(e.props["Target"]); own["Id"] != nil {
		target["Id"] = own["Id"]
	}
	if !t.targetDeadLetters(f, e, target) {
		return
	}
	if f.machine {
		target["RoleArn"] = t.starter(f, e, "events.amazonaws.com", e.id+"Role")
	}
	props["Targets"] = []any{target}
	t.emit(f.source, e.id, "AWS::Events::Rule", props)
	if f.machine {
		return
	}
	t.permission(f, e.id+"Permission", "events.amazonaws.com", map[string]any{"SourceArn": getAtt(e.id, "Arn")})
}

// targetDeadLetters sets where a rule's target sends what it cannot deliver: a
// queue that is given, or one that is made.
func (t *transform) targetDeadLetters(f *invoker, e *event, target map[string]any) bool {
	config := asMap(e.props["DeadLetterConfig"])
	if config == nil {
		return true
	}
	arn := config["Arn"]
	if arn == nil {
		if kind, _ := t.text(config["Type"]); kind != "SQS" {
			t.failEvent(f, e, "No 'Arn' or 'Type' property provided for DeadLetterConfig")
			return false
		}
		id := e.id + "Queue"
		if over, ok := config["QueueLogicalId"].(string); ok {
			id = over
		}
		t.emit(f.source, id, "AWS::SQS::Queue", map[string]any{})
		arn = getAtt(id, "Arn")
		t.queuePolicy(f, nil, id+"Policy", arn, ref(id), map[string]any{"Service": "events.amazonaws.com"}, getAtt(e.id, "Arn"))
	}
	target["DeadLetterConfig"] = map[string]any{"Arn": arn}
	return true
}

// scheduleEvent makes a schedule of the scheduler, with the role it acts in.
func (t *transform) scheduleEvent(f *invoker, e *event) {
	if !t.need(e, "ScheduleExpression") {
		return
	}
	props := pick(e.props, "ScheduleExpression", "FlexibleTimeWindow", "Name", "State", "Description", "StartDate", "EndDate",
		"ScheduleExpressionTimezone", "GroupName", "KmsKeyArn")
	if props["FlexibleTimeWindow"] == nil {
		props["FlexibleTimeWindow"] = map[string]any{"Mode": "OFF"}
	}
	if props["Name"] == nil && e.props["OmitName"] != true {
		props["Name"] = e.id
	}
	target := pick(e.props, "Input", "RetryPolicy")
	target["Arn"] = f.arn()
	var more []any // policies of the role
	if config := asMap(e.props["DeadLetterConfig"]); config != nil {
		arn, ok := t.scheduleDeadLetters(f, e, config)
		if !ok {
			return
		}
		target["DeadLetterConfig"] = map[string]any{"Arn": arn}
		more = append(more, policy(e.id+"SQSPolicy", allow("sqs:SendMessage", arn)))
	}
	target["RoleArn"] = t.scheduleRole(f, e, more)
	props["Target"] = target
	t.emit(f.source, e.id, "AWS::Scheduler::Schedule", props)
}

// scheduleRole is the ARN of the role that a schedule acts in: one that is
// given, or one that is made.
func (t *transform) scheduleRole(f *invoker, e *event, more []any) any {
	if f.machine {
		return t.starter(f, e, "scheduler.amazonaws.com", e.id, more...)
	}
	if role, ok := e.props["RoleArn"]; ok {
		return role
	}
	id := e.id + "Role"
	role := map[string]any{
		"AssumeRolePolicyDocument": assumedBy("scheduler.amazonaws.com"),
		"Policies":                 append([]any{policy(e.id+"LambdaPolicy", allow("lambda:InvokeFunction", f.arn()))}, more...),
	}
	if b, ok := e.props["PermissionsBoundary"]; ok {
		role["PermissionsBoundary"] = b
	}
	t.emit(f.source, id, "AWS::IAM::Role", role)
	return getAtt(id, "Arn")
}

// scheduleDeadLetters is the ARN of the queue for what a schedule cannot
// deliver: one that is given, or one that is made.
func (t *transform) scheduleDeadLetters(f *invoker, e *event, config map[string]any) (arn any, ok bool) {
	if config["Arn"] != nil {
		return config["Arn"], true
	}
	if kind, _ := t.text(config["Type"]); kind != "SQS" {
		t.failEvent(f, e, "No 'Arn' or 'Type' property provided for DeadLetterConfig")
		return nil, false
	}
	id := e.id + "Queue"
	if over, ok := config["QueueLogicalId"].(string); ok {
		id = over
	}
	t.emit(f.source, id, "AWS::SQS::Queue", map[string]any{})
	return getAtt(id, "Arn"), true
}
