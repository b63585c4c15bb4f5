package sam

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// httpAPI is an HTTP API under transformation: events add to its definition.
type httpAPI struct {
	*source
	body   map[string]any // OpenAPI; nil where the definition is elsewhere
	byURI  any            // DefinitionUri
	stage  string         // logical id
	routes map[string]any // RouteSettings that events bring
}

// httpAPIProperties are the properties of AWS::Serverless::HttpApi.
var httpAPIProperties = []string{
	"AccessLogSettings", "Auth", "CorsConfiguration", "DefaultRouteSettings", "DefinitionBody", "DefinitionUri", "Description",
	"DisableExecuteApiEndpoint", "Domain", "FailOnWarnings", "Name", "PropagateTags", "RouteSettings", "StageName",
	"StageVariables", "Tags",
}

// declareHTTPAPI notes an API of the template.
func (t *transform) declareHTTPAPI(r *source) {
	if !t.known(r, "HttpApi", httpAPIProperties...) {
		return
	}
	a := &httpAPI{source: r, routes: map[string]any{}, byURI: r.props["DefinitionUri"]}
	if body, ok := r.props["DefinitionBody"]; ok && a.byURI != nil {
		_ = body
		t.fail(r.id, "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.")
		return
	}
	if a.byURI == nil {
		a.body = asMap(cloneTree(r.props["DefinitionBody"]))
		if a.body == nil {
			a.body = newDefinition()
		}
		if isIntrinsic(a.body) { // Fn::Transform: what is in there is not known here
			a.body, a.byURI = nil, a.body
		}
	}
	a.stage = r.id + "ApiGatewayDefaultStage"
	if name, ok := t.text(r.props["StageName"]); ok && name != "$default" {
		a.stage = r.id + alphanumeric(name) + "Stage"
	} else if r.props["StageName"] != nil && !ok {
		a.stage = r.id + "Stage"
	}
	t.httpAPIs[r.id] = a
	t.properties[r.id+".Stage"] = a.stage
}

// newDefinition is an API's definition without routes.
func newDefinition() map[string]any {
	return map[string]any{
		"openapi": "3.0.1",
		"info":    map[string]any{"version": "1.0", "title": ref("AWS::StackName")},
		"paths":   map[string]any{},
	}
}

// implicit returns the API of events that name none, making it at first.
func (t *transform) implicit(f *invoker) *httpAPI {
	a, ok := t.httpAPIs[implicitHTTPAPI]
	if !ok {
		r := &source{id: implicitHTTPAPI, props: merge(t.globals["HttpApi"], nil), res: map[string]any{}}
		if c, ok := f.res["Condition"]; ok {
			r.res["Condition"] = c
		}
		t.declareHTTPAPI(r)
		return t.httpAPIs[implicitHTTPAPI]
	}
	if _, own := t.in[implicitHTTPAPI]; !own && a.res["Condition"] != f.res["Condition"] {
		delete(a.res, "Condition") // used under different conditions: it is always there
	}
	return a
}

// pathVariable is a {name} or {name+} of a path.
var pathVariable = regexp.MustCompile(`\{([^}]+)\}`)

// httpAPIEvent adds a route for the function.
func (t *transform) httpAPIEvent(f *invoker, e *event) {
	a, ok := t.httpAPIOf(f, e)
	if !ok {
		return
	}
	path, _ := t.text(e.props["Path"])
	method, _ := t.text(e.props["Method"])
	if (path == "") != (method == "") {
		t.failEvent(f, e, "Method and Path must be specified together.")
		return
	}
	a.permit(t, f, e, path, method)
	if a.body == nil {
		return
	}
	if path == "" {
		path, method = "$default", "x-amazon-apigateway-any-method"
	}
	verb := strings.ToUpper(method)
	method = strings.ToLower(method)
	if method == "any" {
		method = "x-amazon-apigateway-any-method"
	}
	paths := child(a.body, "paths")
	item := child(paths, path)
	if asMap(item[method])["x-amazon-apigateway-integration"] != nil {
		t.failEvent(f, e, "API method \""+strings.TrimPrefix(method, "x-amazon-apigateway-")+"\" defined multiple times for path \""+path+"\".")
		return
	}
	op := child(item, method)
	a.operation(op, f, e, verb, path)
	item[method] = f.conditional(op)
}

// httpAPIOf finds the API that an event adds to.
func (t *transform) httpAPIOf(f *invoker, e *event) (*httpAPI, bool) {
	id := e.props["ApiId"]
	if id == nil {
		return t.implicit(f), true
	}
	name, ok := refTarget(id)
	if a, found := t.httpAPIs[name]; ok && found {
		return a, true
	}
	t.failEvent(f, e, "ApiId must be a valid reference to an 'AWS::Serverless::HttpApi' resource in same template.")
	return nil, false
}

// permit lets the API call the function on one route.
func (a *httpAPI) permit(t *transform, f *invoker, e *event, path, method string) {
	resource := "*"
	if path != "" {
		verb := strings.ToUpper(method)
		if verb == "ANY" || strings.HasPrefix(verb, "X-AMAZON") {
			verb = "*"
		}
		resource = verb + pathVariable.ReplaceAllString(path, "*")
		if path == "$default" {
			resource = "$default"
		}
	}
	t.permission(f, e.id+"Permission", "apigateway.amazonaws.com", map[string]any{
		"SourceArn": sub("arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}/"+resource,
			map[string]any{"__ApiId__": ref(a.id), "__Stage__": "*"}),
	})
}

