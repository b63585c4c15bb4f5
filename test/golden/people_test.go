package golden_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ses"
	mail "github.com/aws/aws-sdk-go-v2/service/ses/types"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	v2 "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"maru.dev/maru/internal/testenv"
)

// writeMail verifies senders and makes templates through both APIs of SES, and
// sends a message.
func writeMail(t *testing.T, p *testenv.Proc) {
	t.Helper()
	if _, err := p.SES().VerifyEmailIdentity(t.Context(), &ses.VerifyEmailIdentityInput{EmailAddress: new("shop@maru.dev")}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.SESv2().CreateEmailIdentity(t.Context(), &sesv2.CreateEmailIdentityInput{EmailIdentity: new("maru.dev"), Tags: []v2.Tag{{Key: new("made"), Value: new("then")}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.SES().CreateTemplate(t.Context(), &ses.CreateTemplateInput{Template: &mail.Template{TemplateName: new("first"), SubjectPart: new("Hi {{name}}"), TextPart: new("of then")}}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.SESv2().CreateEmailTemplate(t.Context(), &sesv2.CreateEmailTemplateInput{
		TemplateName: new("second"), TemplateContent: &v2.EmailTemplateContent{Subject: new("Ho {{name}}"), Html: new("<p>of then</p>")},
	}); err != nil {
		t.Fatal(err)
	}
	sendTemplate(t, p, "first", `{"name":"then"}`)
}

// sendTemplate sends a message made by a template.
func sendTemplate(t *testing.T, p *testenv.Proc, template, data string) {
	t.Helper()
	if _, err := p.SES().SendTemplatedEmail(t.Context(), &ses.SendTemplatedEmailInput{
		Source: new("shop@maru.dev"), Destination: &mail.Destination{ToAddresses: []string{"jo@maru.dev"}}, Template: &template, TemplateData: &data,
	}); err != nil {
		t.Fatal(err)
	}
}

// checkMail reads the senders, sends by the other template, and finds the
// messages of then and now in the outbox.
func checkMail(t *testing.T, p *testenv.Proc) {
	verified, err := p.SES().GetIdentityVerificationAttributes(t.Context(), &ses.GetIdentityVerificationAttributesInput{Identities: []string{"shop@maru.dev", "maru.dev"}})
	if err != nil || len(verified.VerificationAttributes) != 2 {
		t.Errorf("identities: %+v, %v", verified, err)
	}
	domain, err := p.SESv2().GetEmailIdentity(t.Context(), &sesv2.GetEmailIdentityInput{EmailIdentity: new("maru.dev")})
	if err != nil || len(domain.Tags) != 1 || *domain.Tags[0].Value != "then" {
		t.Errorf("identity: %+v, %v", domain, err)
	}
	sendTemplate(t, p, "second", `{"name":"now"}`)
	quota, err := p.SES().GetSendQuota(t.Context(), &ses.GetSendQuotaInput{})
	if err != nil || quota.SentLast24Hours != 2 {
		t.Errorf("quota: %+v, %v", quota, err)
	}
	sent := outbox(t, p)
	for _, subject := range []string{"Hi then", "Ho now"} {
		if !strings.Contains(sent, subject) {
			t.Errorf("%q is not in the outbox: %s", subject, sent)
		}
	}
}

// outbox is what has been sent to people.
func outbox(t *testing.T, p *testenv.Proc) string {
	t.Helper()
	got := p.Ask(t, http.MethodGet, "/_maru/mail", "")
	if got.Status != http.StatusOK {
		t.Fatalf("the outbox: %d %s", got.Status, got.Body)
	}
	return got.Body
}

// writeDevices makes a platform application with a device that a topic tells.
func writeDevices(t *testing.T, p *testenv.Proc) {
	t.Helper()
	app, err := p.SNS().CreatePlatformApplication(t.Context(), &sns.CreatePlatformApplicationInput{Name: new("shop"), Platform: new("GCM"), Attributes: map[string]string{"PlatformCredential": "secret"}})
	if err != nil {
		t.Fatal(err)
	}
	device, err := p.SNS().CreatePlatformEndpoint(t.Context(), &sns.CreatePlatformEndpointInput{PlatformApplicationArn: app.PlatformApplicationArn, Token: new("token of then"), CustomUserData: new("jo")})
	if err != nil {
		t.Fatal(err)
	}
	topic, err := p.SNS().CreateTopic(t.Context(), &sns.CreateTopicInput{Name: new("alerts")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.SNS().Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: topic.TopicArn, Protocol: new("application"), Endpoint: device.EndpointArn}); err != nil {
		t.Fatal(err)
	}
}

// checkDevices looks for the device, and tells it something by the topic.
func checkDevices(t *testing.T, p *testenv.Proc) {
	devices, err := p.SNS().ListEndpointsByPlatformApplication(t.Context(), &sns.ListEndpointsByPlatformApplicationInput{PlatformApplicationArn: new(resource("sns", "app/GCM/shop"))})
	if err != nil || len(devices.Endpoints) != 1 || devices.Endpoints[0].Attributes["Token"] != "token of then" || devices.Endpoints[0].Attributes["CustomUserData"] != "jo" {
		t.Fatalf("devices: %+v, %v", devices, err)
	}
	if _, err := p.SNS().Publish(t.Context(), &sns.PublishInput{TopicArn: new(resource("sns", "alerts")), Message: new("told now")}); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the device is told", func() bool { return strings.Contains(outbox(t, p), "told now") })
}
