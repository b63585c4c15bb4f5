package sam

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"maru.dev/maru/service/cloudformation/template"
)

// Whatever the template, the transform ends in a template or an error.
func FuzzTransform(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, seed := range []string{
		"Resources: {F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Runtime: r, Handler: h, AutoPublishAlias: 5, EventInvokeConfig: {DestinationConfig: []}, Events: {A: {Type: HttpApi, Properties: {Path: !Ref x, Method: 5, RouteSettings: {}, Auth: 3}}}}}}",
		"Globals: {Function: {Tags: [a], Environment: x}}\nResources: {F: {Type: AWS::Serverless::Function, Properties: {Tags: {a: b}}}}",
		"Resources: {A: {Type: AWS::Serverless::HttpApi, Properties: {DefinitionBody: {paths: []}, Auth: {Authorizers: {x: y}}}}, S: {Type: AWS::Serverless::StateMachine, Properties: {Definition: [a], Events: {x: y}}}}",
		"Resources: {L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: s3://b/k, LayerName: !Ref L}}, T: {Type: AWS::Serverless::SimpleTable, Properties: {PrimaryKey: {Type: [a]}}}}",
		"Resources: {A: {Type: AWS::Serverless::Api, Properties: {StageName: a, DefinitionBody: {swagger: 2, paths: {/a: {'Fn::If': [C, {get: {'Fn::If': [C]}, security: 3}]}}}, Auth: {ApiKeyRequired: true, DefaultAuthorizer: AWS_IAM, ResourcePolicy: {IpRangeBlacklist: a, CustomStatements: x}, UsagePlan: {CreateUsagePlan: SHARED}}, GatewayResponses: {a: {ResponseParameters: [b]}}, Models: {m: {type: [x]}}, Domain: {DomainName: [d], CertificateArn: c, BasePath: [3]}}}}",
		"Resources: {R: {Type: AWS::Serverless::Api, Properties: {StageName: 5, Cors: {AllowOrigin: []}, DefinitionBody: {paths: {/a: 5}}}}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		tree, err := template.Decode(body)
		if err != nil {
			return
		}
		out, err := Transform(t.Context(), tree, map[string]any{"P": "v"}, time.Unix(0, 0))
		if err != nil {
			return
		}
		_, _ = template.New(out)
	})
}