// operation writes one route of the definition.
func (a *httpAPI) operation(op map[string]any, f *invoker, e *event, verb, path string) {
	integration := map[string]any{
		"type": "aws_proxy", "httpMethod": "POST", "payloadFormatVersion": "2.0",
		"uri": sub("arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${"+f.subName()+"}/invocations", nil),
	}
	if v, ok := e.props["PayloadFormatVersion"]; ok {
		integration["payloadFormatVersion"] = v
	}
	if v, ok := e.props["TimeoutInMillis"]; ok {
		integration["timeoutInMillis"] = v
	}
	op["x-amazon-apigateway-integration"] = integration
	if op["responses"] == nil {
		op["responses"] = map[string]any{}
	}
	if path == "$default" {
		op["isDefaultRoute"] = true
	}
	var params []any
	for _, m := range pathVariable.FindAllStringSubmatch(path, -1) {
		params = append(params, map[string]any{"name": m[1], "in": "path", "required": true})
	}
	if params != nil && op["parameters"] == nil {
		op["parameters"] = params
	}
	a.secure(op, asMap(e.props["Auth"]))
	if v := asMap(e.props["RouteSettings"]); v != nil {
		key := "$default"
		if path != "$default" {
			key = verb + " " + path
		}
		a.routes[key] = f.conditional(v)
	}
}

// conditional is v under the function's condition, if it has one.
func (f *invoker) conditional(v map[string]any) map[string]any {
	if c, ok := f.res["Condition"]; ok {
		return map[string]any{"Fn::If": []any{c, v, ref("AWS::NoValue")}}
	}
	return v
}

// subName is how the function is called in the text of a Fn::Sub.
func (f *invoker) subName() string {
	if f.alias != "" {
		return f.alias
	}
	return f.id + ".Arn"
}

// secure says which authorizer a route has.
func (a *httpAPI) secure(op, auth map[string]any) {
	defaults := asMap(a.props["Auth"])
	name, _ := auth["Authorizer"].(string)
	if name == "" {
		name, _ = defaults["DefaultAuthorizer"].(string)
		if auth["Authorizer"] == nil && name == "" {
			return
		}
	}
	scopes := auth["AuthorizationScopes"]
	if scopes == nil {
		scopes = asMap(asMap(defaults["Authorizers"])[name])["AuthorizationScopes"]
	}
	if scopes == nil || name == "NONE" {
		scopes = []any{}
	}
	op["security"] = []any{map[string]any{name: scopes}}
}

// child returns the map that is m's member of a name, making it at first.
func child(m map[string]any, name string) map[string]any {
	c := asMap(m[name])
	if c == nil {
		c = map[string]any{}
		m[name] = c
	}
	return c
}

// write emits the API and its stage.
func (a *httpAPI) write(t *transform) {
	props := pick(a.props, "FailOnWarnings")
	tags := map[string]any{"httpapi:createdBy": "SAM"}
	maps.Copy(tags, asMap(a.props["Tags"]))
	switch {
	case a.body != nil:
		a.complete(t)
		props["Body"] = a.body
	case isIntrinsic(a.byURI):
		props["Body"] = a.byURI
	default:
		loc, ok := t.location(a.byURI, "Bucket", "Key", "Version")
		if !ok {
			t.fail(a.id, "'DefinitionUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.")
			return
		}
		props["BodyS3Location"] = loc
	}
	inherit(t.emit(a.source, a.id, "AWS::ApiGatewayV2::Api", props), a.source)

	stage := pick(a.props, "AccessLogSettings", "DefaultRouteSettings", "StageVariables")
	if routes := merge(asMap(a.props["RouteSettings"]), a.routes); len(routes) > 0 {
		stage["RouteSettings"] = routes
	}
	stage["ApiId"], stage["AutoDeploy"], stage["Tags"] = ref(a.id), true, tags
	stage["StageName"] = "$default"
	if n, ok := a.props["StageName"]; ok {
		stage["StageName"] = n
	}
	t.emit(a.source, a.stage, "AWS::ApiGatewayV2::Stage", stage)
	a.domain(t)
}

// complete adds to the definition what the API's properties say.
func (a *httpAPI) complete(t *transform) {
	info := child(a.body, "info")
	if d, ok := a.props["Description"]; ok {
		info["description"] = d
	}
	if n, ok := a.props["Name"]; ok {
		info["title"] = n
	}
	if d, ok := a.props["DisableExecuteApiEndpoint"]; ok {
		a.body["servers"] = []any{map[string]any{
			"x-amazon-apigateway-endpoint-configuration": map[string]any{"disableExecuteApiEndpoint": d},
		}}
	}
	if cors := corsOf(a.props["CorsConfiguration"]); cors != nil {
		a.body["x-amazon-apigateway-cors"] = cors
	}
	own := asMap(a.props["Tags"])
	tags := asList(a.body["tags"])
	for _, k := range slices.Sorted(maps.Keys(own)) {
		tags = append(tags, map[string]any{"name": k, "x-amazon-apigateway-tag-value": own[k]})
	}
	a.body["tags"] = append(tags, map[string]any{"name": "httpapi:createdBy", "x-amazon-apigateway-tag-value": "SAM"})
	a.authorizers(t)
}

// corsOf writes a CorsConfiguration in the definition's words; true allows every origin.
func corsOf(v any) map[string]any {
	if v == true {
		return map[string]any{"allowOrigins": []any{"*"}}
	}
	m := asMap(v)
	if m == nil {
		return nil
	}
	out := map[string]any{}
	for _, n := range []string{"AllowOrigins", "AllowHeaders", "AllowMethods", "ExposeHeaders", "MaxAge", "AllowCredentials"} {
		if e, ok := m[n]; ok {
			out[strings.ToLower(n[:1])+n[1:]] = e
		}
	}
	return out
}
