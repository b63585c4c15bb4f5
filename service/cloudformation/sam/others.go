package sam

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// simpleTable transforms a table with one key.
func (t *transform) simpleTable(r *source) {
	if !t.known(r, "SimpleTable", "PointInTimeRecoverySpecification", "PrimaryKey", "ProvisionedThroughput", "SSESpecification", "TableName", "Tags") {
		return
	}
	var name, kind any = "id", "String"
	if key := asMap(r.props["PrimaryKey"]); key != nil {
		if key["Name"] != nil {
			name = key["Name"]
		}
		if key["Type"] != nil {
			kind = key["Type"]
		}
	}
	word, _ := t.text(kind)
	letter, ok := map[string]string{"String": "S", "Number": "N", "Binary": "B"}[word]
	if !ok {
		t.fail(r.id, fmt.Sprintf("Invalid 'Type' \"%v\".", kind))
		return
	}
	props := pick(r.props, "PointInTimeRecoverySpecification", "SSESpecification", "TableName", "ProvisionedThroughput")
	props["AttributeDefinitions"] = []any{map[string]any{"AttributeName": name, "AttributeType": letter}}
	props["KeySchema"] = []any{map[string]any{"AttributeName": name, "KeyType": "HASH"}}
	if props["ProvisionedThroughput"] == nil {
		props["BillingMode"] = "PAY_PER_REQUEST"
	}
	if tags := tagList("", r.props["Tags"]); tags != nil {
		props["Tags"] = tags
	}
	inherit(t.emit(r, r.id, "AWS::DynamoDB::Table", props), r)
}

// layer transforms a layer. Its id changes with its properties: versions of
// layers are never changed, so each change makes another one.
func (t *transform) layer(r *source) {
	if !t.known(r, "LayerVersion", "CompatibleArchitectures", "CompatibleRuntimes", "ContentUri", "Description", "LayerName",
		"LicenseInfo", "PublishLambdaVersion", "RetentionPolicy") {
		return
	}
	content, ok := t.location(r.props["ContentUri"], "S3Bucket", "S3Key", "S3ObjectVersion")
	if !ok {
		t.fail(r.id, "'ContentUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.")
		return
	}
	hashed, _ := t.static(maps.Clone(r.props)).(map[string]any)
	delete(hashed, "PublishLambdaVersion")
	id := r.id + suffix(map[string]any{r.id: map[string]any{"Type": prefix + "LayerVersion", "Properties": hashed}})

	props := pick(r.props, "CompatibleArchitectures", "CompatibleRuntimes", "Description", "LayerName", "LicenseInfo")
	props["Content"] = content
	if props["LayerName"] == nil {
		props["LayerName"] = r.id
	}
	res := t.emit(r, id, "AWS::Lambda::LayerVersion", props)
	inherit(res, r)
	switch policy, _ := t.text(r.props["RetentionPolicy"]); {
	case r.props["RetentionPolicy"] == nil:
		if res["DeletionPolicy"] == nil {
			res["DeletionPolicy"] = "Retain"
		}
	case policy == "Retain" || policy == "Delete":
		res["DeletionPolicy"] = policy
	default:
		t.fail(r.id, "'RetentionPolicy' must be one of the following options: ['Delete', 'Retain'].")
	}
	t.renamed[r.id] = id
}

// stateMachine transforms a workflow with its role and what starts it.
func (t *transform) stateMachine(r *source) {
	if !t.known(r, "StateMachine", "AutoPublishAlias", "Definition", "DefinitionSubstitutions", "DefinitionUri", "DeploymentPreference",
		"Events", "Logging", "Name", "PermissionsBoundary", "Policies", "PropagateTags", "Role", "RolePath", "Tags", "Tracing", "Type",
		"UseAliasAsEventTarget") {
		return
	}
	props := pick(r.props, "DefinitionSubstitutions")
	for from, to := range map[string]string{
		"Name": "StateMachineName", "Type": "StateMachineType", "Logging": "LoggingConfiguration", "Tracing": "TracingConfiguration",
	} {
		if v, ok := r.props[from]; ok {
			props[to] = v
		}
	}
	switch {
	case r.props["Definition"] != nil:
		props["DefinitionString"] = definitionString(r.props["Definition"])
	case r.props["DefinitionUri"] != nil:
		loc, ok := t.location(r.props["DefinitionUri"], "Bucket", "Key", "Version")
		if !ok {
			t.fail(r.id, "'DefinitionUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.")
			return
		}
		props["DefinitionS3Location"] = loc
	default:
		t.fail(r.id, "Either 'Definition' or 'DefinitionUri' property must be specified.")
		return
	}
	props["Tags"] = tagList("stateMachine:createdBy", r.props["Tags"])
	if role, ok := r.props["Role"]; ok {
		props["RoleArn"] = role
	} else {
		t.machineRole(r)
		props["RoleArn"] = getAtt(r.id+"Role", "Arn")
	}
	inherit(t.emit(r, r.id, "AWS::StepFunctions::StateMachine", props), r)
	t.machineEvents(r)
}

