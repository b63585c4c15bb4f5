package resource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// customTimeout is how long a custom resource's function may take to answer,
// unless its ServiceTimeout says less.
const customTimeout = time.Hour

// maxWait is how long a wait condition may wait.
const maxWait = 12 * time.Hour

// secondsOf reads a number of seconds that is between none and most; what is no
// number is otherwise.
func secondsOf(s string, otherwise, most time.Duration) time.Duration {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil && !errors.Is(err, strconv.ErrRange) { // out of range it is the nearest that is not
		return otherwise
	}
	return min(max(0, time.Duration(n)*time.Second), most)
}

// customResource is AWS::CloudFormation::CustomResource and every Custom::*
// type: a function or topic is told, and answers at the URL it is given.
func customResource() *Type {
	return &Type{
		Name: "AWS::CloudFormation::CustomResource", Open: true, Attributes: "*",
		Create: func(ctx context.Context, r *Request) (Result, error) { return Result{}, r.tell(ctx, "Create") },
		Ready:  func(_ context.Context, r *Request) (Result, bool, error) { return r.answer() },
		Update: func(ctx context.Context, r *Request) (Result, error) {
			return Result{ID: r.ID, Attributes: r.Attributes}, r.tell(ctx, "Update")
		},
		Delete: func(ctx context.Context, r *Request) error { return r.tell(ctx, "Delete") },
		Gone: func(_ context.Context, r *Request) (bool, error) {
			_, done, err := r.answer()
			return done, err
		},
	}
}

// tell sends the request to the resource's function or topic. RequestId is the
// step's, so that a function told twice can know it.
func (r *Request) tell(ctx context.Context, kind string) error {
	target := r.str("ServiceToken")
	if target == "" {
		return fmt.Errorf("Properties validation failed for resource %s with message:\n#: required key [ServiceToken] not found", r.Logical)
	}
	body := obj{
		"RequestType": kind, "ServiceToken": target, "ResponseURL": r.CallbackURL(r.Token), "StackId": r.StackID, "RequestId": r.Token,
		"LogicalResourceId": r.Logical, "ResourceType": r.Type, "ResourceProperties": r.asTexts(r.Props),
	}
	if kind != "Create" {
		body["PhysicalResourceId"] = r.ID
	}
	if kind == "Update" {
		body["OldResourceProperties"] = r.asTexts(r.Old)
	}
	payload, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	if strings.HasPrefix(target, "arn:"+r.Partition+":sns:") {
		_, err := r.do(ctx, "sns", "Publish", obj{"TopicArn": target, "Message": string(payload), "Subject": "AWS CloudFormation custom resource request"})
		return err
	}
	return r.invokeEvent(ctx, target, payload)
}

// asTexts writes properties as custom resources get them: scalars as text.
func (r *Request) asTexts(props obj) any {
	out, _ := plain(props).(obj)
	if out == nil {
		out = obj{}
	}
	return out
}

// answer reads what the resource's function answered.
func (r *Request) answer() (Result, bool, error) {
	if len(r.Signals) > 0 {
		var a struct {
			Status, Reason, PhysicalResourceId string
			Data                               obj
		}
		if err := json.Unmarshal([]byte(r.Signals[0].Body), &a); err != nil {
			return Result{}, false, fmt.Errorf("Invalid response object: %s", r.Signals[0].Body)
		}
		if a.Status != "SUCCESS" {
			reason := a.Reason
			if reason == "" {
				reason = "The resource did not say why."
			}
			return Result{}, false, fmt.Errorf("Received response status [%s] from custom resource. Message returned: %s (RequestId: %s)", a.Status, reason, r.Token)
		}
		if a.PhysicalResourceId == "" {
			return Result{}, false, fmt.Errorf("Invalid PhysicalResourceId")
		}
		if a.Data == nil {
			a.Data = obj{}
		}
		return Result{ID: a.PhysicalResourceId, Attributes: a.Data, Replaced: r.ID != "" && a.PhysicalResourceId != r.ID}, true, nil
	}
	if r.Now.Sub(r.Began) > secondsOf(r.str("ServiceTimeout"), customTimeout, customTimeout) {
		return Result{}, false, fmt.Errorf("CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [%s]. If you are using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can attach the updated version.", r.Token)
	}
	return Result{}, false, nil
}

