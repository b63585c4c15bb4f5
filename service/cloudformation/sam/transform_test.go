package sam

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/service/cloudformation/template"
)

// update rewrites the golden files.
var update = flag.Bool("update", false, "rewrite golden files")

// transformFile runs the transform over a template.
func transformFile(t *testing.T, path string) (map[string]any, error) {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return transformText(t, string(body))
}

// transformText is transformFile of a text.
func transformText(t *testing.T, body string) (map[string]any, error) {
	t.Helper()
	tree, err := template.Decode([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return Transform(t.Context(), tree, map[string]any{"Stage": "beta"}, time.Unix(0, 0))
}

func TestTransformGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no templates: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			tree, err := transformFile(t, file)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := template.New(tree); err != nil {
				t.Errorf("the output is no template: %v", err)
			}
			got, err := json.MarshalIndent(tree, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden.json"
			if *update {
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

// The transform makes the resources that AWS's own makes: ids, types and
// properties.
func TestTransformAgreesWithAWS(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	if out, err := exec.CommandContext(t.Context(), python, "-c", "import samtranslator").CombinedOutput(); err != nil {
		t.Skipf("aws-sam-translator is not installed: %s", out)
	}
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), python, "testdata/oracle.py", file)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, stderr.String())
			}
			want, err := template.Decode(out)
			if err != nil {
				t.Fatal(err)
			}
			got, err := transformFile(t, file)
			if err != nil {
				t.Fatal(err)
			}
			for _, section := range []string{"Resources", "Outputs", "Conditions"} {
				if diff := cmp.Diff(normal(want[section]), normal(got[section])); diff != "" {
					t.Errorf("%s (-AWS +maru):\n%s", section, diff)
				}
			}
		})
	}
}

// normal takes out of a tree what may differ: the order of managed
// policies, of statements and of what they are about, conditions around a whole path, hashes over a REST API's
// definition, and whether a default is written.
func normal(v any) any {
	switch v := v.(type) {
	case string:
		return deploymentID.ReplaceAllString(v, "Deployment")
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = normal(e)
		}
		return out
	case map[string]any:
		if branch, ok := v["Fn::If"].([]any); ok && len(v) == 1 && asMap(branch[1])["PolicyName"] == nil {
			return normal(branch[1])
		}
		if inner, ok := v["schema"].(map[string]any); ok && len(v) == 1 { // AWS's transform wraps some of them again and again
			return normal(inner)
		}
		out := map[string]any{}
		for k, e := range v {
			switch k {
			case "ManagedPolicyArns":
				set := map[string]bool{}
				for _, p := range e.([]any) {
					set[fmt.Sprint(p)] = true
				}
				out[k] = set
			case "Statement", "Resource":
				list, _ := normal(e).([]any)
				slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
				if out[k] = list; list == nil {
					out[k] = normal(e)
				}
			case "RouteSettings":
				continue // AWS's transform mixes conditions into the settings themselves
			case "DependsOn":
				out[k] = asList(e)
			case "DefinitionString": // AWS joins lines
				continue
			default:
				out[deploymentID.ReplaceAllString(k, "Deployment")] = normal(e)
			}
		}
		return out
	case json.Number:
		return strings.TrimSuffix(v.String(), ".0")
	}
	return v
}

