package resource

import (
	"archive/zip"
	"bytes"
	"context"
	_ "embed"
	"encoding/base64"
	"fmt"
	"strings"
)

// functionConfiguration are the properties that are the function's
// configuration under the same name.
var functionConfiguration = []string{
	"DeadLetterConfig", "Description", "Environment", "EphemeralStorage", "FileSystemConfigs", "Handler", "ImageConfig", "KMSKeyArn",
	"Layers", "LoggingConfig", "MemorySize", "Role", "Runtime", "SnapStart", "Timeout", "TracingConfig", "VpcConfig",
}

// configurationDefaults are what a setting goes back to when a template no
// longer has it.
var configurationDefaults = map[string]any{
	"DeadLetterConfig": obj{"TargetArn": ""}, "Description": "", "Environment": obj{"Variables": obj{}},
	"EphemeralStorage": obj{"Size": 512}, "FileSystemConfigs": []any{}, "KMSKeyArn": "", "Layers": []any{}, "MemorySize": 128,
	"SnapStart": obj{"ApplyOn": "None"}, "Timeout": 3, "TracingConfig": obj{"Mode": "PassThrough"},
	"VpcConfig": obj{"SubnetIds": []any{}, "SecurityGroupIds": []any{}},
}

// lambdaFunction is AWS::Lambda::Function.
func lambdaFunction() *Type {
	return &Type{
		Name: "AWS::Lambda::Function",
		Properties: `Architectures CapacityProviderConfig~ Code* CodeSigningConfigArn~ DeadLetterConfig Description DurableConfig~ Environment
			EphemeralStorage FileSystemConfigs FunctionName! FunctionScalingConfig~ Handler ImageConfig KmsKeyArn Layers LoggingConfig
			MemorySize PackageType! PublishToLatestPublished~ RecursiveLoop ReservedConcurrentExecutions Role* Runtime
			RuntimeManagementConfig SnapStart Tags TenancyConfig!~ Timeout TracingConfig VpcConfig`,
		Attributes: "Arn SnapStartResponse*",
		Create:     createFunction, Ready: functionReady, Update: updateFunction,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "lambda", "DeleteFunction", obj{"FunctionName": r.ID})
			return forget(err)
		},
	}
}

// configuration is the function's configuration in the API's words.
func (r *Request) configuration() obj {
	in := pick(r.Props, functionConfiguration...)
	if k := r.Props["KmsKeyArn"]; k != nil {
		in["KMSKeyArn"] = k
	}
	return in
}

// createFunction makes the function.
func createFunction(ctx context.Context, r *Request) (Result, error) {
	name := r.name("FunctionName", naming{max: 64})
	code, err := r.code()
	if err != nil {
		return Result{}, err
	}
	in := r.configuration()
	in["FunctionName"], in["Code"] = name, code
	for _, p := range []string{"Architectures", "PackageType"} {
		if v := r.Props[p]; v != nil {
			in[p] = v
		}
	}
	if tags := r.allTags(); len(tags) > 0 {
		in["Tags"] = tagObject(tags)
	}
	if _, err := r.do(ctx, "lambda", "CreateFunction", in); r.adopt(err) != nil {
		return Result{}, err
	}
	r.ID = name
	return Result{ID: name}, r.concurrency(ctx)
}

// concurrency sets the function's reserved concurrency.
func (r *Request) concurrency(ctx context.Context) error {
	if v := r.Props["ReservedConcurrentExecutions"]; v != nil {
		_, err := r.do(ctx, "lambda", "PutFunctionConcurrency", obj{"FunctionName": r.ID, "ReservedConcurrentExecutions": v})
		return err
	}
	if r.Old["ReservedConcurrentExecutions"] == nil {
		return nil
	}
	_, err := r.do(ctx, "lambda", "DeleteFunctionConcurrency", obj{"FunctionName": r.ID})
	return err
}

// functionReady waits until the function can be called.
func functionReady(ctx context.Context, r *Request) (Result, bool, error) {
	out, err := r.do(ctx, "lambda", "GetFunctionConfiguration", obj{"FunctionName": r.ID})
	if err != nil {
		return Result{}, false, err
	}
	state, update := text(out["State"]), text(out["LastUpdateStatus"])
	switch {
	case state == "Failed":
		return Result{}, false, fmt.Errorf("Resource handler returned message: %q (RequestToken: %s, HandlerErrorCode: NotStabilized)", text(out["StateReason"]), r.Token)
	case update == "Failed":
		return Result{}, false, fmt.Errorf("Resource handler returned message: %q (RequestToken: %s, HandlerErrorCode: NotStabilized)", text(out["LastUpdateStatusReason"]), r.Token)
	case state == "Pending" || update == "InProgress":
		return Result{}, false, nil
	}
	return Result{ID: r.ID, Attributes: obj{"Arn": out["FunctionArn"]}}, true, nil
}

