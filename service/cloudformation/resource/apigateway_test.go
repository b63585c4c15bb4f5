package resource

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// patchesOf writes operations as a test expects them: "op path value" in turn.
func patchesOf(ops string) string { return `{"patchOperations":[` + ops + `]}` }

func TestTypesOfRESTAPIsLiveAndGo(t *testing.T) {
	t.Parallel()
	tests := map[string]life{
		"API": {
			typ:        "AWS::ApiGateway::RestApi",
			props:      `{"Name":"a","BinaryMediaTypes":["image~1png"],"EndpointConfiguration":{"Types":["EDGE"]},"Policy":{"Statement":[{"Allow":true}]},"MinimumCompressionSize":"10","Tags":[{"Key":"k","Value":"v"}]}`,
			changed:    `{"Name":"b","BinaryMediaTypes":["image/gif"],"EndpointConfiguration":{"Types":["REGIONAL"]},"DisableExecuteApiEndpoint":true}`,
			answers:    map[string]string{"CreateRestApi": `{"id":"x","rootResourceId":"y"}`, "GetRestApi": `{"endpointConfiguration":{"types":["EDGE"]}}`},
			id:         "x",
			attributes: obj{"RestApiId": "x", "RootResourceId": "y"},
			calls:      []string{"CreateRestApi", "GetRestApi", "UpdateRestApi", "UntagResource", "DeleteRestApi"},
			sent: map[string]string{
				"CreateRestApi": `{"policy":"{\"Statement\":[{\"Allow\":true}]}","minimumCompressionSize":10,"tags":{"k":"v"},"endpointConfiguration":{"types":["EDGE"]}}`,
				"UpdateRestApi": patchesOf(`{"op":"replace","path":"/name","value":"b"},{"op":"replace","path":"/minimumCompressionSize","value":""},
					{"op":"remove","path":"/policy"},{"op":"replace","path":"/disableExecuteApiEndpoint","value":"true"},
					{"op":"remove","path":"/binaryMediaTypes/image~1png"},{"op":"add","path":"/binaryMediaTypes/image~1gif"},
					{"op":"replace","path":"/endpointConfiguration/types/EDGE","value":"REGIONAL"}`),
				"UntagResource": `{"resourceArn":"arn:aws:apigateway:us-east-1::/restapis/x","tagKeys":["k"]}`,
			},
		},
		"API with a definition": {
			typ:        "AWS::ApiGateway::RestApi",
			props:      `{"Name":"a","Body":{"swagger":"2.0"},"Parameters":{"endpointConfigurationTypes":"REGIONAL"},"FailOnWarnings":"true"}`,
			changed:    `{"Name":"a","Body":{"swagger":"2.0","info":{}},"Mode":"merge"}`,
			answers:    map[string]string{"ImportRestApi": `{"id":"x","rootResourceId":"y"}`},
			id:         "x",
			attributes: obj{"RestApiId": "x", "RootResourceId": "y"},
			calls:      []string{"ImportRestApi", "UpdateRestApi", "PutRestApi", "UpdateRestApi", "DeleteRestApi"},
			sent: map[string]string{
				"ImportRestApi": `{"body":"eyJzd2FnZ2VyIjoiMi4wIn0=","failOnWarnings":true,"parameters":{"endpointConfigurationTypes":"REGIONAL"}}`,
				"PutRestApi":    `{"mode":"merge","restApiId":"x"}`,
				"UpdateRestApi": patchesOf(`{"op":"replace","path":"/name","value":"a"}`),
			},
		},
		"resource": {
			typ: "AWS::ApiGateway::Resource", props: `{"RestApiId":"x","ParentId":"y","PathPart":"pets"}`,
			answers: map[string]string{"CreateResource": `{"id":"z"}`},
			id:      "z", attributes: obj{"ResourceId": "z"}, calls: []string{"CreateResource", "DeleteResource"},
		},
		"method": {
			typ: "AWS::ApiGateway::Method",
			props: `{"RestApiId":"x","ResourceId":"y","HttpMethod":"GET","ApiKeyRequired":"true","RequestParameters":{"method.request.header.X":"true"},
				"MethodResponses":[{"StatusCode":200,"ResponseModels":{"application/json":"Empty"}}],
				"Integration":{"Type":"MOCK","RequestTemplates":{"application/json":{"statusCode":200}},"TimeoutInMillis":"3000","IntegrationResponses":[{"StatusCode":"200","SelectionPattern":"2.."}]}}`,
			changed: `{"RestApiId":"x","ResourceId":"y","HttpMethod":"GET","AuthorizationType":"AWS_IAM"}`,
			id:      "stack-It-rGhNuUFjCQQt",
			calls:   []string{"PutMethod", "PutMethodResponse", "PutIntegration", "PutIntegrationResponse", "DeleteMethod", "PutMethod", "DeleteMethod"},
			sent: map[string]string{
				"PutMethod":              `{"authorizationType":"AWS_IAM","httpMethod":"GET"}`,
				"PutMethodResponse":      `{"statusCode":"200","responseModels":{"application/json":"Empty"}}`,
				"PutIntegration":         `{"type":"MOCK","requestTemplates":{"application/json":"{\"statusCode\":200}"},"timeoutInMillis":3000}`,
				"PutIntegrationResponse": `{"statusCode":"200","selectionPattern":"2.."}`,
			},
		},
		"deployment": {
			typ: "AWS::ApiGateway::Deployment", props: `{"RestApiId":"x","Description":"one"}`, changed: `{"RestApiId":"x","Description":"two"}`,
			answers: map[string]string{"CreateDeployment": `{"id":"d"}`},
			id:      "d", attributes: obj{"DeploymentId": "d"}, calls: []string{"CreateDeployment", "UpdateDeployment", "DeleteDeployment"},
			sent: map[string]string{"UpdateDeployment": patchesOf(`{"op":"replace","path":"/description","value":"two"}`)},
		},
		"deployment with its stage": {
			typ:     "AWS::ApiGateway::Deployment",
			props:   `{"RestApiId":"x","StageName":"prod","StageDescription":{"Variables":{"Ab":"c"},"LoggingLevel":"INFO","MethodSettings":[{"ResourcePath":"/~1pets","HttpMethod":"GET","CachingEnabled":true}]}}`,
			changed: `{"RestApiId":"x","StageName":"prod","StageDescription":{"Variables":{"Ab":"d"},"LoggingLevel":"INFO"}}`,
			answers: map[string]string{"CreateDeployment": `{"id":"d"}`, "GetStage": `{"deploymentId":"d"}`},
			id:      "d", attributes: obj{"DeploymentId": "d"},
			calls: []string{"CreateDeployment", "CreateStage", "UpdateStage", "UpdateStage", "GetStage", "DeleteStage", "DeleteDeployment"},
			sent: map[string]string{
				"CreateStage": `{"variables":{"Ab":"c"},"deploymentId":"d"}`,
				"UpdateStage": patchesOf(`{"op":"replace","path":"/variables/Ab","value":"d"},{"op":"remove","path":"/~1pets/GET"}`),
			},
		},
		"stage": {
			typ: "AWS::ApiGateway::Stage",
			props: `{"RestApiId":"x","StageName":"prod","DeploymentId":"d","AccessLogSetting":{"DestinationArn":"g","Format":"f"},
				"MethodSettings":[{"ResourcePath":"/*","HttpMethod":"*","MetricsEnabled":true},{"ResourcePath":"/","HttpMethod":"GET","ThrottlingRateLimit":1.5,"LoggingLevel":"OFF"}],"Tags":[{"Key":"k","Value":"v"}]}`,
			changed: `{"RestApiId":"x","StageName":"prod","DeploymentId":"e","CanarySetting":{"DeploymentId":"d","PercentTraffic":10},"TracingEnabled":true,
				"MethodSettings":[{"ResourcePath":"/","HttpMethod":"GET","ThrottlingRateLimit":"2"}],"Tags":[{"Key":"k","Value":"w"}]}`,
			id:    "prod",
			calls: []string{"CreateStage", "UpdateStage", "UpdateStage", "TagResource", "DeleteStage"},
			sent: map[string]string{
				"CreateStage": `{"tags":{"k":"v"}}`,
				"UpdateStage": patchesOf(`{"op":"replace","path":"/deploymentId","value":"e"},{"op":"replace","path":"/tracingEnabled","value":"true"},
					{"op":"remove","path":"/accessLogSettings"},
					{"op":"replace","path":"/canarySettings/deploymentId","value":"d"},{"op":"replace","path":"/canarySettings/percentTraffic","value":"10"},
					{"op":"remove","path":"/*/*"},{"op":"remove","path":"/~1/GET"},{"op":"replace","path":"/~1/GET/throttling/rateLimit","value":"2"}`),
				"TagResource": `{"resourceArn":"arn:aws:apigateway:us-east-1::/restapis/x/stages/prod","tags":{"k":"w"}}`,
			},
		},
		"authorizer": {
			typ:     "AWS::ApiGateway::Authorizer",
			props:   `{"RestApiId":"x","Name":"a","Type":"COGNITO_USER_POOLS","ProviderARNs":["p","q"],"AuthorizerResultTtlInSeconds":"0"}`,
			changed: `{"RestApiId":"x","Name":"a","Type":"COGNITO_USER_POOLS","ProviderARNs":["q","r"]}`,
			answers: map[string]string{"CreateAuthorizer": `{"id":"z"}`},
			id:      "z", attributes: obj{"AuthorizerId": "z"}, calls: []string{"CreateAuthorizer", "UpdateAuthorizer", "DeleteAuthorizer"},
			sent: map[string]string{
				"CreateAuthorizer": `{"authorizerResultTtlInSeconds":0}`,
				"UpdateAuthorizer": patchesOf(`{"op":"replace","path":"/authorizerResultTtlInSeconds","value":"300"},{"op":"remove","path":"/providerARNs","value":"p"},{"op":"add","path":"/providerARNs","value":"r"}`),
			},
		},
		"model": {
			typ: "AWS::ApiGateway::Model", props: `{"RestApiId":"x","Name":"Pet","Schema":{"type":"object"}}`, changed: `{"RestApiId":"x","Name":"Pet","Schema":{"type":"string"}}`,
			answers: map[string]string{"CreateModel": `{"id":"z","name":"Pet"}`},
			id:      "Pet", attributes: obj{}, calls: []string{"CreateModel", "UpdateModel", "DeleteModel"},
			sent: map[string]string{
				"CreateModel": `{"contentType":"application/json","schema":"{\"type\":\"object\"}"}`,
				"UpdateModel": `{"modelName":"Pet","patchOperations":[{"op":"replace","path":"/schema","value":"{\"type\":\"string\"}"}]}`,
			},
		},
		"validator": {
			typ: "AWS::ApiGateway::RequestValidator", props: `{"RestApiId":"x","ValidateRequestBody":true}`, changed: `{"RestApiId":"x"}`,
			answers: map[string]string{"CreateRequestValidator": `{"id":"v"}`},
			id:      "v", attributes: obj{"RequestValidatorId": "v"},
			calls: []string{"CreateRequestValidator", "UpdateRequestValidator", "DeleteRequestValidator"},
			sent:  map[string]string{"UpdateRequestValidator": patchesOf(`{"op":"replace","path":"/validateRequestBody","value":"false"}`)},
		},
		"gateway response": {
			typ:     "AWS::ApiGateway::GatewayResponse",
			props:   `{"RestApiId":"x","ResponseType":"DEFAULT_4XX","ResponseParameters":{"gatewayresponse.header.A":"'b'"}}`,
			changed: `{"RestApiId":"x","ResponseType":"DEFAULT_4XX","StatusCode":"418"}`,
			id:      "7gxtau", attributes: obj{"Id": "7gxtau"},
			calls: []string{"PutGatewayResponse", "PutGatewayResponse", "DeleteGatewayResponse"},
			sent:  map[string]string{"DeleteGatewayResponse": `{"responseType":"DEFAULT_4XX","restApiId":"x"}`},
		},
		"documentation part": {
			typ: "AWS::ApiGateway::DocumentationPart", props: `{"RestApiId":"x","Location":{"Type":"API"},"Properties":"{}"}`,
			changed: `{"RestApiId":"x","Location":{"Type":"API"},"Properties":"{\"a\":1}"}`,
			answers: map[string]string{"CreateDocumentationPart": `{"id":"p"}`}, id: "p", attributes: obj{"DocumentationPartId": "p"},
			calls: []string{"CreateDocumentationPart", "UpdateDocumentationPart", "DeleteDocumentationPart"},
			sent:  map[string]string{"CreateDocumentationPart": `{"location":{"type":"API"}}`},
		},
		"documentation version": {
			typ: "AWS::ApiGateway::DocumentationVersion", props: `{"RestApiId":"x","DocumentationVersion":"1"}`, changed: `{"RestApiId":"x","DocumentationVersion":"1","Description":"d"}`,
			answers: map[string]string{"CreateDocumentationVersion": `{"version":"1"}`}, id: "1", attributes: obj{},
			calls: []string{"CreateDocumentationVersion", "UpdateDocumentationVersion", "DeleteDocumentationVersion"},
			sent:  map[string]string{"DeleteDocumentationVersion": `{"documentationVersion":"1","restApiId":"x"}`},
		},
		"key": {
			typ: "AWS::ApiGateway::ApiKey", props: `{"Name":"k","Enabled":true,"StageKeys":[{"RestApiId":"x","StageName":"s"}]}`, changed: `{"Name":"k"}`,
			answers: map[string]string{"CreateApiKey": `{"id":"i"}`}, id: "i", attributes: obj{"APIKeyId": "i"},
			calls: []string{"CreateApiKey", "UpdateApiKey", "DeleteApiKey"},
			sent: map[string]string{
				"CreateApiKey": `{"name":"k","enabled":true,"stageKeys":[{"restApiId":"x","stageName":"s"}]}`,
				"UpdateApiKey": patchesOf(`{"op":"replace","path":"/enabled","value":"false"},{"op":"remove","path":"/stages","value":"x/s"}`),
			},
		},
		"usage plan": {
			typ: "AWS::ApiGateway::UsagePlan",
			props: `{"UsagePlanName":"p","ApiStages":[{"ApiId":"x","Stage":"s","Throttle":{"/pets/GET":{"RateLimit":1}}},{"ApiId":"x","Stage":"t"}],
				"Quota":{"Limit":"10","Period":"DAY"},"Throttle":{"BurstLimit":2,"RateLimit":3}}`,
			changed: `{"UsagePlanName":"p","ApiStages":[{"ApiId":"x","Stage":"s","Throttle":{"/GET":{"BurstLimit":4}}}],"Throttle":{"BurstLimit":2,"RateLimit":5}}`,
			answers: map[string]string{"CreateUsagePlan": `{"id":"i"}`}, id: "i", attributes: obj{"Id": "i"},
			calls: []string{"CreateUsagePlan", "UpdateUsagePlan", "UpdateUsagePlan", "DeleteUsagePlan"},
			sent: map[string]string{
				"CreateUsagePlan": `{"name":"p","apiStages":[{"apiId":"x","stage":"s","throttle":{"/pets/GET":{"rateLimit":1}}},{"apiId":"x","stage":"t"}],"quota":{"limit":10,"period":"DAY"}}`,
				"UpdateUsagePlan": patchesOf(`{"op":"remove","path":"/apiStages","value":"x:s"}`),
			},
		},
		"usage plan's key": {
			typ: "AWS::ApiGateway::UsagePlanKey", props: `{"KeyId":"k","KeyType":"API_KEY","UsagePlanId":"p"}`,
			id: "k:p", attributes: obj{"Id": "k:p"}, calls: []string{"CreateUsagePlanKey", "DeleteUsagePlanKey"},
		},
		"domain name": {
			typ:     "AWS::ApiGateway::DomainName",
			props:   `{"DomainName":"d.example","RegionalCertificateArn":"c","EndpointConfiguration":{"Types":["REGIONAL"]},"MutualTlsAuthentication":{"TruststoreUri":"s3://b/k"}}`,
			changed: `{"DomainName":"d.example","CertificateArn":"c","EndpointConfiguration":{"Types":["EDGE"]}}`,
			answers: map[string]string{"GetDomainName": `{"distributionDomainName":"n","distributionHostedZoneId":"z"}`},
			id:      "d.example",
			attributes: obj{
				"DomainNameArn": "arn:aws:apigateway:us-east-1::/domainnames/d.example", "DistributionDomainName": "n", "DistributionHostedZoneId": "z",
				"RegionalDomainName": "", "RegionalHostedZoneId": "",
			},
			calls: []string{"CreateDomainName", "UpdateDomainName", "GetDomainName", "DeleteDomainName"},
			sent: map[string]string{"UpdateDomainName": patchesOf(`{"op":"replace","path":"/certificateArn","value":"c"},{"op":"replace","path":"/regionalCertificateArn","value":""},
				{"op":"remove","path":"/endpointConfiguration/types","value":"REGIONAL"},{"op":"add","path":"/endpointConfiguration/types","value":"EDGE"},
				{"op":"replace","path":"/mutualTlsAuthentication/truststoreUri","value":""}`)},
		},
		"base path mapping": {
			typ: "AWS::ApiGateway::BasePathMapping", props: `{"DomainName":"d","RestApiId":"x","Stage":"s"}`, changed: `{"DomainName":"d","RestApiId":"y","Stage":"s"}`,
			id: "d|(none)", calls: []string{"CreateBasePathMapping", "UpdateBasePathMapping", "DeleteBasePathMapping"},
			sent: map[string]string{"UpdateBasePathMapping": `{"basePath":"(none)","patchOperations":[{"op":"replace","path":"/restapiId","value":"y"}]}`},
		},
		"client certificate": {
			typ: "AWS::ApiGateway::ClientCertificate", props: `{}`, changed: `{"Description":"d"}`,
			answers: map[string]string{"GenerateClientCertificate": `{"clientCertificateId":"c"}`}, id: "c", attributes: obj{"ClientCertificateId": "c"},
			calls: []string{"GenerateClientCertificate", "UpdateClientCertificate", "DeleteClientCertificate"},
		},
		"VPC link": {
			typ: "AWS::ApiGateway::VpcLink", props: `{"Name":"l","TargetArns":["n"]}`, changed: `{"Name":"m","TargetArns":["n"]}`,
			answers: map[string]string{"CreateVpcLink": `{"id":"i"}`, "GetVpcLink": `{"status":"AVAILABLE"}`}, id: "i", attributes: obj{"VpcLinkId": "i"},
			calls: []string{"CreateVpcLink", "GetVpcLink", "UpdateVpcLink", "GetVpcLink", "DeleteVpcLink"},
		},
		"account": {
			typ: "AWS::ApiGateway::Account", props: `{"CloudWatchRoleArn":"` + anyRole + `"}`, changed: `{}`, id: "stack-It-rGhNuUFjCQQt",
			attributes: obj{"Id": "stack-It-rGhNuUFjCQQt"}, calls: []string{"UpdateAccount", "UpdateAccount"},
			sent: map[string]string{"UpdateAccount": patchesOf(`{"op":"replace","path":"/cloudwatchRoleArn","value":""}`)},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.run(t)
		})
	}
}

