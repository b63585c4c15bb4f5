package resource

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// eventsBus is AWS::Events::EventBus.
func eventsBus() *Type {
	settings := []string{"DeadLetterConfig", "Description", "KmsKeyIdentifier", "LogConfig"}
	return &Type{
		Name:       "AWS::Events::EventBus",
		Properties: "DeadLetterConfig Description EventSourceName! KmsKeyIdentifier LogConfig Name!* Policy Tags",
		Attributes: "Arn Name Policy",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			in := pick(r.Props, append(settings, "Name", "EventSourceName")...)
			if tags := r.allTags(); len(tags) > 0 {
				in["Tags"] = tagList(tags)
			}
			if _, err := r.do(ctx, "events", "CreateEventBus", in); r.adopt(err) != nil {
				return Result{}, err
			}
			r.ID = r.str("Name")
			return r.bus(), r.busPolicy(ctx)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			if r.changed(settings...) {
				in := pick(r.Props, settings...)
				in["Name"] = r.ID
				if _, err := r.do(ctx, "events", "UpdateEventBus", in); err != nil {
					return Result{}, err
				}
			}
			if err := r.busPolicy(ctx); err != nil {
				return Result{}, err
			}
			return r.bus(), r.tagEvents(ctx, r.arn("events", "event-bus/"+r.ID))
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "events", "DeleteEventBus", obj{"Name": r.ID})
			return forget(err)
		},
	}
}

// bus is what a template sees of an event bus.
func (r *Request) bus() Result {
	attributes := obj{"Arn": r.arn("events", "event-bus/"+r.ID), "Name": r.ID}
	if p := r.Props["Policy"]; p != nil {
		attributes["Policy"] = document(p)
	}
	return Result{ID: r.ID, Attributes: attributes}
}

// busPolicy sets the policy that is a property of a bus.
func (r *Request) busPolicy(ctx context.Context) error {
	if !r.changed("Policy") {
		return nil
	}
	if p := r.Props["Policy"]; p != nil {
		_, err := r.do(ctx, "events", "PutPermission", obj{"EventBusName": r.ID, "Policy": document(p)})
		return err
	}
	_, err := r.do(ctx, "events", "RemovePermission", obj{"EventBusName": r.ID, "RemoveAllPermissions": true})
	return forget(err)
}

// tagEvents brings the tags of a bus or rule up to date.
func (r *Request) tagEvents(ctx context.Context, arn string) error {
	set, remove := r.tagChanges()
	if len(set) > 0 {
		if _, err := r.do(ctx, "events", "TagResource", obj{"ResourceARN": arn, "Tags": tagList(set)}); err != nil {
			return err
		}
	}
	if len(remove) > 0 {
		if _, err := r.do(ctx, "events", "UntagResource", obj{"ResourceARN": arn, "TagKeys": texts(remove)}); err != nil {
			return err
		}
	}
	return nil
}

// eventsBusPolicy is AWS::Events::EventBusPolicy: one statement of a bus's
// policy.
func eventsBusPolicy() *Type {
	put := func(ctx context.Context, r *Request) (Result, error) {
		id := r.str("StatementId")
		bus := r.str("EventBusName")
		if bus == "" {
			bus = "default"
		}
		out := Result{ID: bus + "|" + id}
		statement := object(r.Props["Statement"])
		if statement == nil {
			in := pick(r.Props, "Action", "Principal", "Condition", "StatementId")
			in["EventBusName"] = bus
			_, err := r.do(ctx, "events", "PutPermission", in)
			return out, err
		}
		found, err := r.do(ctx, "events", "DescribeEventBus", obj{"Name": bus})
		if err != nil {
			return out, err
		}
		policy, err := withStatement(text(found["Policy"]), id, statement)
		if err != nil {
			return out, err
		}
		_, err = r.do(ctx, "events", "PutPermission", obj{"EventBusName": bus, "Policy": policy})
		return out, err
	}
	return &Type{
		Name: "AWS::Events::EventBusPolicy", Properties: "Action Condition EventBusName! Principal Statement StatementId!*",
		Create: put, Update: put,
		Delete: func(ctx context.Context, r *Request) error {
			bus, id, _ := strings.Cut(r.ID, "|")
			_, err := r.do(ctx, "events", "RemovePermission", obj{"EventBusName": bus, "StatementId": id})
			return forget(err)
		},
	}
}

// withStatement puts a statement into a policy, in place of one of its id.
func withStatement(policy, id string, statement obj) (string, error) {
	doc := obj{"Version": "2012-10-17"}
	if policy != "" {
		if err := json.Unmarshal([]byte(policy), &doc); err != nil {
			return "", err
		}
	}
	statement = pickAll(statement)
	statement["Sid"] = id
	all := slices.DeleteFunc(slices.Clone(list(doc["Statement"])), func(s any) bool { return at(s, "Sid") == any(id) })
	doc["Statement"] = append(all, statement)
	return document(doc), nil
}
