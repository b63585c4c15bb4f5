package sam

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// restAPI is a REST API under transformation: events add to its definition.
type restAPI struct {
	*source
	body    map[string]any // Swagger or OpenAPI; nil where the definition is elsewhere
	managed bool           // the definition is the transform's own, to which events add their methods
	stage   string         // logical id
	auth    map[string]any // Auth, with parameters' values
	// conditions are those of the methods that events bring, by path; "" for one
	// without.
	conditions map[string][]string
}

// The extensions of definitions that the transform writes.
const (
	extAny       = "x-amazon-apigateway-any-method"
	extIntegrate = "x-amazon-apigateway-integration"
)

// restAPIStage are the properties that pass to the stage.
var restAPIStage = []string{
	"AccessLogSetting", "CacheClusterEnabled", "CacheClusterSize", "CanarySetting", "MethodSettings", "StageName", "TracingEnabled", "Variables",
}

// restAPIProperties are the properties of AWS::Serverless::Api.
var restAPIProperties = slices.Concat(restAPIStage, []string{
	"AlwaysDeploy", "ApiKeySourceType", "Auth", "BinaryMediaTypes", "Cors", "DefinitionBody", "DefinitionUri", "Description",
	"DisableExecuteApiEndpoint", "Domain", "EndpointAccessMode", "EndpointConfiguration", "FailOnWarnings", "GatewayResponses",
	"MergeDefinitions", "MinimumCompressionSize", "Mode", "Models", "Name", "OpenApiVersion", "Policy", "PropagateTags", "SecurityPolicy", "Tags",
})

// openAPIVersion is what OpenApiVersion may be.
var openAPIVersion = regexp.MustCompile(`^[2-3](\.\d)(\.\d)?$`)

// declareRESTAPI notes an API of the template.
func (t *transform) declareRESTAPI(r *source) {
	if !t.known(r, "Api", restAPIProperties...) {
		return
	}
	version, _ := t.text(r.props["OpenApiVersion"])
	switch {
	case r.props["StageName"] == nil:
		t.fail(r.id, "Missing required property 'StageName'.")
		return
	case r.props["DefinitionUri"] != nil && r.props["DefinitionBody"] != nil:
		t.fail(r.id, "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.")
		return
	case r.props["DefinitionUri"] != nil && r.props["MergeDefinitions"] == true:
		t.fail(r.id, "Cannot set 'MergeDefinitions' to True when using `DefinitionUri`.")
		return
	case version != "" && !openAPIVersion.MatchString(version):
		t.fail(r.id, "The OpenApiVersion value must be of the format '3.0.0'.")
		return
	}
	a := &restAPI{source: r, auth: asMap(t.settled(r.props["Auth"])), conditions: map[string][]string{}}
	name, _ := r.props["StageName"].(string)
	if a.stage = r.id + "Stage"; name != "" && name == alphanumeric(name) {
		a.stage = r.id + name + "Stage"
	} else if name != "" {
		a.stage += suffix(name)
	}
	if r.props["DefinitionUri"] == nil {
		if a.body = asMap(cloneTree(r.props["DefinitionBody"])); a.body == nil {
			a.managed, a.body = true, newRESTDefinition(version)
		}
	}
	t.restAPIs[r.id] = a
	t.properties[r.id+".Stage"] = a.stage
}

// newRESTDefinition is an API's definition without methods.
func newRESTDefinition(version string) map[string]any {
	body := map[string]any{"info": map[string]any{"version": "1.0", "title": ref("AWS::StackName")}, "paths": map[string]any{}}
	if strings.HasPrefix(version, "3") {
		body["openapi"] = version
	} else {
		body["swagger"] = "2.0"
	}
	return body
}

// inline tells whether the definition can be added to.
func (a *restAPI) inline() bool { return asMap(a.body["paths"]) != nil && !isIntrinsic(a.body) }

// write emits the API, its deployment and its stage, and all that is around it.
func (a *restAPI) write(t *transform) {
	if !a.complete(t) {
		return
	}
	props := pick(a.props, "ApiKeySourceType", "BinaryMediaTypes", "Description", "EndpointAccessMode", "FailOnWarnings", "MinimumCompressionSize",
		"Mode", "Name", "Policy", "SecurityPolicy")
	if !a.endpoint(t, props) {
		return
	}
	if a.body != nil {
		props["Body"] = a.body
	} else {
		loc, ok := t.location(a.props["DefinitionUri"], "Bucket", "Key", "Version")
		if !ok {
			t.fail(a.id, "'DefinitionUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.")
			return
		}
		props["BodyS3Location"] = loc
	}
	tags := tagList("", a.props["Tags"])
	if a.props["PropagateTags"] == true && tags != nil {
		props["Tags"] = tags
	}
	if a.id == implicitRESTAPI && a.res["Condition"] == nil {
		a.condition(t)
	}
	inherit(t.emit(a.source, a.id, "AWS::ApiGateway::RestApi", props), a.source)
	stage := pick(a.props, restAPIStage...)
	stage["RestApiId"], stage["DeploymentId"] = ref(a.id), ref(a.deploy(t, props))
	if tags != nil {
		stage["Tags"] = tags
	}
	t.emit(a.source, a.stage, "AWS::ApiGateway::Stage", stage)
	a.domain(t)
	a.usagePlan(t)
}

