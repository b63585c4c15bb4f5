package deploy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"maru.dev/maru/clock"
	"maru.dev/maru/service/cloudformation/template"
)

// Options say what to deploy.
type Options struct {
	Template     string // path of the template
	Stack        string
	Parameters   map[string]string
	Tags         map[string]string
	Capabilities []string // all that a template may need where there are none
	Bucket       string   // for code; one that belongs to the account and region where it is empty
	// Built, if set, is told of each folder before its code is built.
	Built func(resource, what string)
	// Progress, if set, is told of every event of the stack as it comes.
	Progress func(Event)
}

// Event is one event of the stack.
type Event struct {
	At       time.Time
	Logical  string
	Type     string
	Physical string
	Status   string
	Reason   string
	Stack    bool // of the stack itself
}

// Output is one output of a deployed stack.
type Output struct{ Key, Value, Description string }

// Result is a stack as it was deployed.
type Result struct {
	StackID   string
	Status    string
	Outputs   []Output
	Unchanged bool // there was nothing to do
	Took      time.Duration
}

// FailedError is a deployment that the stack did not survive as it was meant.
type FailedError struct {
	Stack, Status string
	Reasons       []string // of the resources that failed, in order
}

// Error tells what failed.
func (e *FailedError) Error() string {
	text := "stack " + e.Stack + " is " + e.Status
	if len(e.Reasons) > 0 {
		text += ": " + strings.Join(e.Reasons, "; ")
	}
	return text
}

// Run deploys. The configuration's endpoint, region and credentials say where.
func Run(ctx context.Context, cfg aws.Config, o Options) (*Result, error) {
	d := &deployment{
		Options: o, clock: clock.System{}, config: cfg,
		cfn: cloudformation.NewFromConfig(cfg),
		s3:  s3.NewFromConfig(cfg, func(so *s3.Options) { so.UsePathStyle = true }),
	}
	began := d.clock.Now()
	body, err := os.ReadFile(o.Template)
	if err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	tree, err := template.Decode(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Template, err)
	}
	if err := d.pack(ctx, tree, filepath.Dir(o.Template)); err != nil {
		return nil, err
	}
	result, err := d.deploy(ctx, tree)
	if result != nil {
		result.Took = d.clock.Now().Sub(began)
	}
	return result, err
}

// deployment is one run.
type deployment struct {
	Options

	clock  clock.Clock
	config aws.Config
	cfn    *cloudformation.Client
	s3     *s3.Client
	bucket string   // once it is there
	failed []string // why resources failed, so far
}

// deploy makes and executes the change set of a template whose code is in S3.
func (d *deployment) deploy(ctx context.Context, tree map[string]any) (*Result, error) {
	old, err := d.describe(ctx)
	if err != nil {
		return nil, err
	}
	in, err := d.changeSet(ctx, tree, old)
	if err != nil {
		return nil, err
	}
	out, err := d.cfn.CreateChangeSet(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("create change set: %w", err)
	}
	unchanged, err := d.changeReady(ctx, *out.Id)
	if err != nil {
		return nil, err
	}
	if unchanged {
		result := resultOf(old)
		result.Unchanged = true
		return result, nil
	}
	seen, err := d.seen(ctx, *out.StackId)
	if err != nil {
		return nil, err
	}
	return d.execute(ctx, *out.Id, *out.StackId, seen)
}

// execute makes the change, and follows the stack meanwhile: the operation may
// take its time to answer.
func (d *deployment) execute(ctx context.Context, change, stack string, seen map[string]bool) (*Result, error) {
	began := make(chan error, 1)
	go func() {
		_, err := d.cfn.ExecuteChangeSet(ctx, &cloudformation.ExecuteChangeSetInput{ChangeSetName: &change})
		began <- err
	}()
	for {
		select {
		case err := <-began:
			if err != nil {
				return nil, fmt.Errorf("execute change set: %w", err)
			}
			return d.follow(ctx, stack, seen)
		default:
		}
		if err := d.show(ctx, stack, seen); err != nil {
			return nil, err
		}
		if err := d.pause(ctx, 50*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// describe finds the stack; nil where there is none, or only one that was
// never made.
func (d *deployment) describe(ctx context.Context) (*types.Stack, error) {
	out, err := d.cfn.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &d.Stack})
	if err != nil {
		if api, ok := errors.AsType[smithy.APIError](err); ok && strings.Contains(api.ErrorMessage(), "does not exist") {
			return nil, nil
		}
		return nil, fmt.Errorf("describe stack: %w", err)
	}
	st := &out.Stacks[0]
	switch st.StackStatus {
	case types.StackStatusReviewInProgress:
		return nil, nil
	case types.StackStatusRollbackComplete, types.StackStatusRollbackFailed, types.StackStatusDeleteFailed:
		return nil, d.clear(ctx, *st.StackId)
	}
	return st, nil
}

// clear removes what a deployment that failed has left, so that the stack can
// be made anew.
func (d *deployment) clear(ctx context.Context, id string) error {
	if _, err := d.cfn.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: &id}); err != nil {
		return fmt.Errorf("remove the failed stack: %w", err)
	}
	st, err := d.settled(ctx, id, nil)
	if err != nil {
		return err
	}
	if st.StackStatus != types.StackStatusDeleteComplete {
		return &FailedError{Stack: d.Stack, Status: string(st.StackStatus), Reasons: []string{aws.ToString(st.StackStatusReason)}}
	}
	return nil
}

