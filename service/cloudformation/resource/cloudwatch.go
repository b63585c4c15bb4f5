package resource

import (
	"context"
	"strings"
)

// alarm is what a template sees of an alarm.
func (r *Request) alarm(name string) Result {
	return Result{ID: name, Attributes: obj{"Arn": r.arn("cloudwatch", "alarm:"+name)}}
}

// createAlarm puts an alarm that does not exist yet: CloudWatch itself would
// replace another one's configuration.
func (r *Request) createAlarm(ctx context.Context, operation string, properties []string) (Result, error) {
	name := r.name("AlarmName", naming{max: 255})
	if r.Props["AlarmName"] != nil && !r.Repeat {
		out, err := r.do(ctx, "cloudwatch", "DescribeAlarms", obj{"AlarmNames": []any{name}, "AlarmTypes": []any{"MetricAlarm", "CompositeAlarm"}})
		if err != nil {
			return Result{}, err
		}
		if len(list(out["MetricAlarms"]))+len(list(out["CompositeAlarms"])) > 0 {
			return Result{}, alreadyExists(name)
		}
	}
	in := pick(r.Props, properties...)
	in["AlarmName"] = name
	if tags := r.allTags(); len(tags) > 0 {
		in["Tags"] = tagList(tags)
	}
	if _, err := r.do(ctx, "cloudwatch", operation, in); err != nil {
		return Result{}, err
	}
	return r.alarm(name), nil
}

// updateAlarm replaces an alarm's configuration, and changes its tags.
func (r *Request) updateAlarm(ctx context.Context, operation string, properties []string) (Result, error) {
	in := pick(r.Props, properties...)
	in["AlarmName"] = r.ID
	if _, err := r.do(ctx, "cloudwatch", operation, in); err != nil {
		return Result{}, err
	}
	arn := r.arn("cloudwatch", "alarm:"+r.ID)
	set, remove := r.tagChanges()
	if len(set) > 0 {
		if _, err := r.do(ctx, "cloudwatch", "TagResource", obj{"ResourceARN": arn, "Tags": tagList(set)}); err != nil {
			return Result{}, err
		}
	}
	if len(remove) > 0 {
		if _, err := r.do(ctx, "cloudwatch", "UntagResource", obj{"ResourceARN": arn, "TagKeys": texts(remove)}); err != nil {
			return Result{}, err
		}
	}
	return r.alarm(r.ID), nil
}

// alarmType is a type of alarm that an operation puts.
func alarmType(name, operation, properties string) *Type {
	var settable []string
	for p := range strings.FieldsSeq(properties) {
		if p = strings.TrimRight(p, "!*~"); p != "AlarmName" && p != "Tags" {
			settable = append(settable, p)
		}
	}
	return &Type{
		Name: name, Properties: properties, Attributes: "Arn",
		Create: func(ctx context.Context, r *Request) (Result, error) { return r.createAlarm(ctx, operation, settable) },
		Update: func(ctx context.Context, r *Request) (Result, error) { return r.updateAlarm(ctx, operation, settable) },
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "cloudwatch", "DeleteAlarms", obj{"AlarmNames": []any{r.ID}})
			return forget(err)
		},
	}
}

// cloudwatchAlarm is AWS::CloudWatch::Alarm.
func cloudwatchAlarm() *Type {
	return alarmType("AWS::CloudWatch::Alarm", "PutMetricAlarm", `ActionsEnabled AlarmActions AlarmDescription AlarmName! ComparisonOperator DatapointsToAlarm Dimensions
		EvaluateLowSampleCountPercentile EvaluationPeriods ExtendedStatistic InsufficientDataActions MetricName Metrics Namespace OKActions
		Period Statistic Tags Threshold ThresholdMetricId TreatMissingData Unit`)
}

