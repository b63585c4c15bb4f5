package sam

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// functionProperties are the properties of AWS::Serverless::Function that
// AWS::Lambda::Function has under the same name and in the same form.
var functionProperties = []string{
	"FunctionName", "Handler", "Runtime", "Description", "MemorySize", "Timeout", "VpcConfig", "Environment",
	"KmsKeyArn", "Layers", "ReservedConcurrentExecutions", "Architectures", "FileSystemConfigs", "ImageConfig",
	"PackageType", "CodeSigningConfigArn", "EphemeralStorage", "SnapStart", "RuntimeManagementConfig",
	"LoggingConfig", "RecursiveLoop",
}

// functionOwn are the properties that only the serverless function has.
var functionOwn = []string{
	"CodeUri", "InlineCode", "ImageUri", "Role", "Policies", "Tags", "Tracing", "DeadLetterQueue", "Events",
	"AutoPublishAlias", "AutoPublishAliasAllProperties", "AutoPublishCodeSha256", "VersionDescription",
	"DeploymentPreference", "ProvisionedConcurrencyConfig", "EventInvokeConfig", "FunctionUrlConfig",
	"AssumeRolePolicyDocument", "RolePath", "PermissionsBoundary", "PropagateTags", "SourceKMSKeyArn",
}

// invoker is a function or state machine under transformation, as its events
// see it.
type invoker struct {
	*source
	machine bool // it is a state machine

	alias  string // logical id of the alias that events go to; "" for the function or machine itself
	inline []any  // policies that its role needs beside those written
	polled []any  // those that its events need, which come last
	manage []any  // managed policies that its events need
}

// name is the expression for permissions and event source mappings.
func (f *invoker) name() map[string]any {
	if f.alias != "" {
		return ref(f.alias)
	}
	return ref(f.id)
}

// arn is the expression for targets.
func (f *invoker) arn() map[string]any {
	if f.alias != "" {
		return ref(f.alias)
	}
	if f.machine {
		return ref(f.id)
	}
	return getAtt(f.id, "Arn")
}

// function transforms a function with everything around it.
func (t *transform) function(r *source) {
	if !t.known(r, "Function", slices.Concat(functionProperties, functionOwn)...) {
		return
	}
	props := pick(r.props, functionProperties...)
	code, ok := t.functionCode(r)
	if !ok {
		return
	}
	props["Code"] = code
	props["Tags"] = tagList("lambda:createdBy", r.props["Tags"])
	if mode, ok := r.props["Tracing"]; ok && mode != "Disabled" {
		props["TracingConfig"] = map[string]any{"Mode": mode}
	}
	f := &invoker{source: r}
	t.publish(f, props)
	t.deadLetters(f, props)
	t.invokeConfig(f)
	t.functionURL(f)
	t.events(f)
	if role, ok := r.props["Role"]; ok {
		props["Role"] = role
	} else {
		props["Role"] = getAtt(r.id+"Role", "Arn")
		t.functionRole(f)
	}
	inherit(t.emit(r, r.id, "AWS::Lambda::Function", props), r)
}

// functionCode is where the function's code is, in Lambda's form.
func (t *transform) functionCode(r *source) (map[string]any, bool) {
	inline, isInline := r.props["InlineCode"]
	uri, hasURI := r.props["CodeUri"]
	image, isImage := r.props["ImageUri"]
	if pkg, _ := t.text(r.props["PackageType"]); pkg == "Image" || isImage {
		return map[string]any{"ImageUri": image}, true
	}
	switch {
	case r.props["Runtime"] == nil || r.props["Handler"] == nil:
		t.fail(r.id, "Runtime and Handler needs to be present when PackageType is of type `Zip`")
		return nil, false
	case isInline == hasURI && !isInline:
		t.fail(r.id, "Only one of 'InlineCode' or 'CodeUri' can be set.")
		return nil, false
	case isInline:
		return map[string]any{"ZipFile": inline}, true
	}
	code, ok := t.location(uri, "S3Bucket", "S3Key", "S3ObjectVersion")
	if !ok {
		t.fail(r.id, "'CodeUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.")
	}
	return code, ok
}

// location reads a place in S3, given as a URI or a map, into members of the
// names given.
func (t *transform) location(v any, bucket, key, version string) (map[string]any, bool) {
	if m := asMap(v); m != nil && !isIntrinsic(v) {
		if m["Bucket"] == nil || m["Key"] == nil {
			return nil, false
		}
		out := map[string]any{bucket: m["Bucket"], key: m["Key"]}
		if m["Version"] != nil {
			out[version] = m["Version"]
		}
		return out, true
	}
	text, ok := t.text(v)
	rest, isS3 := strings.CutPrefix(text, "s3://")
	if !ok || !isS3 {
		return nil, false
	}
	name, object, _ := strings.Cut(rest, "/")
	object, query, _ := strings.Cut(object, "?")
	if name == "" || object == "" {
		return nil, false
	}
	out := map[string]any{bucket: name, key: object}
	if q, err := url.ParseQuery(query); err == nil && q.Get("versionId") != "" {
		out[version] = q.Get("versionId")
	}
	return out, true
}

