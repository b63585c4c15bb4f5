package resource

import (
	"context"
	"fmt"
	"io"
	"strings"

	s3 "maru.dev/maru/api/s3"
	"maru.dev/maru/call"
	"maru.dev/maru/service/cloudformation/template"
)

// maxDefinition is how much of a definition in S3 is read: of an API or a state
// machine, whose own limits are below it.
const maxDefinition = 6 << 20

// machineSettings are the properties that pass to the API in its capitals.
var machineSettings = []string{"EncryptionConfiguration", "LoggingConfiguration", "TracingConfiguration"}

// statesStateMachine is AWS::StepFunctions::StateMachine.
func statesStateMachine() *Type {
	return &Type{
		Name: "AWS::StepFunctions::StateMachine",
		Properties: `Definition DefinitionS3Location DefinitionString DefinitionSubstitutions EncryptionConfiguration
			LoggingConfiguration RoleArn* StateMachineName! StateMachineType! Tags TracingConfiguration`,
		Attributes: "Arn Name StateMachineRevisionId",
		Create:     createMachine, Update: updateMachine, Ready: machineReady,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "states", "DeleteStateMachine", obj{"stateMachineArn": r.ID})
			return forget(err)
		},
		Gone: func(ctx context.Context, r *Request) (bool, error) {
			_, err := r.do(ctx, "states", "DescribeStateMachine", obj{"stateMachineArn": r.ID})
			return gone(err), forget(err)
		},
	}
}

// shortName is the value of the property that names the resource or, where it
// is not set, a name made of the logical id alone.
func (r *Request) shortName(property string, most int) string {
	if v := r.str(property); v != "" {
		return v
	}
	random := randomPart(r.Token, false)
	return r.Logical[:min(len(r.Logical), most-len(random)-1)] + "-" + random
}

// createMachine makes the state machine.
func createMachine(ctx context.Context, r *Request) (Result, error) {
	definition, err := r.machineDefinition(ctx)
	if err != nil {
		return Result{}, err
	}
	name := r.shortName("StateMachineName", 80)
	in := object(lowerFirst(pick(r.Props, machineSettings...)))
	in["name"], in["definition"], in["roleArn"] = name, definition, r.Props["RoleArn"]
	if t := r.Props["StateMachineType"]; t != nil {
		in["type"] = t
	}
	if tags := r.allTags(); len(tags) > 0 {
		in["tags"] = lowerFirst(tagList(tags))
	}
	r.ID = r.arn("states", "stateMachine:"+name)
	_, err = r.do(ctx, "states", "CreateStateMachine", in)
	return Result{ID: r.ID}, r.adopt(err)
}

// machineReady asks for what a template sees of a state machine.
func machineReady(ctx context.Context, r *Request) (Result, bool, error) {
	out, err := r.do(ctx, "states", "DescribeStateMachine", obj{"stateMachineArn": r.ID})
	if err != nil {
		return Result{}, false, err
	}
	revision := text(out["revisionId"])
	if revision == "" {
		revision = "INITIAL"
	}
	return Result{ID: r.ID, Attributes: obj{"Arn": r.ID, "Name": out["name"], "StateMachineRevisionId": revision}}, true, nil
}

// updateMachine sets the state machine's definition and settings anew.
func updateMachine(ctx context.Context, r *Request) (Result, error) {
	definition, err := r.machineDefinition(ctx)
	if err != nil {
		return Result{}, err
	}
	in := object(lowerFirst(pick(r.Props, machineSettings...)))
	for property, off := range map[string]obj{
		"LoggingConfiguration": {"level": "OFF", "includeExecutionData": false}, "TracingConfiguration": {"enabled": false},
		"EncryptionConfiguration": {"type": "AWS_OWNED_KEY"},
	} {
		if r.Props[property] == nil && r.Old[property] != nil {
			in[strings.ToLower(property[:1])+property[1:]] = off
		}
	}
	in["stateMachineArn"], in["definition"], in["roleArn"] = r.ID, definition, r.Props["RoleArn"]
	if _, err := r.do(ctx, "states", "UpdateStateMachine", in); err != nil {
		return Result{}, err
	}
	return Result{ID: r.ID}, r.tagStates(ctx, r.ID)
}

// tagStates brings the tags of a state machine or activity up to date.
func (r *Request) tagStates(ctx context.Context, arn string) error {
	set, remove := r.tagChanges()
	if len(set) > 0 {
		if _, err := r.do(ctx, "states", "TagResource", obj{"resourceArn": arn, "tags": lowerFirst(tagList(set))}); err != nil {
			return err
		}
	}
	if len(remove) > 0 {
		if _, err := r.do(ctx, "states", "UntagResource", obj{"resourceArn": arn, "tagKeys": texts(remove)}); err != nil {
			return err
		}
	}
	return nil
}

// machineDefinition is the definition as JSON text, with its substitutions
// made.
func (r *Request) machineDefinition(ctx context.Context) (string, error) {
	given := 0
	for _, p := range []string{"Definition", "DefinitionString", "DefinitionS3Location"} {
		if r.Props[p] != nil {
			given++
		}
	}
	if given != 1 {
		return "", fmt.Errorf("Resource handler returned message: %q",
			"Invalid request provided: You must provide exactly one of Definition, DefinitionString or DefinitionS3Location.")
	}
	definition := document(r.Props["DefinitionString"])
	switch {
	case r.Props["Definition"] != nil:
		definition = document(r.Props["Definition"])
	case r.Props["DefinitionS3Location"] != nil:
		raw, err := r.object(ctx, object(r.Props["DefinitionS3Location"]))
		if err != nil {
			return "", fmt.Errorf("read state machine definition: %w", err)
		}
		if definition, err = jsonText(raw); err != nil {
			return "", err
		}
	}
	return substitute(definition, object(r.Props["DefinitionSubstitutions"])), nil
}

// object reads an object of S3, named by Bucket, Key and Version.
func (r *Request) object(ctx context.Context, loc obj) (string, error) {
	in := &s3.GetObjectInput{Bucket: text(loc["Bucket"]), Key: text(loc["Key"])}
	if v := text(loc["Version"]); v != "" {
		in.VersionId = &v
	}
	out, err := call.Do[*s3.GetObjectOutput](ctx, r.Caller, "s3", "GetObject", in)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(io.LimitReader(out.Body, maxDefinition))
	if c, ok := out.Body.(io.Closer); ok {
		_ = c.Close() // it was read
	}
	return string(b), err
}

// jsonText is a document as JSON: one in YAML is turned into it, one in JSON
// stays as it is.
func jsonText(raw string) (string, error) {
	if strings.HasPrefix(strings.TrimSpace(raw), "{") {
		return raw, nil
	}
	doc, err := template.Decode([]byte(raw))
	if err != nil {
		return "", fmt.Errorf("Resource handler returned message: %q", "Invalid State Machine Definition: the object in S3 is neither JSON nor YAML")
	}
	return document(doc), nil
}

// substitute puts values in the place of ${names}; names without a value stay.
func substitute(definition string, values obj) string {
	var pairs []string
	for name, v := range values {
		pairs = append(pairs, "${"+name+"}", text(v))
	}
	return strings.NewReplacer(pairs...).Replace(definition)
}