// cloudwatchComposite is AWS::CloudWatch::CompositeAlarm.
func cloudwatchComposite() *Type {
	return alarmType("AWS::CloudWatch::CompositeAlarm", "PutCompositeAlarm", `ActionsEnabled ActionsSuppressor ActionsSuppressorExtensionPeriod ActionsSuppressorWaitPeriod
		AlarmActions AlarmDescription AlarmName! AlarmRule* InsufficientDataActions OKActions Tags`)
}

// cloudwatchDashboard is AWS::CloudWatch::Dashboard.
func cloudwatchDashboard() *Type {
	put := func(ctx context.Context, r *Request) (Result, error) {
		if r.ID == "" {
			r.ID = r.name("DashboardName", naming{max: 255})
		}
		_, err := r.do(ctx, "cloudwatch", "PutDashboard", obj{"DashboardName": r.ID, "DashboardBody": document(r.Props["DashboardBody"])})
		return Result{ID: r.ID}, err
	}
	return &Type{
		Name: "AWS::CloudWatch::Dashboard", Properties: "DashboardBody* DashboardName! Tags~", Create: put, Update: put,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "cloudwatch", "DeleteDashboards", obj{"DashboardNames": []any{r.ID}})
			return forget(err)
		},
	}
}

// cloudwatchDetector is AWS::CloudWatch::AnomalyDetector.
func cloudwatchDetector() *Type {
	identity := []string{"Dimensions", "MetricMathAnomalyDetector", "MetricName", "Namespace", "SingleMetricAnomalyDetector", "Stat"}
	put := func(ctx context.Context, r *Request) (Result, error) {
		if r.ID == "" {
			r.ID = r.madeName(naming{max: 255})
		}
		in := pick(r.Props, append(identity, "MetricCharacteristics")...)
		if c, ok := r.Props["Configuration"].(obj); ok {
			c = pickAll(c)
			if zone, ok := c["MetricTimeZone"]; ok { // the property's spelling
				delete(c, "MetricTimeZone")
				c["MetricTimezone"] = zone
			}
			in["Configuration"] = c
		}
		_, err := r.do(ctx, "cloudwatch", "PutAnomalyDetector", in)
		return Result{ID: r.ID, Attributes: obj{"Id": r.ID}}, err
	}
	return &Type{
		Name:       "AWS::CloudWatch::AnomalyDetector",
		Properties: "Configuration Dimensions! MetricCharacteristics MetricMathAnomalyDetector! MetricName! Namespace! SingleMetricAnomalyDetector! Stat!",
		Attributes: "Id", Create: put, Update: put,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "cloudwatch", "DeleteAnomalyDetector", pick(r.Props, identity...))
			return forget(err)
		},
	}
}

// absent is a type whose operation CloudWatch does not have here: a stack with
// one fails, and says which operation is not implemented.
func absent(name, operation, properties string) *Type {
	return &Type{
		Name: name, Properties: properties, Attributes: "Arn",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			in := pick(r.Props, "RuleName", "RuleState")
			if body := r.Props["RuleBody"]; body != nil {
				in["RuleDefinition"] = document(body)
			}
			_, err := r.do(ctx, "cloudwatch", operation, in)
			return Result{}, err
		},
		Delete: func(context.Context, *Request) error { return nil }, // there never was one
	}
}

// cloudwatchInsightRule is AWS::CloudWatch::InsightRule.
func cloudwatchInsightRule() *Type {
	return absent("AWS::CloudWatch::InsightRule", "PutInsightRule", "ApplyOnTransformedLogs RuleBody* RuleName!* RuleState* Tags")
}

// cloudwatchMetricStream is AWS::CloudWatch::MetricStream.
func cloudwatchMetricStream() *Type {
	return absent("AWS::CloudWatch::MetricStream", "PutMetricStream", `ExcludeFilters FirehoseArn* IncludeFilters IncludeLinkedAccountsMetrics Name!
		OutputFormat* RoleArn* StatisticsConfigurations Tags`)
}