// maxInline is the largest template in a request, in bytes.
const maxInline = 51200

// changeSet is the request for a change set.
func (d *deployment) changeSet(ctx context.Context, tree map[string]any, old *types.Stack) (*cloudformation.CreateChangeSetInput, error) {
	body, err := template.JSON(tree)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("maru-deploy-%d", d.clock.Now().UnixMilli())
	in := &cloudformation.CreateChangeSetInput{
		StackName: &d.Stack, ChangeSetName: &name, ChangeSetType: types.ChangeSetTypeCreate, Parameters: d.parameters(tree, old),
	}
	if old != nil {
		in.ChangeSetType = types.ChangeSetTypeUpdate
	}
	if len(body) <= maxInline {
		in.TemplateBody = aws.String(string(body))
	} else {
		key, err := d.upload(ctx, body, ".template")
		if err != nil {
			return nil, err
		}
		in.TemplateURL = aws.String("https://s3." + d.config.Region + ".amazonaws.com/" + d.bucket + "/" + key)
	}
	capabilities := d.Capabilities
	if len(capabilities) == 0 {
		capabilities = []string{"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"}
	}
	for _, c := range capabilities {
		in.Capabilities = append(in.Capabilities, types.Capability(c))
	}
	for _, k := range slices.Sorted(maps.Keys(d.Tags)) {
		in.Tags = append(in.Tags, types.Tag{Key: aws.String(k), Value: aws.String(d.Tags[k])})
	}
	return in, nil
}

// parameters are those given, and for the others of the template what the
// stack has.
func (d *deployment) parameters(tree map[string]any, old *types.Stack) []types.Parameter {
	var out []types.Parameter
	for _, k := range slices.Sorted(maps.Keys(d.Parameters)) {
		out = append(out, types.Parameter{ParameterKey: aws.String(k), ParameterValue: aws.String(d.Parameters[k])})
	}
	if old == nil {
		return out
	}
	declared, _ := tree["Parameters"].(map[string]any)
	for _, p := range old.Parameters {
		if _, given := d.Parameters[*p.ParameterKey]; given || declared[*p.ParameterKey] == nil {
			continue
		}
		out = append(out, types.Parameter{ParameterKey: p.ParameterKey, UsePreviousValue: aws.Bool(true)})
	}
	return out
}

// changeReady waits for a change set. It tells whether there is nothing to change.
func (d *deployment) changeReady(ctx context.Context, id string) (unchanged bool, err error) {
	for {
		c, err := d.cfn.DescribeChangeSet(ctx, &cloudformation.DescribeChangeSetInput{ChangeSetName: &id})
		if err != nil {
			return false, fmt.Errorf("describe change set: %w", err)
		}
		switch c.Status {
		case types.ChangeSetStatusCreateComplete:
			return false, nil
		case types.ChangeSetStatusFailed:
			reason := aws.ToString(c.StatusReason)
			if strings.Contains(reason, "didn't contain changes") || strings.Contains(reason, "No updates are to be performed") {
				_, err = d.cfn.DeleteChangeSet(ctx, &cloudformation.DeleteChangeSetInput{ChangeSetName: &id})
				return true, err
			}
			return false, &FailedError{Stack: d.Stack, Status: "not changed", Reasons: []string{reason}}
		}
		if err := d.pause(ctx, 100*time.Millisecond); err != nil {
			return false, err
		}
	}
}

// pause waits a little.
func (d *deployment) pause(ctx context.Context, long time.Duration) error {
	t := d.clock.NewTimer(long)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C():
		return nil
	}
}

// resultOf is a stack's result.
func resultOf(st *types.Stack) *Result {
	r := &Result{StackID: aws.ToString(st.StackId), Status: string(st.StackStatus)}
	for _, o := range st.Outputs {
		r.Outputs = append(r.Outputs, Output{Key: *o.OutputKey, Value: *o.OutputValue, Description: aws.ToString(o.Description)})
	}
	return r
}
