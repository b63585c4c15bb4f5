package resource

import "context"

// subscriptionAttributes are the properties that are attributes of the
// subscription.
var subscriptionAttributes = []string{
	"DeliveryPolicy", "FilterPolicyScope", "FilterPolicy", "RawMessageDelivery", "RedrivePolicy", "ReplayPolicy", "SubscriptionRoleArn",
}

// snsSubscription is AWS::SNS::Subscription.
func snsSubscription() *Type {
	return &Type{
		Name: "AWS::SNS::Subscription",
		Properties: `DeliveryPolicy Endpoint! FilterPolicy FilterPolicyScope Protocol!* RawMessageDelivery RedrivePolicy Region!~ ReplayPolicy
			SubscriptionRoleArn TopicArn!*`,
		Attributes: "Arn",
		// SNS gives an existing subscription back, so a repetition makes no second one.
		Create: func(ctx context.Context, r *Request) (Result, error) {
			out, err := r.do(ctx, "sns", "Subscribe", obj{
				"TopicArn": r.Props["TopicArn"], "Protocol": r.Props["Protocol"], "Endpoint": r.Props["Endpoint"],
				"Attributes": pick(r.Props, subscriptionAttributes...), "ReturnSubscriptionArn": true,
			})
			arn := text(out["SubscriptionArn"])
			return Result{ID: arn, Attributes: obj{"Arn": arn}}, err
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			for _, attr := range subscriptionAttributes {
				if !r.changed(attr) {
					continue
				}
				v := r.Props[attr]
				if v == nil {
					v = map[string]string{"FilterPolicyScope": "MessageAttributes", "RawMessageDelivery": "false", "FilterPolicy": "{}"}[attr]
				}
				if _, err := r.do(ctx, "sns", "SetSubscriptionAttributes", obj{"SubscriptionArn": r.ID, "AttributeName": attr, "AttributeValue": document(v)}); err != nil {
					return Result{}, err
				}
			}
			return Result{ID: r.ID, Attributes: obj{"Arn": r.ID}}, nil
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "sns", "Unsubscribe", obj{"SubscriptionArn": r.ID})
			return forget(err)
		},
	}
}