// machineRole writes the role of a workflow that names none.
func (t *transform) machineRole(r *source) {
	managed, inline := t.rolePolicies(r, r.id+"Role")
	if managed == nil {
		managed = []any{}
	}
	props := map[string]any{
		"AssumeRolePolicyDocument": assumedBy("states.amazonaws.com"), "ManagedPolicyArns": managed,
		"Tags": tagList("stateMachine:createdBy", r.props["Tags"]),
	}
	if inline != nil {
		props["Policies"] = inline
	}
	if p, ok := r.props["RolePath"]; ok {
		props["Path"] = p
	}
	if p, ok := r.props["PermissionsBoundary"]; ok {
		props["PermissionsBoundary"] = p
	}
	t.emit(r, r.id+"Role", "AWS::IAM::Role", props)
}

// machineEvents transforms what starts a workflow: rules.
func (t *transform) machineEvents(r *source) {
	all := asMap(r.props["Events"])
	for _, name := range slices.Sorted(maps.Keys(all)) {
		m := asMap(all[name])
		own := asMap(m["Properties"])
		id := r.id + name
		props := map[string]any{}
		switch kind := m["Type"]; kind {
		case "Schedule":
			props["ScheduleExpression"] = own["Schedule"]
			maps.Copy(props, pick(own, "Name", "Description", "State"))
		case "EventBridgeRule", "CloudWatchEvent":
			props["EventPattern"] = own["Pattern"]
			maps.Copy(props, pick(own, "EventBusName", "State"))
		default:
			t.fail(r.id, fmt.Sprintf("Event with id [%s] is invalid. Events of type %v on state machines are not supported by maru.", name, kind))
			continue
		}
		target := pick(own, "Input", "InputPath", "InputTransformer", "RetryPolicy", "DeadLetterConfig")
		target["Arn"], target["Id"], target["RoleArn"] = ref(r.id), id+"StepFunctionsTarget", getAtt(id+"Role", "Arn")
		props["Targets"] = []any{target}
		t.emit(r, id, "AWS::Events::Rule", props)
		t.emit(r, id+"Role", "AWS::IAM::Role", map[string]any{
			"AssumeRolePolicyDocument": assumedBy("events.amazonaws.com"),
			"Policies":                 []any{policy(id+"RoleStartExecutionPolicy", allow("states:StartExecution", ref(r.id)))},
		})
	}
}

// definitionString writes a definition as JSON text. Expressions inside it
// are joined in as they will be.
func definitionString(v any) any {
	if !hasIntrinsic(v) {
		b, err := json.MarshalIndent(v, "", "    ")
		if err == nil {
			return string(b)
		}
	}
	vars := map[string]any{}
	b, err := json.MarshalIndent(placeholders(v, vars), "", "    ")
	if err != nil {
		return v
	}
	return sub(string(b), vars)
}

// hasIntrinsic tells whether there is an expression in v.
func hasIntrinsic(v any) bool {
	if isIntrinsic(v) {
		return true
	}
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, hasIntrinsic)
	case map[string]any:
		for _, e := range v {
			if hasIntrinsic(e) {
				return true
			}
		}
	}
	return false
}

// placeholders replaces the expressions in v by variables of a Fn::Sub.
func placeholders(v any, vars map[string]any) any {
	if isIntrinsic(v) {
		name := fmt.Sprintf("definition_substitution_%d", len(vars)+1)
		vars[name] = v
		return "${" + name + "}"
	}
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(v, "${", "${!") // of the workflow's own substitutions
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = placeholders(e, vars)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out[k] = placeholders(v[k], vars)
		}
		return out
	}
	return v
}
