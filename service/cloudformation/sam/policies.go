package sam

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// policyTemplates is the table of SAM's policy templates: a line with a name
// and its parameters, then a line for each statement: actions | resources.
// In a resource, arn: is followed by the service, @ stands for region and
// account, {Name} for a parameter.
//
//go:embed policy_templates.txt
var policyTemplates string

// policyTemplate returns the parameters and statements of a policy template.
func policyTemplate(name string) (params, statements []string, ok bool) {
	for line := range strings.Lines(policyTemplates) {
		switch fields := strings.Fields(line); {
		case !strings.HasPrefix(line, " "):
			if ok {
				return params, statements, true
			}
			if len(fields) > 0 && fields[0] == name {
				params, ok = fields[1:], true
			}
		case ok:
			statements = append(statements, strings.TrimSpace(line))
		}
	}
	return params, statements, ok
}

// expandPolicy returns the policy document that a policy template stands for.
func expandPolicy(name string, values map[string]any) (map[string]any, error) {
	params, lines, ok := policyTemplate(name)
	if !ok {
		return nil, errPolicy
	}
	var missing []string
	for _, p := range params {
		if _, ok := values[p]; !ok {
			missing = append(missing, "'"+p+"'")
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("Following required parameters of template '%s' don't have values: [%s]", name, strings.Join(missing, ", "))
	}
	statements := []any{}
	for _, line := range lines {
		actions, resources, _ := strings.Cut(line, " | ")
		st := map[string]any{"Effect": "Allow", "Action": texts(strings.Fields(actions))}
		var list []any
		for _, r := range strings.Fields(resources) {
			list = append(list, policyResource(r, params, values))
		}
		st["Resource"] = list[0]
		if len(list) > 1 {
			st["Resource"] = list
		}
		statements = append(statements, st)
	}
	return map[string]any{"Statement": statements}, nil
}

// policyResource writes one resource of the table as an expression.
func policyResource(r string, params []string, values map[string]any) any {
	if r == "*" {
		return r
	}
	r = strings.Replace(r, "arn:", "arn:${AWS::Partition}:", 1)
	r = strings.Replace(r, ":@:", ":${AWS::Region}:${AWS::AccountId}:", 1)
	vars := map[string]any{}
	for _, p := range params {
		if strings.Contains(r, "{"+p+"}") {
			own := strings.ToLower(p[:1]) + p[1:]
			r = strings.ReplaceAll(r, "{"+p+"}", "${"+own+"}")
			vars[own] = values[p]
		}
	}
	return sub(r, vars)
}

// texts is a list of strings as part of a tree.
func texts(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// managedPaths are the folders of AWS managed policies whose names alone do
// not tell where they are.
var managedPaths = map[string]string{
	"AWSLambdaBasicExecutionRole": "service-role/", "AWSLambdaDynamoDBExecutionRole": "service-role/",
	"AWSLambdaKinesisExecutionRole": "service-role/", "AWSLambdaMSKExecutionRole": "service-role/",
	"AWSLambdaSQSQueueExecutionRole": "service-role/", "AWSLambdaVPCAccessExecutionRole": "service-role/",
	"AWSLambdaENIManagementAccess": "service-role/", "AWSLambdaRole": "service-role/",
	"AmazonAPIGatewayPushToCloudWatchLogs": "service-role/", "AWSCodeDeployRoleForLambda": "service-role/",
	"AWSXRayDaemonWriteAccess": "", "CloudWatchLambdaInsightsExecutionRolePolicy": "",
}

// managedPolicy is the ARN of a managed policy given by name or ARN; what is
// an expression stays one.
func managedPolicy(v any) any {
	name, ok := v.(string)
	if !ok || strings.HasPrefix(name, "arn:") {
		return v
	}
	return "arn:aws:iam::aws:policy/" + managedPaths[name] + name
}

// rolePolicies sorts the Policies of a function or state machine into managed
// ones and inline documents, named after their place.
func (t *transform) rolePolicies(r *source, role string) (managed []any, inline []any) {
	for i, p := range asList(r.props["Policies"]) {
		made, isManaged, err := rolePolicy(p, fmt.Sprintf("%sPolicy%d", role, i))
		switch {
		case errors.Is(err, errPolicy):
			t.fail(r.id, fmt.Sprintf("Policy at index %d in the 'Policies' property is not valid", i))
		case err != nil:
			t.fail(r.id, err.Error())
		case isManaged:
			managed = append(managed, made)
		default:
			inline = append(inline, made)
		}
	}
	return managed, inline
}

// errPolicy is the fault of a policy that is none.
var errPolicy = errors.New("not a policy")

// rolePolicy is one entry of Policies as the role has it: a managed policy, or
// an inline one of a name.
func rolePolicy(p any, name string) (made any, managed bool, err error) {
	m, isMap := p.(map[string]any)
	switch {
	case isMap && len(m) == 1 && m["Fn::If"] != nil:
		return policyBranches(m["Fn::If"], name)
	case !isMap || isIntrinsic(p):
		return managedPolicy(p), true, nil
	case m["Statement"] != nil:
		return policy(name, m), false, nil
	case len(m) == 1:
		doc, err := expandPolicy(onlyKey(m), asMap(m[onlyKey(m)]))
		return policy(name, doc), false, err
	}
	return nil, false, errPolicy
}

// policyBranches is rolePolicy of a Fn::If, whose branches must be of one kind
// or nothing.
func policyBranches(arg any, name string) (made any, managed bool, err error) {
	branches, ok := arg.([]any)
	if !ok || len(branches) != 3 {
		return nil, false, errPolicy
	}
	out := []any{branches[0]}
	kinds := map[bool]bool{}
	for _, b := range branches[1:] {
		if m := asMap(b); m["Ref"] == "AWS::NoValue" {
			out = append(out, b)
			continue
		}
		p, isManaged, err := rolePolicy(b, name)
		if err != nil {
			return nil, false, err
		}
		kinds[isManaged] = true
		out = append(out, p)
	}
	if len(kinds) > 1 {
		return nil, false, errors.New("Different policy types within the same Fn::If statement is unsupported. Separate different policy types into different Fn::If statements")
	}
	return map[string]any{"Fn::If": out}, kinds[true], nil
}

// onlyKey is the name of the first member of a map.
func onlyKey(m map[string]any) string { return slices.Sorted(maps.Keys(m))[0] }

// policy is an inline policy of a role.
func policy(name string, document map[string]any) map[string]any {
	return map[string]any{"PolicyName": name, "PolicyDocument": document}
}

// allow is a policy document of one statement.
func allow(action string, resource any) map[string]any {
	return map[string]any{"Statement": []any{map[string]any{"Effect": "Allow", "Action": action, "Resource": resource}}}
}

// assumedBy is the trust policy of a role for one service.
func assumedBy(service string) map[string]any {
	return map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Action": []any{"sts:AssumeRole"}, "Effect": "Allow", "Principal": map[string]any{"Service": []any{service}},
	}}}
}

// tagList writes a map of tags as a list, by key, with the mark of SAM in front.
func tagList(mark string, tags any) []any {
	var list []any
	if mark != "" {
		list = append(list, map[string]any{"Key": mark, "Value": "SAM"})
	}
	m := asMap(tags)
	for _, k := range slices.Sorted(maps.Keys(m)) {
		list = append(list, map[string]any{"Key": k, "Value": m[k]})
	}
	return list
}