// waitConditionHandle is AWS::CloudFormation::WaitConditionHandle.
func waitConditionHandle() *Type {
	return &Type{
		Name: "AWS::CloudFormation::WaitConditionHandle",
		Create: func(_ context.Context, r *Request) (Result, error) {
			return Result{ID: r.CallbackURL(r.Token)}, nil
		},
		Update: func(_ context.Context, r *Request) (Result, error) { return Result{ID: r.ID}, nil },
		Delete: func(context.Context, *Request) error { return nil },
	}
}

// waitCondition is AWS::CloudFormation::WaitCondition: it is there once its
// handle has been signalled as often as Count says.
func waitCondition() *Type {
	return &Type{
		Name: "AWS::CloudFormation::WaitCondition", Properties: "Count Handle Timeout", Attributes: "Data",
		Create: func(_ context.Context, r *Request) (Result, error) {
			return Result{ID: "arn:" + r.Partition + ":cloudformation:" + r.Region + ":" + r.Account + ":waitcondition/" + r.StackName + "/" + r.Logical + "-" + randomPart(r.Token, false)}, nil
		},
		Ready: func(_ context.Context, r *Request) (Result, bool, error) { return r.waited() },
		Update: func(_ context.Context, r *Request) (Result, error) {
			return Result{ID: r.ID, Attributes: r.Attributes}, nil
		},
		Delete: func(context.Context, *Request) error { return nil },
	}
}

// waited counts the signals of a wait condition.
func (r *Request) waited() (Result, bool, error) {
	if r.Old != nil {
		return Result{ID: r.ID, Attributes: r.Attributes}, true, nil // an update does not wait again
	}
	count, err := strconv.Atoi(r.str("Count"))
	if err != nil {
		count = 1
	}
	timeout := secondsOf(text(r.Props["Timeout"]), 5*time.Minute, maxWait)
	if p := at(r.CreationPolicy, "ResourceSignal"); p != nil {
		if n, err := strconv.Atoi(text(at(p, "Count"))); err == nil {
			count = n
		}
		if d, ok := isoDuration(text(at(p, "Timeout"))); ok {
			timeout = min(max(0, d), maxWait)
		}
	}
	data, got := obj{}, 0
	for _, s := range r.Signals {
		if s.Status == Failure {
			return Result{}, false, fmt.Errorf("WaitCondition received failed message: '%s' for uniqueId: %s", s.Body, s.ID)
		}
		data[s.ID] = s.Body
		got++
	}
	if got >= count {
		return Result{ID: r.ID, Attributes: obj{"Data": document(data)}}, true, nil
	}
	if r.Now.Sub(r.Began) > timeout {
		return Result{}, false, fmt.Errorf("WaitCondition timed out. Received %d conditions when expecting %d", got, count)
	}
	return Result{}, false, nil
}

// isoDuration reads a duration like PT1H30M.
func isoDuration(s string) (time.Duration, bool) {
	rest, ok := strings.CutPrefix(s, "PT")
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(strings.ToLower(rest))
	return d, err == nil
}

// cdkMetadata is AWS::CDK::Metadata, which the CDK puts into its templates and
// which is nothing.
func cdkMetadata() *Type {
	return &Type{
		Name: "AWS::CDK::Metadata", Open: true,
		Create: func(_ context.Context, r *Request) (Result, error) {
			return Result{ID: r.madeName(naming{max: 128})}, nil
		},
		Update: func(_ context.Context, r *Request) (Result, error) { return Result{ID: r.ID}, nil },
		Delete: func(context.Context, *Request) error { return nil },
	}
}
