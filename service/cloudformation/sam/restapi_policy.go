package sam

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// extPolicy is the extension with the API's resource policy.
const extPolicy = "x-amazon-apigateway-policy"

// eventPolicy is resourcePolicy of an event, whose method is not in the
// definition yet.
func (a *restAPI) eventPolicy(t *transform, policy map[string]any, r restRoute, op map[string]any) {
	item := child(asMap(a.body["paths"]), r.path)
	if item[r.key] == nil {
		item[r.key] = op
		defer delete(item, r.key)
	}
	a.resourcePolicy(t, policy, r.path, t.stageWord(a.id))
}

// resourcePolicy lets those call a path's methods whom a ResourcePolicy names, and
// no others.
func (a *restAPI) resourcePolicy(t *transform, policy map[string]any, path string, stage any) {
	var resources []any
	for _, item := range branches(asMap(a.body["paths"])[path]) {
		for _, key := range slices.Sorted(maps.Keys(item)) {
			r := restRoute{path: path, verb: key, key: key}
			resources = append(resources, sub("execute-api:/${__Stage__}/"+r.resource(), map[string]any{"__Stage__": stage}))
		}
	}
	for _, list := range [...]struct{ name, effect string }{{"AwsAccountWhitelist", "Allow"}, {"AwsAccountBlacklist", "Deny"}} {
		if accounts := asList(policy[list.name]); accounts != nil {
			a.policyStatements(statement(list.effect, resources, map[string]any{"AWS": accounts}, nil))
		}
	}
	for _, list := range [...]struct{ name, operator string }{{"IpRangeWhitelist", "NotIpAddress"}, {"IpRangeBlacklist", "IpAddress"}} {
		if ranges := asList(policy[list.name]); ranges != nil {
			a.refuse(resources, map[string]any{list.operator: map[string]any{"aws:SourceIp": ranges}})
		}
	}
	for _, list := range [...]struct{ suffix, operator string }{{"Blacklist", "StringEquals"}, {"Whitelist", "StringNotEquals"}} {
		var vpcs, endpoints []any
		for _, v := range asList(policy["SourceVpc"+list.suffix]) {
			name, ok := v.(string)
			switch {
			case !ok:
				t.fail(a.id, "SourceVpc"+list.suffix+" must be a list of strings. Use IntrinsicVpc"+list.suffix+" instead for values that use Intrinsic Functions")
			case strings.HasPrefix(name, "vpce-"):
				endpoints = append(endpoints, name)
			case strings.HasPrefix(name, "vpc-"):
				vpcs = append(vpcs, name)
			}
		}
		condition := map[string]any{}
		if vpcs = append(vpcs, asList(policy["IntrinsicVpc"+list.suffix])...); vpcs != nil {
			condition["aws:SourceVpc"] = vpcs
		}
		if endpoints = append(endpoints, asList(policy["IntrinsicVpce"+list.suffix])...); endpoints != nil {
			condition["aws:SourceVpce"] = endpoints
		}
		if len(condition) > 0 {
			a.refuse(resources, map[string]any{list.operator: condition})
		}
	}
}

// statement is one of a policy.
func statement(effect string, resources []any, principal any, condition map[string]any) map[string]any {
	s := map[string]any{"Effect": effect, "Action": "execute-api:Invoke", "Resource": resources, "Principal": principal}
	if condition != nil {
		s["Condition"] = condition
	}
	return s
}

// refuse allows everyone to call resources but those of whom a condition is true.
func (a *restAPI) refuse(resources []any, condition map[string]any) {
	for _, s := range []map[string]any{statement("Allow", resources, "*", nil), statement("Deny", resources, "*", condition)} {
		if have := asList(asMap(a.body[extPolicy])["Statement"]); !slices.ContainsFunc(have, func(h any) bool { return reflect.DeepEqual(h, any(s)) }) {
			a.policyStatements(s)
		}
	}
}

// policyStatements adds to the API's policy.
func (a *restAPI) policyStatements(list ...any) {
	policy := child(a.body, extPolicy)
	if len(list) == 0 {
		return
	}
	policy["Version"] = "2012-10-17"
	if have := asList(policy["Statement"]); len(have)+len(list) > 1 {
		policy["Statement"] = append(slices.Clone(have), list...)
	} else {
		policy["Statement"] = list[0]
	}
}
