package cloudtrail

import (
	"context"
	"errors"
	"strings"

	api "maru.dev/maru/api/cloudtrail"
	logsapi "maru.dev/maru/api/logs"
	s3api "maru.dev/maru/api/s3"
	snsapi "maru.dev/maru/api/sns"
	stsapi "maru.dev/maru/api/sts"
	"maru.dev/maru/arn"
	"maru.dev/maru/auth/policy"
	"maru.dev/maru/call"
	"maru.dev/maru/wire"
)

// inside is a context in which CloudTrail calls other services for a trail.
func inside(ctx context.Context, t *trail) context.Context {
	return call.As(ctx, principal, t.arn(), t.Account, t.Region)
}

// refusal is the code of a service's error, or "".
func refusal(err error) string {
	if known, ok := errors.AsType[wire.Error](err); ok {
		return known.ErrorCode()
	}
	return ""
}

// permits tells whether a resource's policy lets CloudTrail do something for a
// trail.
func permits(document string, t *trail, action, resource string, context map[string][]string) bool {
	d, err := policy.Parse(document)
	if err != nil {
		return false
	}
	conditions := map[string][]string{"aws:sourcearn": {t.arn()}, "aws:sourceaccount": {t.Account}, "aws:securetransport": {"true"}}
	for key, values := range context {
		conditions[key] = values
	}
	return d.Evaluate(&policy.Request{
		Caller: policy.Caller{Service: principal}, Action: action, Resource: resource, Context: conditions,
	}) == policy.Allowed
}

// checkBucket tells whether a trail's bucket is there, and its policy lets
// CloudTrail look at it and write to it. AWS asks the same at each change of a
// trail.
func (s *Service) checkBucket(ctx context.Context, t *trail) error {
	missing := &api.S3BucketDoesNotExistException{Message: "S3 bucket " + t.Bucket + " does not exist!"}
	insufficient := &api.InsufficientS3BucketPolicyException{Message: "Incorrect S3 bucket policy is detected for bucket: " + t.Bucket}
	out, err := call.Do[*s3api.GetBucketPolicyOutput](inside(ctx, t), s.Caller, "s3", "GetBucketPolicy", &s3api.GetBucketPolicyInput{Bucket: t.Bucket})
	switch code := refusal(err); {
	case code == "NoSuchBucketPolicy", code == "AccessDenied":
		return insufficient
	case code != "":
		return missing
	case err != nil:
		return err
	}
	bucket := "arn:aws:s3:::" + t.Bucket
	object := bucket + "/" + t.Prefix
	if t.Prefix != "" {
		object += "/"
	}
	object += "AWSLogs/" + t.Account + "/CloudTrail/" + t.Region + "/x"
	document := wire.Value(out.Policy)
	if !permits(document, t, "s3:GetBucketAcl", bucket, nil) ||
		!permits(document, t, "s3:PutObject", object, map[string][]string{"s3:x-amz-acl": {"bucket-owner-full-control"}}) {
		return insufficient
	}
	return nil
}

// checkTopic tells whether a trail's topic is there, and its policy lets
// CloudTrail publish.
func (s *Service) checkTopic(ctx context.Context, t *trail) error {
	if t.Topic == "" {
		return nil
	}
	insufficient := &api.InsufficientSnsTopicPolicyException{Message: "SNS Topic does not exist or the topic policy is incorrect!"}
	a, err := arn.Parse(t.Topic)
	if err != nil || a.Service != "sns" {
		return &api.InvalidSnsTopicNameException{Message: "The SNS topic name is invalid: " + t.TopicName}
	}
	as := call.As(ctx, principal, t.arn(), a.Account, a.Region)
	out, err := call.Do[*snsapi.GetTopicAttributesOutput](as, s.Caller, "sns", "GetTopicAttributes", &snsapi.GetTopicAttributesInput{TopicArn: t.Topic})
	switch {
	case refusal(err) != "":
		return insufficient
	case err != nil:
		return err
	case !permits(out.Attributes["Policy"], t, "sns:Publish", t.Topic, nil):
		return insufficient
	}
	return nil
}