// A creation that may have been done before finds what it made.
func TestTypesOfRESTAPIsAreMadeOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		typ, props string
		answers    map[string]string
		id         string
		calls      []string
	}{
		"API": {
			"AWS::ApiGateway::RestApi", `{"Name":"a"}`,
			map[string]string{"GetRestApis": `{"items":[{"id":"o","name":"other"},{"id":"c","name":"a","createdDate":"1e10"},{"id":"x","name":"a","createdDate":"1e10"}]}`},
			"x",
			[]string{"GetRestApis", "UpdateRestApi"},
		},
		"API of a definition that was not named yet": {
			"AWS::ApiGateway::RestApi", `{"Name":"a","Body":{"info":{"title":"t"}}}`,
			map[string]string{"GetRestApis": `{"items":[{"id":"x","name":"t","createdDate":"1e10"}]}`},
			"x",
			[]string{"GetRestApis", "PutRestApi", "UpdateRestApi"},
		},
		"resource": {
			"AWS::ApiGateway::Resource", `{"RestApiId":"x","ParentId":"y","PathPart":"p"}`,
			map[string]string{"GetResources": `{"items":[{"id":"y","path":"/"},{"id":"z","parentId":"y","pathPart":"p"}]}`},
			"z",
			[]string{"GetResources"},
		},
		"method": {
			"AWS::ApiGateway::Method", `{"RestApiId":"x","ResourceId":"y","HttpMethod":"ANY"}`, nil, "stack-It-rGhNuUFjCQQt", []string{"DeleteMethod", "PutMethod"},
		},
		"deployment": {
			"AWS::ApiGateway::Deployment", `{"RestApiId":"x","StageName":"s"}`,
			map[string]string{"GetDeployments": `{"items":[{"id":"d","createdDate":"1e10"}]}`, "CreateStage": "!ConflictException"},
			"d",
			[]string{"GetDeployments", "CreateStage", "UpdateStage"},
		},
		"stage": {
			"AWS::ApiGateway::Stage", `{"RestApiId":"x","StageName":"s","DeploymentId":"d"}`,
			map[string]string{"CreateStage": "!ConflictException"},
			"s",
			[]string{"CreateStage", "UpdateStage"},
		},
		"documentation part": {
			"AWS::ApiGateway::DocumentationPart", `{"RestApiId":"x","Location":{"Type":"METHOD","Path":"/a"},"Properties":"{}"}`,
			map[string]string{"GetDocumentationParts": `{"items":[{"id":"p","location":{"type":"METHOD","path":"/a"}}]}`},
			"p",
			[]string{"GetDocumentationParts"},
		},
		"key": {
			"AWS::ApiGateway::ApiKey", `{}`, map[string]string{"GetApiKeys": `{"items":[{"id":"k","name":"stack-It-rGhNuUFjCQQt","createdDate":"1e10"}]}`}, "k", []string{"GetApiKeys"},
		},
		"usage plan": {
			"AWS::ApiGateway::UsagePlan", `{"Description":"d"}`,
			map[string]string{"GetUsagePlans": `{"items":[{"id":"u","name":"stack-It-rGhNuUFjCQQt","description":"d"}]}`},
			"u",
			[]string{"GetUsagePlans"},
		},
		"domain name": {
			"AWS::ApiGateway::DomainName", `{"DomainName":"d"}`, map[string]string{"CreateDomainName": "!ConflictException"}, "d", []string{"CreateDomainName", "GetDomainName"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{t: t, answers: tt.answers, inputs: map[string]obj{}}
			out, err := Types()[tt.typ].Create(t.Context(), &Request{
				Caller: s, Account: "000000000000", Region: "us-east-1", Partition: "aws", StackName: "stack", Logical: "It", Repeat: true,
				Token: "8d5e1b0c-0000-4000-8000-000000000000", Props: props(t, tt.props), Claimed: func(id string) bool { return id == "c" },
			})
			if err != nil || out.ID != tt.id {
				t.Errorf("id %q, %v; want %q", out.ID, err, tt.id)
			}
			if diff := cmp.Diff(tt.calls, s.calls); diff != "" {
				t.Error(diff)
			}
		})
	}
}