// publish adds a version and an alias that follows the code. The version's id
// changes with the code, so that each deployment publishes one.
func (t *transform) publish(f *invoker, props map[string]any) {
	v, ok := f.props["AutoPublishAlias"]
	if !ok || v == nil {
		return
	}
	alias, ok := t.text(v)
	if !ok || alphanumeric(strings.NewReplacer("-", "", "_", "").Replace(alias)) == "" {
		t.fail(f.id, "AutoPublishAlias must be a string or a Ref to a template parameter")
		return
	}
	if sha, ok := t.text(f.props["AutoPublishCodeSha256"]); ok {
		describeCode(props, sha)
	}
	version := f.id + "Version" + t.versionSuffix(f, props)
	vprops := map[string]any{"FunctionName": ref(f.id)}
	if d, ok := f.props["VersionDescription"]; ok {
		vprops["Description"] = d
	}
	t.emit(f.source, version, "AWS::Lambda::Version", vprops)["DeletionPolicy"] = "Retain"

	f.alias = f.id + "Alias" + alphanumeric(alias)
	aprops := pick(f.props, "ProvisionedConcurrencyConfig")
	aprops["Name"] = alias
	aprops["FunctionName"] = ref(f.id)
	aprops["FunctionVersion"] = getAtt(version, "Version")
	t.emit(f.source, f.alias, "AWS::Lambda::Alias", aprops)

	t.properties[f.id+".Alias"] = f.alias
	t.properties[f.id+".Version"] = version
}

// describeCode puts the hash of the code into the function's description:
// Lambda publishes no version of a function in which nothing changed, and a
// CodeUri may stay the same when what is there does not.
func describeCode(props map[string]any, sha string) {
	switch d := props["Description"].(type) {
	case nil:
		props["Description"] = sha
	case string:
		props["Description"] = d + " " + sha
	default:
		props["Description"] = map[string]any{"Fn::Join": []any{" ", []any{d, sha}}}
	}
}

// versionSuffix is the end of a version's logical id.
func (t *transform) versionSuffix(f *invoker, props map[string]any) string {
	if sha, ok := t.text(f.props["AutoPublishCodeSha256"]); ok && len(sha) >= 10 {
		return sha[:10]
	}
	if all, _ := t.text(f.props["AutoPublishAliasAllProperties"]); all == "true" || f.props["AutoPublishAliasAllProperties"] == true {
		return suffix(props)
	}
	data := maps.Clone(asMap(t.static(props["Code"])))
	maps.Copy(data, asMap(props["Environment"]))
	if m, ok := props["MemorySize"]; ok {
		data["MemorySize"] = m
	}
	if s := asMap(props["SnapStart"]); s != nil && s["ApplyOn"] != nil && s["ApplyOn"] != "None" {
		data["SnapStart"] = s
	}
	return suffix(data)
}

// deadLetters sets the function's dead-letter target, and lets its role write there.
func (t *transform) deadLetters(f *invoker, props map[string]any) {
	v, ok := f.props["DeadLetterQueue"]
	if !ok {
		return
	}
	m := asMap(v)
	kind, _ := t.text(m["Type"])
	action, ok := map[string]string{"SQS": "sqs:SendMessage", "SNS": "sns:Publish"}[kind]
	if !ok || m["TargetArn"] == nil {
		t.fail(f.id, "'DeadLetterQueue' requires Type and TargetArn properties to be specified.")
		return
	}
	props["DeadLetterConfig"] = map[string]any{"TargetArn": m["TargetArn"]}
	doc := allow(action, m["TargetArn"])
	doc["Version"] = "2012-10-17"
	f.inline = append([]any{policy("DeadLetterQueuePolicy", doc)}, f.inline...)
}

