package resource

import "context"

// trailSettings are the properties that are members of CreateTrail and
// UpdateTrail.
var trailSettings = []string{
	"S3BucketName", "S3KeyPrefix", "SnsTopicName", "IncludeGlobalServiceEvents", "IsMultiRegionTrail", "IsOrganizationTrail",
	"CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "EnableLogFileValidation",
}

// cloudtrailTrail is AWS::CloudTrail::Trail.
func cloudtrailTrail() *Type {
	return &Type{
		Name: "AWS::CloudTrail::Trail",
		Properties: `AdvancedEventSelectors CloudWatchLogsLogGroupArn CloudWatchLogsRoleArn EnableLogFileValidation EventSelectors
			IncludeGlobalServiceEvents InsightSelectors IsLogging* IsMultiRegionTrail IsOrganizationTrail KMSKeyId S3BucketName* S3KeyPrefix
			SnsTopicName Tags TrailName!`,
		Attributes: "Arn SnsTopicArn",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			r.ID = r.name("TrailName", naming{max: 128})
			in := r.trail()
			in["TagsList"] = tagList(r.allTags())
			out, err := r.do(ctx, "cloudtrail", "CreateTrail", in)
			if r.Repeat && exists(err) {
				out, err = r.do(ctx, "cloudtrail", "UpdateTrail", without(in, "TagsList"))
			}
			if err != nil {
				return Result{}, err
			}
			return r.setTrail(ctx, out)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			in := r.trail()
			for _, name := range append([]string{"KMSKeyId"}, trailSettings...) {
				if _, kept := r.Props[name]; !kept && r.Old[name] != nil {
					in[trailMember(name)] = unset(name, r.Old[name])
				}
			}
			out, err := r.do(ctx, "cloudtrail", "UpdateTrail", in)
			if err != nil {
				return Result{}, err
			}
			if err := r.tagTrail(ctx, text(out["TrailARN"])); err != nil {
				return Result{}, err
			}
			return r.setTrail(ctx, out)
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "cloudtrail", "DeleteTrail", obj{"Name": r.ID})
			return forget(err)
		},
	}
}

// trailMember is a property's name in the API.
func trailMember(property string) string {
	if property == "KMSKeyId" {
		return "KmsKeyId"
	}
	return property
}

// unset is the value that takes a setting away.
func unset(name string, old any) any {
	if name == "IncludeGlobalServiceEvents" {
		return true // as of a new trail
	}
	if was := text(old); was == "true" || was == "false" {
		return false
	}
	return ""
}

// trail is the input of CreateTrail and UpdateTrail.
func (r *Request) trail() obj {
	in := pick(r.Props, trailSettings...)
	in["Name"] = r.ID
	if key := r.Props["KMSKeyId"]; key != nil {
		in["KmsKeyId"] = key
	}
	return in
}

// setTrail sets which events a trail records, and whether it does.
func (r *Request) setTrail(ctx context.Context, out obj) (Result, error) {
	selectors := pick(r.Props, "EventSelectors", "AdvancedEventSelectors")
	if len(selectors) == 0 && r.changed("EventSelectors", "AdvancedEventSelectors") {
		selectors["EventSelectors"] = []any{obj{"ReadWriteType": "All", "IncludeManagementEvents": true}} // as of a new trail
	}
	if len(selectors) > 0 {
		selectors["TrailName"] = r.ID
		if _, err := r.do(ctx, "cloudtrail", "PutEventSelectors", selectors); err != nil {
			return Result{}, err
		}
	}
	if r.changed("InsightSelectors") {
		insights := list(r.Props["InsightSelectors"])
		if insights == nil {
			insights = []any{}
		}
		if _, err := r.do(ctx, "cloudtrail", "PutInsightSelectors", obj{"TrailName": r.ID, "InsightSelectors": insights}); err != nil {
			return Result{}, err
		}
	}
	operation := "StopLogging"
	if truth(r.Props["IsLogging"]) {
		operation = "StartLogging"
	}
	if r.Old == nil && operation == "StartLogging" || r.changed("IsLogging") {
		if _, err := r.do(ctx, "cloudtrail", operation, obj{"Name": r.ID}); err != nil {
			return Result{}, err
		}
	}
	attributes := obj{"Arn": out["TrailARN"]}
	if topic := text(out["SnsTopicARN"]); topic != "" {
		attributes["SnsTopicArn"] = topic
	}
	return Result{ID: r.ID, Attributes: attributes}, nil
}

// tagTrail brings the tags of a trail up to date.
func (r *Request) tagTrail(ctx context.Context, arn string) error {
	set, remove := r.tagChanges()
	if len(set) > 0 {
		if _, err := r.do(ctx, "cloudtrail", "AddTags", obj{"ResourceId": arn, "TagsList": tagList(set)}); err != nil {
			return err
		}
	}
	if len(remove) > 0 {
		gone := make([]any, 0, len(remove))
		for _, key := range remove {
			gone = append(gone, obj{"Key": key})
		}
		if _, err := r.do(ctx, "cloudtrail", "RemoveTags", obj{"ResourceId": arn, "TagsList": gone}); err != nil {
			return err
		}
	}
	return nil
}
