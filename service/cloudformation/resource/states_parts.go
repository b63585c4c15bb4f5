package resource

import (
	"context"
	"strings"
)

// statesActivity is AWS::StepFunctions::Activity.
func statesActivity() *Type {
	result := func(r *Request) Result {
		return Result{ID: r.ID, Attributes: obj{"Arn": r.ID, "Name": r.ID[strings.LastIndexByte(r.ID, ':')+1:]}}
	}
	return &Type{
		Name: "AWS::StepFunctions::Activity", Properties: "EncryptionConfiguration! Name!* Tags", Attributes: "Arn Name",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			in := object(lowerFirst(pick(r.Props, "EncryptionConfiguration")))
			in["name"] = r.Props["Name"]
			if tags := r.allTags(); len(tags) > 0 {
				in["tags"] = lowerFirst(tagList(tags))
			}
			r.ID = r.arn("states", "activity:"+r.str("Name"))
			_, err := r.do(ctx, "states", "CreateActivity", in)
			return result(r), r.adopt(err)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) { return result(r), r.tagStates(ctx, r.ID) },
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "states", "DeleteActivity", obj{"activityArn": r.ID})
			return forget(err)
		},
	}
}

// statesVersion is AWS::StepFunctions::StateMachineVersion.
func statesVersion() *Type {
	return &Type{
		Name:       "AWS::StepFunctions::StateMachineVersion",
		Properties: "Description! StateMachineArn!* StateMachineRevisionId!", Attributes: "Arn",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			in := object(lowerFirst(pick(r.Props, "Description", "StateMachineArn")))
			if revision := r.str("StateMachineRevisionId"); revision != "" {
				in["revisionId"] = revision
			}
			out, err := r.do(ctx, "states", "PublishStateMachineVersion", in)
			arn := text(out["stateMachineVersionArn"])
			return Result{ID: arn, Attributes: obj{"Arn": arn}}, err
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "states", "DeleteStateMachineVersion", obj{"stateMachineVersionArn": r.ID})
			return forget(err)
		},
	}
}

// statesAlias is AWS::StepFunctions::StateMachineAlias. A deployment preference
// shifts all traffic at once, whatever its type.
func statesAlias() *Type {
	routes := func(r *Request) any {
		if v := at(r.Props["DeploymentPreference"], "StateMachineVersionArn"); v != nil {
			return []any{obj{"stateMachineVersionArn": v, "weight": 100}}
		}
		return lowerFirst(list(r.Props["RoutingConfiguration"]))
	}
	return &Type{
		Name:       "AWS::StepFunctions::StateMachineAlias",
		Properties: "DeploymentPreference Description Name! RoutingConfiguration", Attributes: "Arn",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			name := r.shortName("Name", 80)
			to := list(routes(r))
			in := object(lowerFirst(pick(r.Props, "Description")))
			in["name"], in["routingConfiguration"] = name, to
			if len(to) > 0 {
				version := text(at(to[0], "stateMachineVersionArn"))
				r.ID = version[:max(0, strings.LastIndexByte(version, ':'))] + ":" + name
			}
			_, err := r.do(ctx, "states", "CreateStateMachineAlias", in)
			return Result{ID: r.ID, Attributes: obj{"Arn": r.ID}}, r.adopt(err)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			_, err := r.do(ctx, "states", "UpdateStateMachineAlias", obj{
				"stateMachineAliasArn": r.ID, "description": r.str("Description"), "routingConfiguration": routes(r),
			})
			return Result{ID: r.ID, Attributes: obj{"Arn": r.ID}}, err
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "states", "DeleteStateMachineAlias", obj{"stateMachineAliasArn": r.ID})
			return forget(err)
		},
	}
}
