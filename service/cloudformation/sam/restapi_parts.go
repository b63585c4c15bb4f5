package sam

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// cors adds an OPTIONS method to every path of an API with CORS.
func (a *restAPI) cors(t *transform) bool {
	config := a.props["Cors"]
	if config == nil {
		return true
	}
	m := asMap(config)
	if m == nil || isIntrinsic(config) {
		m = map[string]any{"AllowOrigin": config}
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains([]string{"AllowOrigin", "AllowHeaders", "AllowMethods", "MaxAge", "AllowCredentials"}, name) {
			t.fail(a.id, fmt.Sprintf("Invalid key '%s' for 'Cors' property.", name))
			return false
		}
	}
	if m["AllowOrigin"] == nil {
		m = maps.Clone(m)
		m["AllowOrigin"] = "'*'"
	}
	if m["AllowCredentials"] == true && m["AllowOrigin"] == "'*'" {
		t.fail(a.id, "Unable to add Cors configuration because 'AllowCredentials' can not be true when 'AllowOrigin' is \"'*'\" or not set")
		return false
	}
	paths := asMap(a.body["paths"])
	seen := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		plain := path
		if path != "/" {
			plain = strings.TrimRight(path, "/")
		}
		if seen[plain] { // /a and /a/ are one resource
			continue
		}
		seen[plain] = true
		for _, item := range branches(paths[path]) {
			if item["options"] == nil {
				item["options"] = preflight(m, item)
			}
		}
	}
	return true
}

// preflight is the method that answers for a path what CORS allows.
func preflight(cors, item map[string]any) map[string]any {
	headers, values := map[string]any{}, map[string]any{}
	add := func(name, kind string, v any) {
		if v != nil && v != "" {
			headers[name] = map[string]any{"type": kind}
			values["method.response.header."+name] = v
		}
	}
	methods := cors["AllowMethods"]
	if methods == nil || methods == "" {
		methods = "'" + strings.Join(methodsOf(item), ",") + "'"
	}
	add("Access-Control-Allow-Origin", "string", cors["AllowOrigin"])
	add("Access-Control-Allow-Methods", "string", methods)
	add("Access-Control-Allow-Headers", "string", cors["AllowHeaders"])
	add("Access-Control-Max-Age", "integer", cors["MaxAge"])
	if cors["AllowCredentials"] == true {
		add("Access-Control-Allow-Credentials", "string", "'true'")
	}
	return map[string]any{
		"summary": "CORS support", "consumes": []any{"application/json"}, "produces": []any{"application/json"},
		"responses": map[string]any{"200": map[string]any{"description": "Default response for CORS method", "headers": headers}},
		extIntegrate: map[string]any{
			"type": "mock", "requestTemplates": map[string]any{"application/json": "{\n  \"statusCode\" : 200\n}\n"},
			"responses": map[string]any{"default": map[string]any{
				"statusCode": "200", "responseTemplates": map[string]any{"application/json": "{}\n"}, "responseParameters": values,
			}},
		},
	}
}

// methodsOf are the methods of a path, as CORS tells them.
func methodsOf(item map[string]any) []string {
	if item[extAny] != nil {
		return []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
	}
	list := []string{"OPTIONS"}
	for k := range item {
		list = append(list, strings.ToUpper(k))
	}
	slices.Sort(list)
	return list
}

// statusCode is the form of a response's status.
var statusCode = regexp.MustCompile(`^[0-9]{1,3}$`)

// gatewayResponses writes what API Gateway itself answers into the definition.
func (a *restAPI) gatewayResponses(t *transform) bool {
	all := asMap(a.props["GatewayResponses"])
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		r := asMap(all[kind])
		if r == nil || isIntrinsic(r) {
			t.fail(a.id, "Unable to set GatewayResponses attribute because intrinsic functions are not supported for this field.")
			return false
		}
		for _, name := range slices.Sorted(maps.Keys(r)) {
			if !slices.Contains([]string{"ResponseParameters", "ResponseTemplates", "StatusCode"}, name) {
				t.fail(a.id, fmt.Sprintf("Invalid property '%s' in 'GatewayResponses' property '%s'.", name, kind))
				return false
			}
		}
		parameters := map[string]any{}
		places := map[string]string{"Headers": "header.", "Paths": "path.", "QueryStrings": "querystring."}
		for place, values := range asMap(r["ResponseParameters"]) {
			if places[place] == "" {
				t.fail(a.id, fmt.Sprintf("Invalid gateway response parameter '%s'", place))
				return false
			}
			for name, v := range asMap(values) {
				parameters["gatewayresponse."+places[place]+name] = v
			}
		}
		templates := asMap(r["ResponseTemplates"])
		if templates == nil {
			templates = map[string]any{}
		}
		out := map[string]any{"responseParameters": parameters, "responseTemplates": templates}
		if code, ok := t.text(r["StatusCode"]); ok && code != "" {
			if !statusCode.MatchString(code) {
				t.fail(a.id, "Property 'StatusCode' must be numeric")
				return false
			}
			out["statusCode"] = code
		}
		child(a.body, "x-amazon-apigateway-gateway-responses")[kind] = out
	}
	return true
}