// deploy emits the deployment, whose id changes with what is deployed.
func (a *restAPI) deploy(t *transform, props map[string]any) string {
	data := map[string]any{
		"Body": props["Body"], "BodyS3Location": props["BodyS3Location"], "OpenApiVersion": a.props["OpenApiVersion"], "Domain": a.props["Domain"],
	}
	if a.props["AlwaysDeploy"] == true {
		data["Now"] = t.now.UTC().String()
	}
	sum := digest(data)
	id := a.id + "Deployment" + sum[:10]
	deployment := map[string]any{"RestApiId": ref(a.id), "Description": "RestApi deployment id: " + sum}
	if a.props["OpenApiVersion"] == nil {
		deployment["StageName"] = "Stage" // as ever, and no use to anyone
	}
	t.emit(a.source, id, "AWS::ApiGateway::Deployment", deployment)
	t.properties[a.id+".Deployment"] = id
	return id
}

// endpoint sets where the API is reached.
func (a *restAPI) endpoint(t *transform, props map[string]any) bool {
	v := a.props["EndpointConfiguration"]
	if v == nil {
		return true
	}
	config := map[string]any{}
	kind := v
	if m := asMap(v); m != nil && m["Type"] != nil {
		kind = m["Type"]
		if m["VPCEndpointIds"] != nil && m["VpcEndpointIds"] != nil {
			t.fail(a.id, "'VPCEndpointIds' and 'VpcEndpointIds' cannot be used together in EndpointConfiguration.")
			return false
		}
		config = pick(m, "IpAddressType", "VpcEndpointIds")
		if ids := m["VPCEndpointIds"]; ids != nil {
			config["VpcEndpointIds"] = ids
		}
	}
	config["Types"] = []any{kind}
	props["EndpointConfiguration"], props["Parameters"] = config, map[string]any{"endpointConfigurationTypes": kind}
	return true
}

// condition gives the implicit API the condition under which any of its methods
// is there, if there is none without.
func (a *restAPI) condition(t *transform) {
	all := slices.Concat(slices.Collect(maps.Values(a.conditions))...)
	if name := t.either(a.id+"Condition", all); name != "" {
		a.res["Condition"] = name
	}
}

// either is the condition under which any of some is true, made under a name if
// there is none; "" where one of them is always true.
func (t *transform) either(name string, conditions []string) string {
	slices.Sort(conditions)
	conditions = slices.Compact(conditions)
	switch {
	case len(conditions) == 0 || conditions[0] == "":
		return ""
	case len(conditions) == 1:
		return conditions[0]
	}
	for level := 0; len(conditions) > 1; level++ { // Fn::Or takes ten
		var upper []string
		for group := range slices.Chunk(conditions, 10) {
			id := name
			if len(conditions) > 10 {
				id += string(rune('A'+level)) + string(number(len(upper)))
			}
			var list []any
			for _, c := range group {
				list = append(list, map[string]any{"Condition": c})
			}
			if len(list) == 1 {
				list = append(list, list[0])
			}
			t.conditions[id] = map[string]any{"Fn::Or": list}
			upper = append(upper, id)
		}
		conditions = upper
	}
	return conditions[0]
}

// complete adds to the definition what the API's properties say.
func (a *restAPI) complete(t *transform) bool {
	for _, p := range []string{"Cors", "Auth", "GatewayResponses", "Models"} {
		if a.props[p] == nil || p == "Auth" && len(a.auth) == 0 {
			continue
		}
		if a.body == nil {
			t.fail(a.id, p+" works only with inline Swagger specified in 'DefinitionBody' property.")
			return false
		}
		if !a.inline() || a.body["swagger"] == nil && a.body["openapi"] == nil {
			t.fail(a.id, "Unable to add "+p+" configuration because 'DefinitionBody' does not contain a valid Swagger definition.")
			return false
		}
	}
	if d := a.props["DisableExecuteApiEndpoint"]; d != nil {
		if !a.inline() {
			t.fail(a.id, "DisableExecuteApiEndpoint works only within 'DefinitionBody' property.")
			return false
		}
		a.disableEndpoint(d)
	}
	ok := a.cors(t) && a.secure(t) && a.gatewayResponses(t) && a.models(t)
	if !ok || !a.inline() {
		return ok
	}
	if types := t.settled(a.props["BinaryMediaTypes"]); types != nil {
		a.body["x-amazon-apigateway-binary-media-types"] = unescaped(types)
	}
	a.modernize()
	a.conditionPaths(t)
	return true
}

// disableEndpoint says in the definition whether the API has its own address.
func (a *restAPI) disableEndpoint(v any) {
	config := map[string]any{"disableExecuteApiEndpoint": v}
	const name = "x-amazon-apigateway-endpoint-configuration"
	if a.body["openapi"] == nil {
		maps.Copy(child(a.body, name), config)
		return
	}
	servers := asList(a.body["servers"])
	if len(servers) == 0 {
		servers = []any{map[string]any{}}
	}
	for _, s := range servers {
		if m := asMap(s); m != nil {
			maps.Copy(child(m, name), config)
		}
	}
	a.body["servers"] = servers
}

// conditionPaths puts paths under the conditions of their methods.
func (a *restAPI) conditionPaths(t *transform) {
	paths := asMap(a.body["paths"])
	for path, conditions := range a.conditions {
		name := a.id + strings.NewReplacer("/", "SLASH", "{", "OB", "}", "CB").Replace(path) + "PathCondition"
		if c := t.either(alphanumeric(name), slices.Clone(conditions)); c != "" {
			paths[path] = map[string]any{"Fn::If": []any{c, paths[path], ref("AWS::NoValue")}}
		}
	}
}

// unescaped is a value whose texts have slashes for ~1.
func unescaped(v any) any {
	if text, ok := v.(string); ok {
		return strings.ReplaceAll(text, "~1", "/")
	}
	return within(v, unescaped)
}

// settled is v with the expressions in it evaluated, as far as parameters and
// mappings go.
func (t *transform) settled(v any) any {
	if isIntrinsic(v) {
		return t.static(v)
	}
	return within(v, t.settled)
}
