package sns_test

import (
	"context"
	"testing"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/outbox"
)

func TestTopicsAndSubscriptionsSurviveCrashes(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(context.Background(), "http://127.0.0.1")
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		o := newOffline(st)
		h.Did(o.Certificate(ctx))
		h.Did(o.CreateTopic(ctx, &api.CreateTopicInput{Name: "t"}))
		h.Did(o.SetTopicAttributes(ctx, &api.SetTopicAttributesInput{TopicArn: crashTopic, AttributeName: "DisplayName", AttributeValue: new("d")}))
		h.Did(o.AddPermission(ctx, &api.AddPermissionInput{TopicArn: crashTopic, Label: "l", AWSAccountId: []string{"111122223333"}, ActionName: []string{"Publish"}}))
		h.Did(o.RemovePermission(ctx, &api.RemovePermissionInput{TopicArn: crashTopic, Label: "l"}))
		h.Did(o.TagResource(ctx, &api.TagResourceInput{ResourceArn: crashTopic, Tags: []api.Tag{{Key: "a", Value: "b"}}}))
		h.Did(o.UntagResource(ctx, &api.UntagResourceInput{ResourceArn: crashTopic, TagKeys: []string{"a"}}))
		h.Did(o.PutDataProtectionPolicy(ctx, &api.PutDataProtectionPolicyInput{ResourceArn: crashTopic, DataProtectionPolicy: "{}"}))
		h.Did(o.Subscribe(ctx, &api.SubscribeInput{TopicArn: crashTopic, Protocol: "email", Endpoint: new("a@example.com")}))
		h.Did(o.ConfirmSubscription(ctx, &api.ConfirmSubscriptionInput{TopicArn: crashTopic, Token: token(t, st)}))
		sub, err := o.Subscribe(ctx, &api.SubscribeInput{TopicArn: crashTopic, Protocol: "sqs", Endpoint: new(queueBase + "q"), ReturnSubscriptionArn: new(true)})
		h.Did(sub, err)
		h.Did(o.SetSubscriptionAttributes(ctx, &api.SetSubscriptionAttributesInput{SubscriptionArn: *sub.SubscriptionArn, AttributeName: "RawMessageDelivery", AttributeValue: new("true")}))
		h.Did(o.PublishBatch(ctx, &api.PublishBatchInput{TopicArn: crashTopic, PublishBatchRequestEntries: []api.PublishBatchRequestEntry{{Id: "a", Message: "1"}, {Id: "b", Message: "2"}}}))
		h.Did(o.Unsubscribe(ctx, &api.UnsubscribeInput{SubscriptionArn: *sub.SubscriptionArn}))
		h.Did(o.DeleteTopic(ctx, &api.DeleteTopicInput{TopicArn: crashTopic}))
	})
}

func TestTelephonesSurviveCrashes(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(context.Background(), "http://127.0.0.1")
	const number = "+491701234567"
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		o := newOffline(st)
		app, err := o.CreatePlatformApplication(ctx, &api.CreatePlatformApplicationInput{Name: "a", Platform: "GCM", Attributes: attributes("PlatformCredential", "x")})
		h.Did(app, err)
		h.Did(o.SetPlatformApplicationAttributes(ctx, &api.SetPlatformApplicationAttributesInput{PlatformApplicationArn: *app.PlatformApplicationArn, Attributes: attributes("SuccessFeedbackSampleRate", "5")}))
		device, err := o.CreatePlatformEndpoint(ctx, &api.CreatePlatformEndpointInput{PlatformApplicationArn: *app.PlatformApplicationArn, Token: "token"})
		h.Did(device, err)
		h.Did(o.SetEndpointAttributes(ctx, &api.SetEndpointAttributesInput{EndpointArn: *device.EndpointArn, Attributes: attributes("Token", "other")}))
		h.Did(o.DeleteEndpoint(ctx, &api.DeleteEndpointInput{EndpointArn: *device.EndpointArn}))
		h.Did(o.DeletePlatformApplication(ctx, &api.DeletePlatformApplicationInput{PlatformApplicationArn: *app.PlatformApplicationArn}))
		h.Did(o.SetSMSAttributes(ctx, &api.SetSMSAttributesInput{Attributes: attributes("DefaultSenderID", "x")}))
		h.Did(nil, o.OptOut(ctx, testenv.Account, testenv.Region, number))
		h.Did(o.OptInPhoneNumber(ctx, &api.OptInPhoneNumberInput{PhoneNumber: number}))
		h.Did(o.CreateSMSSandboxPhoneNumber(ctx, &api.CreateSMSSandboxPhoneNumberInput{PhoneNumber: number}))
		h.Did(o.VerifySMSSandboxPhoneNumber(ctx, &api.VerifySMSSandboxPhoneNumberInput{PhoneNumber: number, OneTimePassword: password(t, st)}))
		h.Did(o.DeleteSMSSandboxPhoneNumber(ctx, &api.DeleteSMSSandboxPhoneNumberInput{PhoneNumber: number}))
	})
}

// token is the only one that waits for confirmation.
func token(t *testing.T, st *kv.Store) (found string) {
	t.Helper()
	err := st.View(t.Context(), func(tx *kv.Tx) error {
		for row, err := range tx.Scan(kv.Prefix(kv.NewKey(testenv.Account, testenv.Region, "sns", "token"))) {
			if err != nil {
				return err
			}
			if err := row.Key.Scan(5, &found); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || found == "" {
		t.Fatalf("no token: %v", err)
	}
	return found
}

// password is the digits at the end of the last text message.
func password(t *testing.T, st *kv.Store) (digits string) {
	t.Helper()
	err := st.View(t.Context(), func(tx *kv.Tx) error {
		for m, err := range outbox.List(tx) {
			if err != nil {
				return err
			}
			digits = m.Text[len(m.Text)-6:]
		}
		return nil
	})
	if err != nil || digits == "" {
		t.Fatalf("no password: %v", err)
	}
	return digits
}