// models writes the API's models into the definition.
func (a *restAPI) models(t *transform) bool {
	all := asMap(a.props["Models"])
	for _, name := range slices.Sorted(maps.Keys(all)) {
		schema := asMap(all[name])
		if schema == nil {
			t.fail(a.id, "Invalid value for 'Models' property")
			return false
		}
		if schema["type"] == nil {
			t.fail(a.id, "'Models' schema is missing 'type'.")
			return false
		}
		child(a.body, "definitions")[strings.ToLower(name)] = schema
	}
	return true
}

// modernize brings what was written in Swagger's words into those of OpenAPI 3,
// where the definition is one.
func (a *restAPI) modernize() {
	version, _ := a.body["openapi"].(string)
	if a.body["swagger"] != nil || !strings.HasPrefix(version, "3") {
		return
	}
	for from, to := range map[string]string{"securityDefinitions": "securitySchemes", "definitions": "schemas"} {
		if v := asMap(a.body[from]); len(v) > 0 {
			maps.Copy(child(child(a.body, "components"), to), v)
			delete(a.body, from)
		}
	}
	for _, v := range asMap(a.body["paths"]) {
		for _, item := range branches(v) {
			options := asMap(item["options"])
			delete(options, "consumes")
			delete(options, "produces")
			headers := asMap(asMap(asMap(options["responses"])["200"])["headers"])
			for name, h := range headers {
				headers[name] = map[string]any{"schema": h}
			}
		}
	}
}

// domain gives the API a name of the user's own.
func (a *restAPI) domain(t *transform) {
	d := asMap(t.settled(a.props["Domain"]))
	if d == nil {
		return
	}
	endpoint, _ := d["EndpointConfiguration"].(string)
	if d["EndpointConfiguration"] == nil {
		endpoint = "REGIONAL"
	}
	switch {
	case d["DomainName"] == nil:
		t.fail(a.id, "Property 'Domain.DomainName' is required.")
		return
	case d["CertificateArn"] == nil:
		t.fail(a.id, "Property 'Domain.CertificateArn' is required.")
		return
	case d["Route53"] != nil:
		t.fail(a.id, "Route53 of the property Domain is not supported by maru, which has no DNS of its own: leave it out.")
		return
	case endpoint == "PRIVATE":
		t.fail(a.id, "EndpointConfiguration PRIVATE of the property Domain is not supported by maru.")
		return
	case endpoint != "REGIONAL" && endpoint != "EDGE":
		t.fail(a.id, "EndpointConfiguration for Custom Domains must be one of ['EDGE', 'REGIONAL', 'PRIVATE'].")
		return
	}
	id := "ApiGatewayDomainName" + suffix(d["DomainName"])
	config := pick(d, "IpAddressType")
	config["Types"] = []any{endpoint}
	props := pick(d, "DomainName", "EndpointAccessMode", "MutualTlsAuthentication", "OwnershipVerificationCertificateArn", "SecurityPolicy")
	props["EndpointConfiguration"] = config
	if endpoint == "EDGE" {
		props["CertificateArn"] = d["CertificateArn"]
	} else {
		props["RegionalCertificateArn"] = d["CertificateArn"]
	}
	a.propagate(props)
	t.emit(a.source, id, "AWS::ApiGateway::DomainName", props)
	t.properties[a.id+".DomainName"] = id
	a.mappings(t, d, id)
}

// propagate gives a resource the API's tags, if they are to be passed on.
func (a *restAPI) propagate(props map[string]any) {
	if tags := tagList("", a.props["Tags"]); a.props["PropagateTags"] == true && tags != nil {
		props["Tags"] = tags
	}
}

// mappings leads paths of the domain name to the API.
func (a *restAPI) mappings(t *transform, d map[string]any, domain string) {
	paths := asList(d["BasePath"])
	if len(paths) == 0 {
		paths = []any{""}
	}
	for _, p := range paths {
		path, _ := p.(string)
		mapping := map[string]any{"DomainName": ref(domain), "RestApiId": ref(a.id), "Stage": ref(a.stage)}
		if word := alphanumeric(path); path != "" && d["NormalizeBasePath"] == false {
			mapping["BasePath"] = path
		} else if path != "" {
			mapping["BasePath"] = word
		}
		t.emit(a.source, a.id+alphanumeric(path)+"BasePathMapping", "AWS::ApiGateway::BasePathMapping", mapping)
	}
}
