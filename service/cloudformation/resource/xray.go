package resource

import (
	"context"
	"errors"
	"strings"

	"maru.dev/maru/wire"
)

// xraySays tells whether an error is X-Ray's refusal with certain words: it has
// one code for a name that is taken and for one that is not there.
func xraySays(err error, words ...string) bool {
	e, ok := errors.AsType[wire.Error](err)
	if !ok {
		return false
	}
	for _, w := range words {
		if strings.Contains(e.ErrorMessage(), w) {
			return true
		}
	}
	return false
}

// xrayGroup is AWS::XRay::Group.
func xrayGroup() *Type {
	result := func(out obj) Result {
		g, _ := out["Group"].(obj)
		return Result{ID: text(g["GroupARN"]), Attributes: pick(g, "GroupARN", "GroupName")}
	}
	return &Type{
		Name: "AWS::XRay::Group", Properties: "FilterExpression GroupName!* InsightsConfiguration Tags~", Attributes: "GroupARN GroupName",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			in := pick(r.Props, "FilterExpression", "GroupName", "InsightsConfiguration")
			out, err := r.do(ctx, "xray", "CreateGroup", in)
			if r.Repeat && xraySays(err, "already exists") {
				out, err = r.do(ctx, "xray", "GetGroup", pick(in, "GroupName"))
			}
			if err != nil {
				return Result{}, err
			}
			return result(out), nil
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			in := pick(r.Props, "FilterExpression", "InsightsConfiguration")
			in["GroupARN"] = r.ID
			out, err := r.do(ctx, "xray", "UpdateGroup", in)
			if err != nil {
				return Result{}, err
			}
			return result(out), nil
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "xray", "DeleteGroup", obj{"GroupARN": r.ID})
			if xraySays(err, "not found") {
				return nil
			}
			return err
		},
	}
}

// xraySamplingRule is AWS::XRay::SamplingRule.
func xraySamplingRule() *Type {
	rule := func(r *Request) obj {
		in, _ := r.Props["SamplingRule"].(obj)
		return pickAll(in)
	}
	result := func(out obj) Result {
		record, _ := out["SamplingRuleRecord"].(obj)
		of, _ := record["SamplingRule"].(obj)
		return Result{ID: text(of["RuleARN"]), Attributes: pick(of, "RuleARN")}
	}
	return &Type{
		Name: "AWS::XRay::SamplingRule", Properties: "RuleName! SamplingRule* Tags~", Attributes: "RuleARN",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			in := rule(r)
			if in["Version"] == nil {
				in["Version"] = 1
			}
			out, err := r.do(ctx, "xray", "CreateSamplingRule", obj{"SamplingRule": in})
			if r.Repeat && xraySays(err, "already exists") {
				out, err = r.do(ctx, "xray", "UpdateSamplingRule", obj{"SamplingRuleUpdate": without(in, "Version")})
			}
			if err != nil {
				return Result{}, err
			}
			return result(out), nil
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			in := without(rule(r), "Version", "RuleName")
			in["RuleARN"] = r.ID
			out, err := r.do(ctx, "xray", "UpdateSamplingRule", obj{"SamplingRuleUpdate": in})
			if err != nil {
				return Result{}, err
			}
			return result(out), nil
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "xray", "DeleteSamplingRule", obj{"RuleARN": r.ID})
			if xraySays(err, "does not exist") {
				return nil
			}
			return err
		},
	}
}

// xrayResourcePolicy is AWS::XRay::ResourcePolicy.
func xrayResourcePolicy() *Type {
	put := func(ctx context.Context, r *Request) (Result, error) {
		in := pick(r.Props, "BypassPolicyLockoutCheck", "PolicyDocument", "PolicyName")
		_, err := r.do(ctx, "xray", "PutResourcePolicy", in)
		return Result{ID: text(in["PolicyName"])}, err
	}
	return &Type{
		Name: "AWS::XRay::ResourcePolicy", Properties: "BypassPolicyLockoutCheck PolicyDocument* PolicyName!*", Create: put, Update: put,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "xray", "DeleteResourcePolicy", obj{"PolicyName": r.ID})
			if xraySays(err, "does not exist") {
				return nil
			}
			return err
		},
	}
}

// without is a copy that lacks some members.
func without(m obj, names ...string) obj {
	out := pickAll(m)
	for _, n := range names {
		delete(out, n)
	}
	return out
}
