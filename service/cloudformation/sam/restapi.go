package sam

import (
	"maps"
	"slices"
	"strings"
)

// restAPI is a REST API under transformation.
type restAPI struct {
	*source
	body  map[string]any // Swagger; nil where the definition is elsewhere
	stage string
}

// restAPIStage are the properties that pass to the stage.
var restAPIStage = []string{
	"CacheClusterEnabled", "CacheClusterSize", "CanarySetting", "MethodSettings", "TracingEnabled", "AccessLogSetting",
}

// restAPIProperties are the properties of AWS::Serverless::Api.
var restAPIProperties = slices.Concat(restAPIStage, []string{
	"ApiKeySourceType", "AlwaysDeploy", "Auth", "BinaryMediaTypes", "Cors", "DefinitionBody", "DefinitionUri", "Description",
	"DisableExecuteApiEndpoint", "Domain", "EndpointConfiguration", "FailOnWarnings", "GatewayResponses", "MergeDefinitions",
	"MinimumCompressionSize", "Mode", "Models", "Name", "OpenApiVersion", "PropagateTags", "StageName", "Tags", "Variables", "Policy",
})

// declareRESTAPI notes an API of the template.
func (t *transform) declareRESTAPI(r *source) {
	if !t.known(r, "Api", restAPIProperties...) {
		return
	}
	if r.props["StageName"] == nil {
		t.fail(r.id, "Missing required property 'StageName'.")
		return
	}
	for _, p := range []string{"Auth", "Domain"} {
		if r.props[p] != nil {
			t.fail(r.id, "The property "+p+" of AWS::Serverless::Api is not supported by maru.")
			return
		}
	}
	a := &restAPI{source: r, stage: r.id + "Stage"}
	if name, ok := t.text(r.props["StageName"]); ok {
		a.stage = r.id + alphanumeric(name) + "Stage"
	}
	if r.props["DefinitionUri"] == nil {
		a.body = asMap(cloneTree(r.props["DefinitionBody"]))
		if a.body == nil {
			a.body = map[string]any{
				"swagger": "2.0", "info": map[string]any{"version": "1.0", "title": ref("AWS::StackName")}, "paths": map[string]any{},
			}
		}
	}
	t.restAPIs[r.id] = a
	t.properties[r.id+".Stage"] = a.stage
}

// restAPIEvent adds a method for the function.
func (t *transform) restAPIEvent(f *invoker, e *event) {
	if !t.need(e, "Path", "Method") {
		return
	}
	a := t.restAPIs[implicitRESTAPI]
	if id := e.props["RestApiId"]; id != nil {
		name, _ := refTarget(id)
		if a = t.restAPIs[name]; a == nil {
			t.failEvent(f, e, "RestApiId must be a valid reference to an 'AWS::Serverless::Api' resource in same template.")
			return
		}
	} else if a == nil {
		props := merge(t.globals["Api"], map[string]any{"StageName": "Prod"})
		t.declareRESTAPI(&source{id: implicitRESTAPI, props: props, res: map[string]any{}})
		if a = t.restAPIs[implicitRESTAPI]; a == nil {
			return
		}
	}
	path, _ := t.text(e.props["Path"])
	method, _ := t.text(e.props["Method"])
	stage, _ := t.text(a.props["StageName"])
	verb := strings.ToUpper(method)
	if verb == "ANY" {
		verb = "*"
	}
	t.permission(f, e.id+"Permission"+alphanumeric(stage), "apigateway.amazonaws.com", map[string]any{
		"SourceArn": sub("arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}/"+verb+pathVariable.ReplaceAllString(path, "*"),
			map[string]any{"__ApiId__": ref(a.id), "__Stage__": "*"}),
	})
	if a.body == nil {
		return
	}
	key := strings.ToLower(method)
	if key == "any" {
		key = "x-amazon-apigateway-any-method"
	}
	item := child(child(a.body, "paths"), path)
	op := child(item, key)
	op["x-amazon-apigateway-integration"] = map[string]any{
		"type": "aws_proxy", "httpMethod": "POST",
		"uri": sub("arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${"+f.subName()+"}/invocations", nil),
	}
	if op["responses"] == nil {
		op["responses"] = map[string]any{}
	}
	item[key] = f.conditional(op)
}