func TestTransformFaults(t *testing.T) {
	t.Parallel()
	const head = "Runtime: python3.12, Handler: x, InlineCode: x"
	tests := map[string]struct{ resources, want string }{
		"no code":           {"A: {Type: 'AWS::Serverless::Function', Properties: {Runtime: a, Handler: x}}", "Resource with id [A] is invalid. Only one of 'InlineCode' or 'CodeUri' can be set."},
		"no runtime":        {"A: {Type: 'AWS::Serverless::Function', Properties: {InlineCode: x}}", "Resource with id [A] is invalid. Runtime and Handler needs to be present when PackageType is of type `Zip`"},
		"unknown property":  {"A: {Type: 'AWS::Serverless::Function', Properties: {" + head + ", Foo: 1}}", "Resource with id [A] is invalid. property Foo not defined for resource of type AWS::Serverless::Function"},
		"unknown event":     {"A: {Type: 'AWS::Serverless::Function', Properties: {" + head + ", Events: {E: {Type: Nope}}}}", "Resource with id [A] is invalid. Event with id [E] is invalid. Resource dict has missing or invalid value for key Type. Event Type is: Nope."},
		"unknown policy":    {"A: {Type: 'AWS::Serverless::Function', Properties: {" + head + ", Policies: [{NopePolicy: {}}]}}", "Resource with id [A] is invalid. Policy at index 0 in the 'Policies' property is not valid"},
		"policy parameter":  {"A: {Type: 'AWS::Serverless::Function', Properties: {" + head + ", Policies: [{SQSPollerPolicy: {}}]}}", "Following required parameters of template 'SQSPollerPolicy' don't have values: ['QueueName']"},
		"queue missing":     {"A: {Type: 'AWS::Serverless::Function', Properties: {" + head + ", Events: {E: {Type: SQS}}}}", "Resource with id [AE] is invalid. Missing required property 'Queue'."},
		"foreign bucket":    {"A: {Type: 'AWS::Serverless::Function', Properties: {" + head + ", Events: {E: {Type: S3, Properties: {Bucket: b, Events: e}}}}}", "Event with id [E] is invalid. S3 events must reference an S3 bucket in the same template."},
		"local code":        {"A: {Type: 'AWS::Serverless::Function', Properties: {Runtime: a, Handler: x, CodeUri: ./src}}", "'CodeUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter."},
		"unknown type":      {"A: {Type: 'AWS::Serverless::Nope'}", "The resource type AWS::Serverless::Nope is not supported by maru."},
		"two faults":        {"A: {Type: 'AWS::Serverless::Function'}\n  B: {Type: 'AWS::Serverless::Function'}", "Number of errors found: 2. Resource with id [A]"},
		"route twice":       {"A: {Type: 'AWS::Serverless::Function', Properties: {" + head + ", Events: {E: {Type: HttpApi, Properties: {Path: /a, Method: get}}, F: {Type: HttpApi, Properties: {Path: /a, Method: GET}}}}}", `API method "get" defined multiple times for path "/a".`},
		"foreign API":       {"A: {Type: 'AWS::Serverless::Function', Properties: {" + head + ", Events: {E: {Type: HttpApi, Properties: {ApiId: !Ref Nope, Path: /a, Method: get}}}}}", "ApiId must be a valid reference to an 'AWS::Serverless::HttpApi' resource in same template."},
		"retention policy":  {"A: {Type: 'AWS::Serverless::LayerVersion', Properties: {ContentUri: 's3://b/k', RetentionPolicy: Keep}}", "'RetentionPolicy' must be one of"},
		"API without stage": {"A: {Type: 'AWS::Serverless::Api'}", "Missing required property 'StageName'."},
		"two definitions":   {"A: {Type: 'AWS::Serverless::Api', Properties: {StageName: a, DefinitionUri: 's3://b/k', DefinitionBody: {}}}", "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both."},
		"API's auth":        {"A: {Type: 'AWS::Serverless::Api', Properties: {StageName: a, Auth: {Nope: 1}}}", "Invalid value for 'Auth' property"},
		"API's authorizer":  {"A: {Type: 'AWS::Serverless::Api', Properties: {StageName: a, Auth: {DefaultAuthorizer: B}}}", "Unable to set DefaultAuthorizer because 'B' was not defined in 'Authorizers'."},
		"no identity":       {"A: {Type: 'AWS::Serverless::Api', Properties: {StageName: a, Auth: {Authorizers: {B: {FunctionArn: x, FunctionPayloadType: REQUEST}}}}}", "B Authorizer must specify Identity with at least one of Headers"},
		"usage plan":        {"A: {Type: 'AWS::Serverless::Api', Properties: {StageName: a, Auth: {UsagePlan: {CreateUsagePlan: ALL}}}}", "'CreateUsagePlan' accepts one of"},
		"CORS":              {"A: {Type: 'AWS::Serverless::Api', Properties: {StageName: a, Cors: {AllowCredentials: true}}}", "'AllowCredentials' can not be true when"},
		"CORS elsewhere":    {"A: {Type: 'AWS::Serverless::Api', Properties: {StageName: a, DefinitionUri: 's3://b/k', Cors: \"'*'\"}}", "Cors works only with inline Swagger specified in 'DefinitionBody' property."},
		"gateway response":  {"A: {Type: 'AWS::Serverless::Api', Properties: {StageName: a, GatewayResponses: {DEFAULT_4XX: {Nope: 1}}}}", "Invalid property 'Nope' in 'GatewayResponses' property 'DEFAULT_4XX'."},
		"model's type":      {"A: {Type: 'AWS::Serverless::Api', Properties: {StageName: a, Models: {M: {a: b}}}}", "'Models' schema is missing 'type'."},
		"DNS":               {"A: {Type: 'AWS::Serverless::Api', Properties: {StageName: a, Domain: {DomainName: d, CertificateArn: c, Route53: {HostedZoneId: z}}}}", "Route53 of the property Domain is not supported by maru"},
		"method twice":      {"A: {Type: 'AWS::Serverless::Function', Properties: {" + head + ", Events: {E: {Type: Api, Properties: {Path: /a, Method: get}}, F: {Type: Api, Properties: {Path: /a, Method: GET}}}}}", `API method "get" defined multiple times for path "/a".`},
		"method's model":    {"A: {Type: 'AWS::Serverless::Function', Properties: {" + head + ", Events: {E: {Type: Api, Properties: {Path: /a, Method: get, RequestModel: {Model: M}}}}}}", "Unable to set RequestModel [M] on API method [get] for path [/a] because the related API does not define any Models."},
		"method's keys":     {"A: {Type: 'AWS::Serverless::Function', Properties: {" + head + ", Events: {E: {Type: Api, Properties: {Path: /a, Method: get, RequestParameters: [x]}}}}}", "Keys must be in the format 'method.request.[querystring|path|header].{value}'"},
		"method's auth":     {"A: {Type: 'AWS::Serverless::Function', Properties: {" + head + ", Events: {E: {Type: Api, Properties: {Path: /a, Method: get, Auth: {Authorizer: B}}}}}}", "because the related API does not define any Authorizers."},
		"no default auth":   {"A: {Type: 'AWS::Serverless::Function', Properties: {" + head + ", Events: {E: {Type: Api, Properties: {Path: /a, Method: get, Auth: {Authorizer: NONE}}}}}}", "because 'NONE' is only a valid value when a DefaultAuthorizer on the API is specified."},
		"no default key":    {"A: {Type: 'AWS::Serverless::Function', Properties: {" + head + ", Events: {E: {Type: Api, Properties: {Path: /a, Method: get, Auth: {ApiKeyRequired: false}}}}}}", "because the related API does not specify any ApiKeyRequired."},
		"API elsewhere":     {"A: {Type: 'AWS::Serverless::Function', Properties: {" + head + ", Events: {E: {Type: Api, Properties: {RestApiId: !Ref Nope, Path: /a, Method: get}}}}}", "RestApiId property of Api event must reference a valid resource in the same template."},
		"connectors":        {"A: {Type: 'AWS::Serverless::Function', Connectors: {C: {}}, Properties: {" + head + "}}", "Connectors are not supported by maru."},
		"dead letter queue": {"A: {Type: 'AWS::Serverless::Function', Properties: {" + head + ", DeadLetterQueue: {Type: X}}}", "'DeadLetterQueue' requires Type and TargetArn properties to be specified."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := transformText(t, "Transform: "+Name+"\nResources:\n  "+tt.resources)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "Transform "+Name+" failed with: ") {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestTransformResolvesParametersInNames(t *testing.T) {
	t.Parallel()
	got, err := transformText(t, `
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Globals: {Function: {Runtime: python3.12, Handler: a.b}}
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: s3://b/k, AutoPublishAlias: !Ref Stage}}
  A: {Type: AWS::Serverless::HttpApi, Properties: {StageName: !Ref Stage}}
`)
	if err != nil {
		t.Fatal(err)
	}
	resources := asMap(got["Resources"])
	for _, id := range []string{"FAliasbeta", "AbetaStage"} {
		if resources[id] == nil {
			t.Errorf("no resource %s", id)
		}
	}
	if diff := cmp.Diff([]any{"AWS::LanguageExtensions"}, got["Transform"]); diff != "" {
		t.Error(diff)
	}
	if got["Globals"] != nil {
		t.Error("Globals are still there")
	}
}

func TestGlobalsFaults(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"Globals: {Nope: {}}":            "'Nope' is not supported. Must be one of",
		"Globals: {Function: {Role: x}}": "'Role' is not a supported property of 'Function'",
		"Globals: []":                    "It must be a non-empty dictionary",
	} {
		_, err := transformText(t, body+"\nResources: {}")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", body, err, want)
		}
	}
}

// Every policy template of the table expands with its own parameters.
func TestPolicyTemplatesExpand(t *testing.T) {
	t.Parallel()
	n := 0
	for line := range strings.Lines(policyTemplates) {
		fields := strings.Fields(line)
		if strings.HasPrefix(line, " ") || len(fields) == 0 {
			continue
		}
		n++
		values := map[string]any{}
		for _, p := range fields[1:] {
			values[p] = "x"
		}
		doc, err := expandPolicy(fields[0], values)
		if err != nil || len(asList(doc["Statement"])) == 0 {
			t.Errorf("%s: %v, %v", fields[0], doc, err)
		}
		if s, _ := json.Marshal(doc); strings.Contains(string(s), "@") || strings.Contains(strings.ReplaceAll(string(s), "${", ""), ":{") && strings.Contains(string(s), `"{`) {
			t.Errorf("%s: %s", fields[0], s)
		}
	}
	if n < 40 {
		t.Errorf("%d templates", n)
	}
}

// An API is deployed again when its definition changes, and one with AlwaysDeploy
// each time.
func TestDeploymentsFollowTheirAPI(t *testing.T) {
	t.Parallel()
	deployment := func(properties string, at int64) string {
		t.Helper()
		tree, err := template.Decode([]byte("Transform: " + Name + "\nResources: {A: {Type: 'AWS::Serverless::Api', Properties: {StageName: s, " + properties + "}}}"))
		if err != nil {
			t.Fatal(err)
		}
		out, err := Transform(t.Context(), tree, nil, time.Unix(at, 0))
		if err != nil {
			t.Fatal(err)
		}
		for id := range asMap(out["Resources"]) {
			if strings.HasPrefix(id, "ADeployment") {
				return id
			}
		}
		return ""
	}
	first := deployment("Name: n", 1)
	if again := deployment("Name: n", 2); again != first {
		t.Errorf("%s, then %s", first, again)
	}
	if changed := deployment("Models: {M: {type: object}}", 1); changed == first {
		t.Errorf("still %s", first)
	}
	if one, two := deployment("AlwaysDeploy: true", 1), deployment("AlwaysDeploy: true", 2); one == two {
		t.Errorf("%s twice", one)
	}
}
