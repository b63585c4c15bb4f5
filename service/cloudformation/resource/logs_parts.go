package resource

import (
	"context"
	"encoding/json"
)

// logsPart is a type that one operation makes and changes, and one removes.
func logsPart(name, properties string, put func(ctx context.Context, r *Request) (Result, error), remove func(r *Request) (operation string, in obj)) *Type {
	return &Type{
		Name: name, Properties: properties, Create: put, Update: put,
		Delete: func(ctx context.Context, r *Request) error {
			operation, in := remove(r)
			_, err := r.do(ctx, "logs", operation, in)
			return forget(err)
		},
	}
}

// physical is the name of a resource: what it has already, or what the template
// says, or one that is made.
func (r *Request) physical(property string) string {
	if r.ID != "" {
		return r.ID
	}
	return r.name(property, naming{max: 512})
}

// logsMetricFilter is AWS::Logs::MetricFilter.
func logsMetricFilter() *Type {
	const properties = `ApplyOnTransformedLogs EmitSystemFieldDimensions FieldSelectionCriteria FilterName! FilterPattern* LogGroupName!* MetricTransformations*`
	return logsPart("AWS::Logs::MetricFilter", properties, func(ctx context.Context, r *Request) (Result, error) {
		id := r.physical("FilterName")
		in, _ := lowerFirst(pick(r.Props, "ApplyOnTransformedLogs", "EmitSystemFieldDimensions", "FieldSelectionCriteria", "FilterPattern", "LogGroupName")).(obj)
		in["filterName"] = id
		var transformations []any
		list, _ := r.Props["MetricTransformations"].([]any)
		for _, e := range list {
			from, _ := e.(obj)
			to := obj{}
			for _, name := range []string{"DefaultValue", "MetricName", "MetricNamespace", "MetricValue", "Unit"} {
				if v := from[name]; v != nil {
					to[lowerName(name)] = v
				}
			}
			if by, _ := from["Dimensions"].([]any); len(by) > 0 {
				dimensions := obj{}
				for _, d := range by {
					pair, _ := d.(obj)
					dimensions[text(pair["Key"])] = pair["Value"]
				}
				to["dimensions"] = dimensions
			}
			transformations = append(transformations, to)
		}
		in["metricTransformations"] = transformations
		_, err := r.do(ctx, "logs", "PutMetricFilter", in)
		return Result{ID: id}, err
	}, func(r *Request) (string, obj) {
		return "DeleteMetricFilter", obj{"logGroupName": r.Props["LogGroupName"], "filterName": r.ID}
	})
}

// lowerName is a property's name as the API writes it.
func lowerName(name string) string { return string(name[0]|0x20) + name[1:] }

// logsSubscriptionFilter is AWS::Logs::SubscriptionFilter.
func logsSubscriptionFilter() *Type {
	const properties = `ApplyOnTransformedLogs DestinationArn* Distribution EmitSystemFields FieldSelectionCriteria FilterName! FilterPattern* LogGroupName!* RoleArn`
	return logsPart("AWS::Logs::SubscriptionFilter", properties, func(ctx context.Context, r *Request) (Result, error) {
		id := r.physical("FilterName")
		in, _ := lowerFirst(pick(r.Props, "ApplyOnTransformedLogs", "DestinationArn", "Distribution", "EmitSystemFields", "FieldSelectionCriteria", "FilterPattern", "LogGroupName", "RoleArn")).(obj)
		in["filterName"] = id
		_, err := r.do(ctx, "logs", "PutSubscriptionFilter", in)
		return Result{ID: id}, err
	}, func(r *Request) (string, obj) {
		return "DeleteSubscriptionFilter", obj{"logGroupName": r.Props["LogGroupName"], "filterName": r.ID}
	})
}

// logsResourcePolicy is AWS::Logs::ResourcePolicy.
func logsResourcePolicy() *Type {
	return logsPart("AWS::Logs::ResourcePolicy", "PolicyDocument* PolicyName!*", func(ctx context.Context, r *Request) (Result, error) {
		document, ok := r.Props["PolicyDocument"].(string)
		if !ok {
			b, err := json.Marshal(r.Props["PolicyDocument"])
			if err != nil {
				return Result{}, err
			}
			document = string(b)
		}
		id := r.physical("PolicyName")
		_, err := r.do(ctx, "logs", "PutResourcePolicy", obj{"policyName": id, "policyDocument": document})
		return Result{ID: id}, err
	}, func(r *Request) (string, obj) { return "DeleteResourcePolicy", obj{"policyName": r.ID} })
}

// logsQueryDefinition is AWS::Logs::QueryDefinition.
func logsQueryDefinition() *Type {
	t := logsPart("AWS::Logs::QueryDefinition", "LogGroupNames Name* QueryLanguage! QueryString*", func(ctx context.Context, r *Request) (Result, error) {
		in, _ := lowerFirst(pick(r.Props, "LogGroupNames", "Name", "QueryLanguage", "QueryString")).(obj)
		if r.ID != "" {
			in["queryDefinitionId"] = r.ID
		}
		out, err := r.do(ctx, "logs", "PutQueryDefinition", in)
		id := text(out["queryDefinitionId"])
		return Result{ID: id, Attributes: obj{"QueryDefinitionId": id}}, err
	}, func(r *Request) (string, obj) { return "DeleteQueryDefinition", obj{"queryDefinitionId": r.ID} })
	t.Attributes = "QueryDefinitionId"
	return t
}

// logsDestination is AWS::Logs::Destination.
func logsDestination() *Type {
	t := logsPart("AWS::Logs::Destination", "DestinationName!* DestinationPolicy RoleArn* TargetArn* Tags~", func(ctx context.Context, r *Request) (Result, error) {
		id := r.physical("DestinationName")
		_, err := r.do(ctx, "logs", "PutDestination", obj{"destinationName": id, "targetArn": r.Props["TargetArn"], "roleArn": r.Props["RoleArn"]})
		if policy := text(r.Props["DestinationPolicy"]); err == nil && policy != "" {
			_, err = r.do(ctx, "logs", "PutDestinationPolicy", obj{"destinationName": id, "accessPolicy": policy})
		}
		return Result{ID: id, Attributes: obj{"Arn": r.arn("logs", "destination:"+id)}}, err
	}, func(r *Request) (string, obj) { return "DeleteDestination", obj{"destinationName": r.ID} })
	t.Attributes = "Arn"
	return t
}