// write emits the API, its deployment and its stage.
func (a *restAPI) write(t *transform) {
	props := pick(a.props, "Name", "Description", "BinaryMediaTypes", "MinimumCompressionSize", "EndpointConfiguration",
		"DisableExecuteApiEndpoint", "FailOnWarnings", "ApiKeySourceType", "Mode", "Policy")
	if a.body != nil {
		a.cors()
		props["Body"] = a.body
	} else {
		loc, ok := t.location(a.props["DefinitionUri"], "Bucket", "Key", "Version")
		if !ok {
			t.fail(a.id, "'DefinitionUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.")
			return
		}
		props["BodyS3Location"] = loc
	}
	inherit(t.emit(a.source, a.id, "AWS::ApiGateway::RestApi", props), a.source)
	sum := digest(map[string]any{"Body": props["Body"], "BodyS3Location": props["BodyS3Location"]})
	deployment := a.id + "Deployment" + sum[:10]
	t.emit(a.source, deployment, "AWS::ApiGateway::Deployment", map[string]any{
		"RestApiId": ref(a.id), "StageName": "Stage", "Description": "RestApi deployment id: " + sum,
	})
	stage := pick(a.props, append(slices.Clone(restAPIStage), "StageName")...)
	stage["RestApiId"], stage["DeploymentId"] = ref(a.id), ref(deployment)
	if v, ok := a.props["Variables"]; ok {
		stage["Variables"] = v
	}
	if tags := tagList("", a.props["Tags"]); tags != nil {
		stage["Tags"] = tags
	}
	t.emit(a.source, a.stage, "AWS::ApiGateway::Stage", stage)
	t.properties[a.id+".Deployment"] = deployment
}

// cors adds an OPTIONS method to every path of an API with CORS.
func (a *restAPI) cors() {
	config := a.props["Cors"]
	if config == nil {
		return
	}
	m := asMap(config)
	if m == nil || isIntrinsic(config) {
		m = map[string]any{"AllowOrigin": config}
	}
	paths := asMap(a.body["paths"])
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item := asMap(paths[path])
		if item == nil || item["options"] != nil {
			continue
		}
		headers, values := map[string]any{}, map[string]any{}
		add := func(name string, v any) {
			if v != nil {
				headers[name] = map[string]any{"type": "string"}
				values["method.response.header."+name] = v
			}
		}
		methods := m["AllowMethods"]
		if methods == nil {
			methods = "'" + strings.Join(methodsOf(item), ",") + "'"
		}
		add("Access-Control-Allow-Origin", m["AllowOrigin"])
		add("Access-Control-Allow-Methods", methods)
		add("Access-Control-Allow-Headers", m["AllowHeaders"])
		add("Access-Control-Max-Age", m["MaxAge"])
		if m["AllowCredentials"] == true {
			add("Access-Control-Allow-Credentials", "'true'")
		}
		item["options"] = map[string]any{
			"summary": "CORS support", "consumes": []any{"application/json"}, "produces": []any{"application/json"},
			"responses": map[string]any{"200": map[string]any{"description": "Default response for CORS method", "headers": headers}},
			"x-amazon-apigateway-integration": map[string]any{
				"type": "mock", "requestTemplates": map[string]any{"application/json": "{\n  \"statusCode\" : 200\n}\n"},
				"responses": map[string]any{"default": map[string]any{
					"statusCode": "200", "responseTemplates": map[string]any{"application/json": "{}\n"}, "responseParameters": values,
				}},
			},
		}
	}
}

// methodsOf are the methods of a path, as CORS tells them.
func methodsOf(item map[string]any) []string {
	if item["x-amazon-apigateway-any-method"] != nil {
		return []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
	}
	list := []string{"OPTIONS"}
	for k := range item {
		list = append(list, strings.ToUpper(k))
	}
	slices.Sort(list)
	return list
}
