package sam

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// restRoute is the method of a path that an event names.
type restRoute struct {
	path string
	verb string // as the event has it, in small letters
	key  string // in the definition
}

// restAPIEvent adds a method for a function or state machine.
func (t *transform) restAPIEvent(f *invoker, e *event) {
	if !t.need(e, "Path", "Method") {
		return
	}
	id, ok := t.restAPIOf(f, e)
	if !ok {
		return
	}
	path, _ := t.text(e.props["Path"])
	verb, _ := t.text(e.props["Method"])
	r := restRoute{path: path, verb: strings.ToLower(verb), key: strings.ToLower(verb)}
	if r.key == "any" {
		r.key = extAny
	}
	var role any
	if f.machine {
		role = t.starter(f, e, "apigateway.amazonaws.com", e.id+"Role")
	} else {
		t.restPermission(f, e, id, r)
	}
	a := t.restAPIs[id]
	if a == nil || !a.inline() {
		return
	}
	auth := asMap(e.props["Auth"])
	merges := a.props["MergeDefinitions"] == true && !f.machine
	if a.managed || merges {
		a.addMethod(t, f, e, r, role, merges)
		return
	}
	if auth["OverrideApiAuth"] == true {
		if auth["Authorizer"] == nil && auth["ApiKeyRequired"] == nil && auth["ResourcePolicy"] == nil {
			t.failEvent(f, e, "Must define one of: Authorizer, ApiKeyRequired or ResourcePolicy when using the OverrideApiAuth property.")
			return
		}
		for _, item := range branches(asMap(a.body["paths"])[r.path]) {
			for _, op := range branches(item[r.key]) {
				a.secureMethod(t, f, e, r, op)
			}
		}
	}
}

// restAPIOf finds the API that an event adds to, and returns its id.
func (t *transform) restAPIOf(f *invoker, e *event) (string, bool) {
	given := e.props["RestApiId"]
	if given == nil {
		if t.restAPIs[implicitRESTAPI] == nil {
			props := merge(t.globals["Api"], map[string]any{"StageName": "Prod"})
			t.declareRESTAPI(&source{id: implicitRESTAPI, props: props, res: map[string]any{}})
		}
		a := t.restAPIs[implicitRESTAPI]
		if a == nil {
			return "", false
		}
		a.lasting(f)
		return implicitRESTAPI, true
	}
	id, _ := given.(string)
	if target, ok := refTarget(given); ok {
		id = target
	}
	if t.restAPIs[id] == nil && asMap(t.in[id]) == nil {
		t.failEvent(f, e, "RestApiId property of Api event must reference a valid resource in the same template.")
		return "", false
	}
	return id, true
}

// lasting gives the implicit API the firmest of the policies of those whose events
// are on it.
func (a *restAPI) lasting(f *invoker) {
	firmest := []string{"Retain", "Snapshot", "Delete"}
	for _, key := range []string{"DeletionPolicy", "UpdateReplacePolicy"} {
		own, _ := a.res[key].(string)
		theirs, _ := f.res[key].(string)
		if i := slices.Index(firmest, theirs); i >= 0 && (own == "" || i < slices.Index(firmest, own)) {
			a.res[key] = theirs
		}
	}
}

// stageWord is what ids call an API's stage by: its name where that is known.
func (t *transform) stageWord(id string) string {
	if id == implicitRESTAPI {
		return "Prod"
	}
	var name any
	if a := t.restAPIs[id]; a != nil {
		name = a.props["StageName"]
	} else {
		name = asMap(asMap(t.in[id])["Properties"])["StageName"]
	}
	if s, ok := name.(string); ok && s != "" {
		return s
	}
	return "Stage"
}

// restPermission lets the API call the function on one method.
func (t *transform) restPermission(f *invoker, e *event, api string, r restRoute) {
	id, stage := e.id+"Permission", t.stageWord(api)
	if len(r.path) > 1 {
		r.path = strings.TrimSuffix(r.path, "/")
	}
	if stage == alphanumeric(stage) {
		id += stage
	} else {
		id += suffix(stage)
	}
	t.permission(f, id, "apigateway.amazonaws.com", map[string]any{
		"SourceArn": sub("arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}/"+r.resource(),
			map[string]any{"__ApiId__": ref(api), "__Stage__": "*"}),
	})
}