// functionRole writes the role of a function that names none.
func (t *transform) functionRole(f *invoker) {
	managed := []any{managedPolicy("AWSLambdaBasicExecutionRole")}
	if mode, ok := f.props["Tracing"]; ok && mode != "Disabled" {
		managed = append(managed, "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess")
	}
	if f.props["VpcConfig"] != nil {
		managed = append(managed, managedPolicy("AWSLambdaVPCAccessExecutionRole"))
	}
	own, inline := t.rolePolicies(f.source, f.id+"Role")
	for _, m := range append(own, f.manage...) {
		if !slices.ContainsFunc(managed, func(e any) bool { return fmt.Sprint(e) == fmt.Sprint(m) }) {
			managed = append(managed, m)
		}
	}
	props := map[string]any{
		"AssumeRolePolicyDocument": assumedBy("lambda.amazonaws.com"),
		"ManagedPolicyArns":        managed,
		"Tags":                     tagList("lambda:createdBy", f.props["Tags"]),
	}
	if doc, ok := f.props["AssumeRolePolicyDocument"]; ok {
		props["AssumeRolePolicyDocument"] = doc
	}
	if all := slices.Concat(f.inline, inline, f.polled); len(all) > 0 {
		props["Policies"] = all
	}
	if p, ok := f.props["RolePath"]; ok {
		props["Path"] = p
	}
	if p, ok := f.props["PermissionsBoundary"]; ok {
		props["PermissionsBoundary"] = p
	}
	t.emit(f.source, f.id+"Role", "AWS::IAM::Role", props)
}

// functionURL gives the function an address of its own.
func (t *transform) functionURL(f *invoker) {
	config := asMap(f.props["FunctionUrlConfig"])
	if config == nil {
		return
	}
	props := pick(config, "AuthType", "Cors", "InvokeMode")
	if props["AuthType"] == nil {
		t.fail(f.id, "AuthType is required to configure function property `FunctionUrlConfig`. Please provide either AWS_IAM or NONE.")
		return
	}
	props["TargetFunctionArn"] = f.name()
	t.emit(f.source, f.id+"Url", "AWS::Lambda::Url", props)
	if props["AuthType"] != "NONE" {
		return
	}
	t.emit(f.source, f.id+"UrlPublicPermissions", "AWS::Lambda::Permission", map[string]any{
		"Action": "lambda:InvokeFunctionUrl", "FunctionName": f.name(), "Principal": "*", "FunctionUrlAuthType": "NONE",
	})
	t.emit(f.source, f.id+"URLInvokeAllowPublicAccess", "AWS::Lambda::Permission", map[string]any{
		"Action": "lambda:InvokeFunction", "FunctionName": f.name(), "Principal": "*", "InvokedViaFunctionUrl": true,
	})
}

// destinationActions are what a role needs for each kind of destination.
var destinationActions = map[string]string{
	"SQS": "sqs:SendMessage", "SNS": "sns:publish", "Lambda": "lambda:InvokeFunction", "EventBridge": "events:PutEvents",
	"S3Bucket": "s3:PutObject",
}

// invokeConfig sets what happens to asynchronous calls, and makes the
// destinations that are only given by kind.
func (t *transform) invokeConfig(f *invoker) {
	config := asMap(f.props["EventInvokeConfig"])
	if config == nil {
		return
	}
	id := f.id + "EventInvokeConfig"
	props := pick(config, "MaximumEventAgeInSeconds", "MaximumRetryAttempts")
	props["FunctionName"] = ref(f.id)
	props["Qualifier"] = "$LATEST"
	if f.alias != "" {
		props["Qualifier"] = t.out[f.alias].(map[string]any)["Properties"].(map[string]any)["Name"]
	}
	destinations := map[string]any{}
	for _, event := range []string{"OnSuccess", "OnFailure"} {
		d := asMap(asMap(config["DestinationConfig"])[event])
		if d == nil {
			continue
		}
		arn, ok := t.destination(f, id+event, d)
		if !ok {
			return
		}
		destinations[event] = map[string]any{"Destination": arn}
	}
	if len(destinations) > 0 {
		props["DestinationConfig"] = destinations
	}
	res := t.emit(f.source, id, "AWS::Lambda::EventInvokeConfig", props)
	if f.alias != "" {
		res["DependsOn"] = []any{f.alias}
	}
}

// destination returns the ARN of a destination and lets the role write to it.
func (t *transform) destination(f *invoker, id string, d map[string]any) (any, bool) {
	kind, _ := t.text(d["Type"])
	arn := d["Destination"]
	switch {
	case arn == nil && kind == "SQS":
		t.emit(f.source, id+"Queue", "AWS::SQS::Queue", map[string]any{})
		arn = getAtt(id+"Queue", "Arn")
	case arn == nil && kind == "SNS":
		t.emit(f.source, id+"Topic", "AWS::SNS::Topic", map[string]any{})
		arn = ref(id + "Topic")
	case arn == nil:
		t.fail(f.id, "'Type: "+kind+"' requires a Destination to be specified in 'EventInvokeConfig'.")
		return nil, false
	}
	action, ok := destinationActions[kind]
	if !ok {
		t.fail(f.id, "'Type: "+kind+"' must be one of [SQS, SNS, EventBridge, Lambda, S3Bucket]")
		return nil, false
	}
	f.inline = append(f.inline, policy(id+kind+"Policy", allow(action, arn)))
	return arn, true
}
