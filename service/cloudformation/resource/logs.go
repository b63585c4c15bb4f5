package resource

import (
	"context"
	"strings"
)

// logsLogGroup is AWS::Logs::LogGroup.
func logsLogGroup() *Type {
	return &Type{
		Name: "AWS::Logs::LogGroup",
		Properties: `DataProtectionPolicy~ DeletionProtectionEnabled~ FieldIndexPolicies~ KmsKeyId~ LogGroupClass! LogGroupName!
			ResourcePolicyDocument~ RetentionInDays Tags`,
		Attributes: "Arn",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			name := r.name("LogGroupName", naming{max: 512})
			in := obj{"logGroupName": name, "tags": tagObject(r.allTags())}
			if c := r.Props["LogGroupClass"]; c != nil {
				in["logGroupClass"] = c
			}
			if len(r.allTags()) == 0 {
				delete(in, "tags")
			}
			if _, err := r.do(ctx, "logs", "CreateLogGroup", in); r.adopt(err) != nil {
				return Result{}, err
			}
			r.ID = name
			return r.logGroup(), r.retention(ctx)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			if r.changed("RetentionInDays") {
				if err := r.retention(ctx); err != nil {
					return Result{}, err
				}
			}
			set, remove := r.tagChanges()
			arn := r.arn("logs", "log-group:"+r.ID)
			if len(set) > 0 {
				if _, err := r.do(ctx, "logs", "TagResource", obj{"resourceArn": arn, "tags": tagObject(set)}); err != nil {
					return Result{}, err
				}
			}
			if len(remove) > 0 {
				if _, err := r.do(ctx, "logs", "UntagResource", obj{"resourceArn": arn, "tagKeys": texts(remove)}); err != nil {
					return Result{}, err
				}
			}
			return r.logGroup(), nil
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "logs", "DeleteLogGroup", obj{"logGroupName": r.ID})
			return forget(err)
		},
	}
}

// logGroup is what a template sees of a log group.
func (r *Request) logGroup() Result {
	return Result{ID: r.ID, Attributes: obj{"Arn": r.arn("logs", "log-group:"+r.ID+":*")}}
}

// retention sets how long the group's lines are kept.
func (r *Request) retention(ctx context.Context) error {
	if days := r.Props["RetentionInDays"]; days != nil {
		_, err := r.do(ctx, "logs", "PutRetentionPolicy", obj{"logGroupName": r.ID, "retentionInDays": days})
		return err
	}
	if r.Old["RetentionInDays"] == nil {
		return nil
	}
	_, err := r.do(ctx, "logs", "DeleteRetentionPolicy", obj{"logGroupName": r.ID})
	return err
}

// logsLogStream is AWS::Logs::LogStream.
func logsLogStream() *Type {
	return &Type{
		Name:       "AWS::Logs::LogStream",
		Properties: "LogGroupName!* LogStreamName!",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			name := r.name("LogStreamName", naming{max: 512})
			_, err := r.do(ctx, "logs", "CreateLogStream", obj{"logGroupName": r.Props["LogGroupName"], "logStreamName": name})
			return Result{ID: name}, r.adopt(err)
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "logs", "DeleteLogStream", obj{"logGroupName": strings.TrimSuffix(r.str("LogGroupName"), ":*"), "logStreamName": r.ID})
			return forget(err)
		},
	}
}
