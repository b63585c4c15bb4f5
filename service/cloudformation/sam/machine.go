package sam

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// stateMachine transforms a workflow with its role, its versions and what
// starts it.
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
	if !t.machineDefinition(r, props) {
		return
	}
	props["Tags"] = tagList("stateMachine:createdBy", r.props["Tags"])
	switch role, ok := r.props["Role"]; {
	case ok && r.props["Policies"] != nil:
		t.fail(r.id, "Specify either 'Role' or 'Policies' property and not both.")
		return
	case ok:
		props["RoleArn"] = role
	default:
		t.machineRole(r)
		props["RoleArn"] = getAtt(r.id+"Role", "Arn")
	}
	inherit(t.emit(r, r.id, "AWS::StepFunctions::StateMachine", props), r)
	m := &invoker{source: r, machine: true}
	t.publishMachine(m)
	t.machineEvents(m)
}

// machineDefinition sets where the definition is, or what.
func (t *transform) machineDefinition(r *source, props map[string]any) bool {
	definition, uri := r.props["Definition"], r.props["DefinitionUri"]
	switch {
	case definition != nil && uri != nil:
		t.fail(r.id, "Specify either 'Definition' or 'DefinitionUri' property and not both.")
		return false
	case definition != nil:
		props["DefinitionString"] = definitionString(definition)
	case uri != nil:
		loc, ok := t.location(uri, "Bucket", "Key", "Version")
		if !ok {
			t.fail(r.id, "'DefinitionUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.")
			return false
		}
		props["DefinitionS3Location"] = loc
	default:
		t.fail(r.id, "Either 'Definition' or 'DefinitionUri' property must be specified.")
		return false
	}
	return true
}

// publishMachine adds a version that follows the state machine's revision, and
// an alias that goes to it.
func (t *transform) publishMachine(m *invoker) {
	v := m.props["AutoPublishAlias"]
	if v == nil {
		if m.props["UseAliasAsEventTarget"] == true {
			t.fail(m.id, "'UseAliasAsEventTarget' requires 'AutoPublishAlias' property to be specified.")
		}
		return
	}
	alias, ok := t.text(v)
	if !ok || alphanumeric(alias) == "" {
		t.fail(m.id, "AutoPublishAlias must be a string or a Ref to a template parameter")
		return
	}
	version, id := m.id+"Version", m.id+"Alias"+alphanumeric(alias)
	res := t.emit(m.source, version, "AWS::StepFunctions::StateMachineVersion", map[string]any{
		"StateMachineArn": ref(m.id), "StateMachineRevisionId": getAtt(m.id, "StateMachineRevisionId"),
	})
	inherit(res, m.source)
	for _, policy := range []string{"DeletionPolicy", "UpdateReplacePolicy"} {
		if res[policy] == nil { // the version before this one serves until traffic has moved
			res[policy] = "Retain"
		}
	}
	preference := maps.Clone(asMap(m.props["DeploymentPreference"]))
	if preference == nil {
		preference = map[string]any{"Type": "ALL_AT_ONCE"}
	}
	preference["StateMachineVersionArn"] = ref(version)
	t.emit(m.source, id, "AWS::StepFunctions::StateMachineAlias", map[string]any{"Name": alias, "DeploymentPreference": preference})
	if use, _ := t.text(m.props["UseAliasAsEventTarget"]); use == "true" || m.props["UseAliasAsEventTarget"] == true {
		m.alias = id
	}
}

// machineRole writes the role of a workflow that names none.
func (t *transform) machineRole(r *source) {
	managed, inline := t.rolePolicies(r, r.id+"Role")
	if managed == nil {
		managed = []any{}
	}
	if tracing := asMap(r.props["Tracing"]); tracing["Enabled"] == true || tracing["Enabled"] == "true" {
		managed = append(managed, managedPolicy("AWSXrayWriteOnlyAccess"))
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

// machineEvents transforms what starts a workflow.
func (t *transform) machineEvents(m *invoker) {
	all := asMap(m.props["Events"])
	for _, name := range slices.Sorted(maps.Keys(all)) {
		given := asMap(all[name])
		kind, _ := given["Type"].(string)
		e := &event{name: name, id: m.id + name, kind: kind, props: asMap(given["Properties"])}
		if e.props == nil {
			e.props = map[string]any{}
		}
		switch kind {
		case "Schedule", "EventBridgeRule", "CloudWatchEvent":
			t.ruleEvent(m, e)
		case "ScheduleV2":
			t.scheduleEvent(m, e)
		case "Api":
			t.restAPIEvent(m, e)
		default:
			t.failEvent(m, e, fmt.Sprintf("Resource dict has missing or invalid value for key Type. Event Type is: %s.", kind))
		}
	}
}

// starter writes the role in which a service starts a workflow, and returns
// its ARN. name is what the names of its policies begin with.
func (t *transform) starter(m *invoker, e *event, service, name string, more ...any) any {
	if role, ok := e.props["RoleArn"]; ok {
		return role
	}
	id := e.id + "Role"
	props := map[string]any{
		"AssumeRolePolicyDocument": assumedBy(service),
		"Policies":                 append([]any{policy(name+"StartExecutionPolicy", allow("states:StartExecution", m.arn()))}, more...),
	}
	if b, ok := e.props["PermissionsBoundary"]; ok {
		props["PermissionsBoundary"] = b
	}
	t.emit(m.source, id, "AWS::IAM::Role", props)
	return getAtt(id, "Arn")
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