// updateFunction sends what changed: configuration, then code. Lambda refuses
// one while it is busy with the other; the step is then run again.
func updateFunction(ctx context.Context, r *Request) (Result, error) {
	config := obj{}
	now, before := r.configuration(), r.with(r.Old).configuration()
	for _, p := range functionConfiguration {
		if Equal(now[p], before[p]) {
			continue
		}
		if config[p] = now[p]; now[p] == nil {
			config[p] = configurationDefaults[p]
		}
	}
	if len(config) > 0 {
		config["FunctionName"] = r.ID
		if _, err := r.do(ctx, "lambda", "UpdateFunctionConfiguration", config); err != nil {
			return Result{}, busy(err)
		}
	}
	if r.changed("Code", "Architectures") {
		code, err := r.code()
		if err != nil {
			return Result{}, err
		}
		code["FunctionName"] = r.ID
		if a := r.Props["Architectures"]; a != nil {
			code["Architectures"] = a
		}
		if _, err := r.do(ctx, "lambda", "UpdateFunctionCode", code); err != nil {
			return Result{}, busy(err)
		}
	}
	if r.changed("ReservedConcurrentExecutions") {
		if err := r.concurrency(ctx); err != nil {
			return Result{}, err
		}
	}
	return Result{ID: r.ID, Attributes: r.Attributes}, r.tagFunction(ctx)
}

// busy turns Lambda's answer that an update is under way into a later attempt.
func busy(err error) error {
	if codeOf(err) == "ResourceConflictException" {
		return ErrAgain
	}
	return err
}

// tagFunction brings the function's tags up to date.
func (r *Request) tagFunction(ctx context.Context) error {
	set, remove := r.tagChanges()
	arn := r.arn("lambda", "function:"+r.ID)
	if len(set) > 0 {
		if _, err := r.do(ctx, "lambda", "TagResource", obj{"Resource": arn, "Tags": tagObject(set)}); err != nil {
			return err
		}
	}
	if len(remove) > 0 {
		if _, err := r.do(ctx, "lambda", "UntagResource", obj{"Resource": arn, "TagKeys": texts(remove)}); err != nil {
			return err
		}
	}
	return nil
}

// code is the function's code in the API's words. Source text in the template
// becomes a zip file with it and the module that answers for custom resources.
func (r *Request) code() (obj, error) {
	props := object(r.Props["Code"])
	source, inline := props["ZipFile"]
	if !inline {
		return pick(props, "ImageUri", "S3Bucket", "S3Key", "S3ObjectVersion"), nil
	}
	files, err := inlineFiles(r.str("Runtime"), text(source))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		entry, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate})
		if err != nil {
			return nil, fmt.Errorf("zip inline code: %w", err)
		}
		if _, err := entry.Write([]byte(f.content)); err != nil {
			return nil, fmt.Errorf("zip inline code: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("zip inline code: %w", err)
	}
	return obj{"ZipFile": base64.StdEncoding.EncodeToString(b.Bytes())}, nil
}

// The modules through which inline functions answer as custom resources.
var (
	//go:embed cfnresponse/cfnresponse.py
	pythonResponse string
	//go:embed cfnresponse/index.js
	nodeResponse string
)

// file is one file of a zip.
type file struct{ name, content string }

// inlineFiles are the files of a function whose source is in the template.
func inlineFiles(runtime, source string) ([]file, error) {
	switch {
	case strings.HasPrefix(runtime, "python"):
		return []file{{"index.py", source}, {"cfnresponse.py", pythonResponse}}, nil
	case strings.HasPrefix(runtime, "nodejs"):
		name := "index.js"
		if isModule(source) {
			name = "index.mjs"
		}
		return []file{{name, source}, {"node_modules/cfn-response/index.js", nodeResponse}}, nil
	}
	return nil, fmt.Errorf("Resource handler returned message: \"ZipFile can only be used when Runtime is set to either of nodejs or python.\" (HandlerErrorCode: InvalidRequest)")
}

// isModule tells whether JavaScript source is a module.
func isModule(source string) bool {
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "export ") || strings.HasPrefix(line, "import ") && !strings.HasPrefix(line, "import(") {
			return true
		}
	}
	return false
}
