package resource

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// parentKey is where a context carries the stack that a nested one belongs to.
type parentKey struct{}

// Parent returns the id of the stack for whose resource an operation of
// CloudFormation is called; "" when it is called for its own sake.
func Parent(ctx context.Context) string {
	id, _ := ctx.Value(parentKey{}).(string)
	return id
}

// stack is AWS::CloudFormation::Stack: a nested stack. What it does while it
// is made is its own; the step asks until it has ended.
func stack() *Type {
	return &Type{
		Name:       "AWS::CloudFormation::Stack",
		Properties: "NotificationARNs Parameters Tags TemplateURL* TimeoutInMinutes",
		Attributes: "Outputs.*",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			name := r.madeName(naming{max: 128})
			if r.Repeat {
				if out, err := r.describeStack(ctx, name); err == nil {
					return Result{ID: text(out["StackId"])}, nil
				}
			}
			in := r.stackInput()
			in["StackName"], in["DisableRollback"] = name, true
			if t := r.Props["TimeoutInMinutes"]; t != nil {
				in["TimeoutInMinutes"] = t
			}
			out, err := r.do(context.WithValue(ctx, parentKey{}, r.StackID), "cloudformation", "CreateStack", in)
			return Result{ID: text(out["StackId"])}, err
		},
		Ready: stackReady,
		Update: func(ctx context.Context, r *Request) (Result, error) {
			in := r.stackInput()
			in["StackName"] = r.ID
			_, err := r.do(context.WithValue(ctx, parentKey{}, r.StackID), "cloudformation", "UpdateStack", in)
			if err != nil && !strings.Contains(err.Error(), "No updates are to be performed") && !(r.Repeat && strings.Contains(err.Error(), "_IN_PROGRESS")) {
				return Result{}, err
			}
			return Result{ID: r.ID, Attributes: r.Attributes}, nil
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(context.WithValue(ctx, parentKey{}, r.StackID), "cloudformation", "DeleteStack", obj{"StackName": r.ID})
			return err
		},
		Gone: func(ctx context.Context, r *Request) (bool, error) {
			out, err := r.describeStack(ctx, r.ID)
			switch status := text(out["StackStatus"]); {
			case err != nil:
				return strings.Contains(err.Error(), "does not exist"), nil
			case status == "DELETE_FAILED":
				return false, fmt.Errorf("Embedded stack %s was not successfully deleted: %s", r.ID, text(out["StackStatusReason"]))
			default:
				return status == "DELETE_COMPLETE", nil
			}
		},
	}
}

// stackInput is the template and parameters of a nested stack. Capabilities
// were acknowledged for the stack it is in.
func (r *Request) stackInput() obj {
	in := obj{
		"TemplateURL":  r.Props["TemplateURL"],
		"Capabilities": texts([]string{"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"}),
	}
	params := []any{}
	given := object(r.Props["Parameters"])
	for _, k := range slices.Sorted(maps.Keys(given)) {
		v := given[k]
		if l, ok := v.([]any); ok {
			parts := make([]string, len(l))
			for i, e := range l {
				parts[i] = text(e)
			}
			v = strings.Join(parts, ",")
		}
		params = append(params, obj{"ParameterKey": k, "ParameterValue": v})
	}
	in["Parameters"] = params
	if tags := r.allTags(); len(tags) > 0 {
		in["Tags"] = tagList(tags)
	}
	if arns := r.Props["NotificationARNs"]; arns != nil {
		in["NotificationARNs"] = arns
	}
	return in
}

// describeStack reads a nested stack.
func (r *Request) describeStack(ctx context.Context, name string) (obj, error) {
	out, err := r.do(ctx, "cloudformation", "DescribeStacks", obj{"StackName": name})
	if err != nil {
		return nil, err
	}
	stacks := list(out["Stacks"])
	if len(stacks) == 0 {
		return nil, fmt.Errorf("stack %s does not exist", name)
	}
	return object(stacks[0]), nil
}

// stackReady waits for the end of what the nested stack does.
func stackReady(ctx context.Context, r *Request) (Result, bool, error) {
	out, err := r.describeStack(ctx, r.ID)
	if err != nil {
		return Result{}, false, err
	}
	status := text(out["StackStatus"])
	switch {
	case strings.HasSuffix(status, "_IN_PROGRESS"):
		return Result{}, false, nil
	case status == "CREATE_COMPLETE" || status == "UPDATE_COMPLETE":
	default:
		return Result{}, false, fmt.Errorf("Embedded stack %s was not successfully %s: %s", r.ID, verb(status), text(out["StackStatusReason"]))
	}
	attrs := obj{}
	for _, o := range list(out["Outputs"]) {
		attrs["Outputs."+text(at(o, "OutputKey"))] = at(o, "OutputValue")
	}
	return Result{ID: r.ID, Attributes: attrs}, true, nil
}

// verb is what was tried, from the status of its failure.
func verb(status string) string {
	if strings.HasPrefix(status, "UPDATE") {
		return "updated"
	}
	return "created"
}
