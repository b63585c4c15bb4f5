package resource

import (
	"context"
	"fmt"
	"strings"
)

// ruleSettings are the properties that PutRule takes.
var ruleSettings = []string{"Description", "EventPattern", "RoleArn", "ScheduleExpression", "State"}

// eventsRule is AWS::Events::Rule.
func eventsRule() *Type {
	return &Type{
		Name:       "AWS::Events::Rule",
		Properties: "Description EventBusName! EventPattern Name! RoleArn ScheduleExpression State Tags Targets",
		Attributes: "Arn",
		Create:     createRule, Update: updateRule,
		Delete: func(ctx context.Context, r *Request) error {
			if err := forget(r.removeTargets(ctx, r.Props["Targets"])); err != nil {
				return err
			}
			_, err := r.do(ctx, "events", "DeleteRule", r.ruleRef("Name"))
			return forget(err)
		},
	}
}

// busName is the name of the bus that a rule belongs to, which may be given by
// its ARN.
func (r *Request) busName() string {
	name := r.str("EventBusName")
	if i := strings.LastIndexByte(name, '/'); strings.HasPrefix(name, "arn:") && i >= 0 {
		name = name[i+1:]
	}
	if name == "" {
		return "default"
	}
	return name
}

// ruleRef names the rule for an operation that calls it by member.
func (r *Request) ruleRef(member string) obj {
	name := r.ID[strings.IndexByte(r.ID, '|')+1:]
	in := obj{member: name}
	if bus := r.Props["EventBusName"]; bus != nil {
		in["EventBusName"] = bus
	}
	return in
}

// rule is what a template sees of a rule: those of buses other than the default
// one have the bus in their id and ARN.
func (r *Request) rule() Result {
	name := r.ID[strings.IndexByte(r.ID, '|')+1:]
	if bus := r.busName(); bus != "default" {
		return Result{ID: bus + "|" + name, Attributes: obj{"Arn": r.arn("events", "rule/"+bus+"/"+name)}}
	}
	return Result{ID: name, Attributes: obj{"Arn": r.arn("events", "rule/"+name)}}
}

// createRule makes the rule and its targets. EventBridge overwrites a rule, so
// whether there is one is asked first.
func createRule(ctx context.Context, r *Request) (Result, error) {
	r.ID = r.name("Name", naming{max: 64})
	if r.Props["Name"] != nil && !r.Repeat {
		if _, err := r.do(ctx, "events", "DescribeRule", r.ruleRef("Name")); err == nil {
			return Result{}, alreadyExists(r.ID)
		}
	}
	in := r.ruleRef("Name")
	for k, v := range pick(r.Props, ruleSettings...) {
		in[k] = v
	}
	if tags := r.allTags(); len(tags) > 0 {
		in["Tags"] = tagList(tags)
	}
	if _, err := r.do(ctx, "events", "PutRule", in); err != nil {
		return Result{}, err
	}
	out := r.rule()
	return out, r.putTargets(ctx)
}

// updateRule sets the rule anew, and the targets that it has now.
func updateRule(ctx context.Context, r *Request) (Result, error) {
	in := r.ruleRef("Name")
	for k, v := range pick(r.Props, ruleSettings...) {
		in[k] = v
	}
	if _, err := r.do(ctx, "events", "PutRule", in); err != nil {
		return Result{}, err
	}
	kept := map[string]bool{}
	for _, t := range list(r.Props["Targets"]) {
		kept[text(at(t, "Id"))] = true
	}
	var dropped []any
	for _, t := range list(r.Old["Targets"]) {
		if !kept[text(at(t, "Id"))] {
			dropped = append(dropped, t)
		}
	}
	if err := r.removeTargets(ctx, dropped); err != nil {
		return Result{}, err
	}
	if r.changed("Targets") {
		if err := r.putTargets(ctx); err != nil {
			return Result{}, err
		}
	}
	out := r.rule()
	return out, r.tagEvents(ctx, text(out.Attributes["Arn"]))
}

// putTargets sets the rule's targets.
func (r *Request) putTargets(ctx context.Context) error {
	targets := list(r.Props["Targets"])
	if len(targets) == 0 {
		return nil
	}
	in := r.ruleRef("Rule")
	in["Targets"] = targets
	out, err := r.do(ctx, "events", "PutTargets", in)
	if err != nil {
		return err
	}
	for _, f := range list(out["FailedEntries"]) {
		return fmt.Errorf("Resource handler returned message: %q", fmt.Sprintf("Target %s: %s: %s",
			text(at(f, "TargetId")), text(at(f, "ErrorCode")), text(at(f, "ErrorMessage"))))
	}
	return nil
}

// removeTargets takes targets off the rule.
func (r *Request) removeTargets(ctx context.Context, targets any) error {
	var targetIDs []any
	for _, t := range list(targets) {
		targetIDs = append(targetIDs, at(t, "Id"))
	}
	if len(targetIDs) == 0 {
		return nil
	}
	in := r.ruleRef("Rule")
	in["Ids"] = targetIDs
	_, err := r.do(ctx, "events", "RemoveTargets", in)
	return err
}