// checkLogs tells whether a trail's log group is there, and CloudTrail may take
// the role to write to it.
func (s *Service) checkLogs(ctx context.Context, t *trail) error {
	switch {
	case t.LogGroup == "" && t.LogRole == "":
		return nil
	case t.LogGroup == "":
		return &api.InvalidCloudWatchLogsLogGroupArnException{Message: "You must specify a log group ARN."}
	case t.LogRole == "":
		return &api.InvalidCloudWatchLogsRoleArnException{Message: "You must specify a role ARN to send logs to CloudWatch Logs."}
	}
	group, ok := t.groupName()
	if !ok {
		return &api.InvalidCloudWatchLogsLogGroupArnException{Message: "CloudTrail cannot validate the specified log group ARN."}
	}
	out, err := call.Do[*logsapi.DescribeLogGroupsOutput](inside(ctx, t), s.Caller, "logs", "DescribeLogGroups", &logsapi.DescribeLogGroupsInput{LogGroupNamePrefix: &group})
	if err != nil && refusal(err) == "" {
		return err
	}
	found := false
	if err == nil {
		for _, g := range out.LogGroups {
			found = found || wire.Value(g.LogGroupName) == group
		}
	}
	if !found {
		return &api.InvalidCloudWatchLogsLogGroupArnException{Message: "Access denied. Verify in IAM that the role has adequate permissions."}
	}
	_, err = s.Caller.Call(inside(ctx, t), "sts", "AssumeRole", &stsapi.AssumeRoleInput{RoleArn: t.LogRole, RoleSessionName: logsSession})
	if refusal(err) != "" {
		return &api.InvalidCloudWatchLogsRoleArnException{Message: "Access denied. Check the trust relationships for your role."}
	}
	return err
}

// groupName is the name in the ARN of the trail's log group, which is in the
// trail's own account and region.
func (t *trail) groupName() (string, bool) {
	a, err := arn.Parse(t.LogGroup)
	name, ok := strings.CutPrefix(a.Resource, "log-group:")
	name, star := strings.CutSuffix(name, ":*")
	return name, err == nil && ok && star && a.Service == "logs" && a.Account == t.Account && a.Region == t.Region && name != ""
}

// check holds a trail against the rules, and against what it delivers to.
func (s *Service) check(ctx context.Context, t *trail) error {
	switch {
	case t.MultiRegion && !t.Global:
		return &api.InvalidParameterCombinationException{Message: "Multi-Region trail must include global service events."}
	case !validBucket(t.Bucket):
		return &api.InvalidS3BucketNameException{Message: "Bucket name is invalid: " + t.Bucket}
	case len(t.Prefix) > 200 || strings.HasPrefix(t.Prefix, "/") || strings.HasSuffix(t.Prefix, "/"):
		return &api.InvalidS3PrefixException{Message: "Invalid S3 prefix: " + t.Prefix}
	case len(t.TopicName) > 256:
		return &api.InvalidSnsTopicNameException{Message: "SNS topic name too long. Maximum allowed length: 256 characters."}
	}
	if err := s.checkBucket(ctx, t); err != nil {
		return err
	}
	if err := s.checkTopic(ctx, t); err != nil {
		return err
	}
	return s.checkLogs(ctx, t)
}

// validBucket tells whether a name may be a bucket's.
func validBucket(name string) bool {
	if len(name) < 3 || len(name) > 63 {
		return false
	}
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

// setTopic sets the topic by its name or ARN.
func (t *trail) setTopic(name string) {
	t.Topic, t.TopicName = name, name
	if name == "" {
		return
	}
	if !strings.HasPrefix(name, "arn:") {
		t.Topic = arn.New("sns", t.Region, t.Account, name)
		return
	}
	if a, err := arn.Parse(name); err == nil {
		t.TopicName = a.Resource
	}
}