// resource is how policies name the route, behind the stage.
func (r restRoute) resource() string {
	verb := strings.ToUpper(r.verb)
	if r.key == extAny || verb == "ANY" {
		verb = "*"
	}
	return verb + pathVariable.ReplaceAllString(r.path, "*")
}

// addMethod writes the method of an event into the definition.
func (a *restAPI) addMethod(t *transform, f *invoker, e *event, r restRoute, role any, merges bool) {
	item := child(asMap(a.body["paths"]), r.path)
	own := asMap(item[r.key])
	if !merges && own[extIntegrate] != nil || merges && isIntrinsic(item[r.key]) {
		t.failEvent(f, e, fmt.Sprintf("API method %q defined multiple times for path %q.", r.verb, r.path))
		return
	}
	op := map[string]any{"responses": map[string]any{}}
	if f.machine {
		op["responses"] = map[string]any{"200": map[string]any{"description": "OK"}, "400": map[string]any{"description": "Bad Request"}}
		op[extIntegrate] = f.startIntegration(e, role)
	} else {
		op[extIntegrate] = f.lambdaIntegration(e)
	}
	if !a.secureMethod(t, f, e, r, op) || !a.requestModel(t, f, e, r, op) || !a.requestParameters(t, f, e, op) {
		return
	}
	if merges {
		merged := maps.Clone(own)
		if merged == nil {
			merged = map[string]any{}
		}
		maps.Copy(merged, op)
		op = merged
	}
	a.credentials(e, op[extIntegrate].(map[string]any), f)
	condition, _ := f.res["Condition"].(string)
	if a.conditions[r.path] = append(a.conditions[r.path], condition); condition != "" {
		item[r.key] = map[string]any{"Fn::If": []any{condition, op, ref("AWS::NoValue")}}
		return
	}
	item[r.key] = op
}

// lambdaIntegration leads to the function.
func (f *invoker) lambdaIntegration(e *event) map[string]any {
	version, how := "2015-03-31", "invocations"
	out := map[string]any{"type": "aws_proxy", "httpMethod": "POST"}
	if e.props["ResponseTransferMode"] == "RESPONSE_STREAM" {
		version, how = "2021-11-15", "response-streaming-invocations"
		out["responseTransferMode"] = "STREAM"
	}
	out["uri"] = sub("arn:aws:apigateway:${AWS::Region}:lambda:path/"+version+"/functions/${"+f.subName()+"}/"+how, nil)
	if timeout := e.props["TimeoutInMillis"]; timeout != nil {
		out["timeoutInMillis"] = timeout
	}
	return out
}

// startIntegration starts the state machine with the request's body as input.
func (f *invoker) startIntegration(e *event, role any) map[string]any {
	template := `{"input": "$util.escapeJavaScript($input.json('$'))", "stateMachineArn": "${` + f.id + `}"}`
	if e.props["UnescapeMappingTemplate"] == true {
		template = `{"input": "$util.escapeJavaScript($input.json('$')).replaceAll("\\'","'")", "stateMachineArn": "${` + f.id + `}"}`
	}
	return map[string]any{
		"type": "aws", "httpMethod": "POST", "credentials": role,
		"uri":              sub("arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution", nil),
		"requestTemplates": map[string]any{"application/json": sub(template, nil)},
		"responses":        map[string]any{"200": map[string]any{"statusCode": "200"}, "400": map[string]any{"statusCode": "400"}},
	}
}

// requestModel says what the body of requests is, and who checks it.
func (a *restAPI) requestModel(t *transform, f *invoker, e *event, r restRoute, op map[string]any) bool {
	request := asMap(e.props["RequestModel"])
	if request["Model"] == nil {
		return true
	}
	model, _ := request["Model"].(string)
	trouble := func(why string) bool {
		t.failEvent(f, e, fmt.Sprintf("Unable to set RequestModel [%v] on API method [%s] for path [%s] because %s", request["Model"], r.verb, r.path, why))
		return false
	}
	models := asMap(a.props["Models"])
	switch {
	case len(models) == 0:
		return trouble("the related API does not define any Models.")
	case models[model] == nil:
		return trouble("it wasn't defined in the API's Models.")
	}
	name := strings.ToLower(model)
	if a.body["swagger"] != nil {
		parameter := map[string]any{"in": "body", "name": name, "schema": map[string]any{"$ref": "#/definitions/" + name}}
		if v := request["Required"]; v != nil {
			parameter["required"] = v
		}
		op["parameters"] = append(asList(op["parameters"]), parameter)
	} else {
		body := map[string]any{"content": map[string]any{"application/json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/" + name}}}}
		if v := request["Required"]; v != nil {
			body["required"] = v
		}
		op["requestBody"] = body
	}
	return a.validator(t, f, e, request, op)
}

// validator says what of a request is checked, if its model says anything of it.
func (a *restAPI) validator(t *transform, f *invoker, e *event, request, op map[string]any) bool {
	if request["ValidateBody"] == nil && request["ValidateParameters"] == nil {
		return true
	}
	body, bodyOK := switched(request["ValidateBody"])
	parameters, parametersOK := switched(request["ValidateParameters"])
	if !bodyOK || !parametersOK {
		t.failEvent(f, e, "Unable to set Validator to RequestModel: ValidateBody and ValidateParameters must be a boolean type, strings or intrinsics are not supported.")
		return false
	}
	name := "no-validation"
	switch {
	case body && parameters:
		name = "body-and-params"
	case body:
		name = "body-only"
	case parameters:
		name = "params-only"
	}
	all := child(a.body, "x-amazon-apigateway-request-validators")
	if all[name] == nil {
		all[name] = map[string]any{"validateRequestBody": body, "validateRequestParameters": parameters}
	}
	op["x-amazon-apigateway-request-validator"] = name
	return true
}

// switched reads a truth value; one that is not there is false.
func switched(v any) (set, ok bool) {
	if v == nil {
		return false, true
	}
	set, ok = v.(bool)
	return set, ok
}

// requestParameter is the form of a parameter's name.
var requestParameter = regexp.MustCompile(`^method\.request\.(querystring|path|header)\.(.+)$`)

// requestParameters says which parameters a request has.
func (a *restAPI) requestParameters(t *transform, f *invoker, e *event, op map[string]any) bool {
	for _, v := range asList(e.props["RequestParameters"]) {
		name, settings, ok := parameterOf(v)
		if !ok {
			t.failEvent(f, e, "Invalid value for 'RequestParameters' property. Property must be either a string or an object")
			return false
		}
		parts := requestParameter.FindStringSubmatch(name)
		if parts == nil {
			t.failEvent(f, e, "Invalid value for 'RequestParameters' property. Keys must be in the format 'method.request.[querystring|path|header].{value}', e.g 'method.request.header.Authorization'.")
			return false
		}
		for _, k := range slices.Sorted(maps.Keys(settings)) {
			if k != "Required" && k != "Caching" {
				t.failEvent(f, e, "Invalid value for 'RequestParameters' property. Values must be an object, e.g { Required: true, Caching: false }")
				return false
			}
		}
		var required any = false
		if r := settings["Required"]; r != nil {
			required = r
		}
		place := strings.TrimSuffix(parts[1], "string")
		op["parameters"] = append(asList(op["parameters"]), map[string]any{"in": place, "name": parts[2], "required": required, "type": "string"})
		if settings["Caching"] == true {
			integration := asMap(op[extIntegrate])
			integration["cacheKeyParameters"] = append(asList(integration["cacheKeyParameters"]), name)
		}
	}
	return true
}

// parameterOf reads an entry of RequestParameters: a name, or one with settings.
func parameterOf(v any) (name string, settings map[string]any, ok bool) {
	switch v := v.(type) {
	case string:
		return v, nil, true
	case map[string]any:
		for name, s := range v {
			settings, ok = s.(map[string]any)
			return name, settings, ok && len(v) == 1
		}
	case json.Number:
		return v.String(), nil, true
	}
	return "", nil, false
}
