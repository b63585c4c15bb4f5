package sns_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/outbox"
)

// outbox returns what is in the outbox, oldest first, as "channel to: text".
func (b *bench) outbox() []outbox.Message {
	b.t.Helper()
	all, err := b.Platform().Mail(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	return all
}

func TestPeopleAreReachedThroughTheOutbox(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	topic := b.topic("t", "DisplayName", "Shop")
	b.subscribe(topic, "email", aws.String("ann@example.com"))
	b.subscribe(topic, "sms", aws.String("+491711234567"))
	mails := b.outbox()
	if len(mails) != 1 || mails[0].To[0] != "ann@example.com" {
		t.Fatalf("outbox %+v", mails)
	}
	_, link, _ := strings.Cut(mails[0].Text, "http")
	link, _, _ = strings.Cut("http"+link, "\n")
	visit(t, link)
	must2(b.sns.Publish(t.Context(), &client.PublishInput{TopicArn: topic, Message: aws.String("hi"), Subject: aws.String("greeting")}))
	must2(b.sns.Publish(t.Context(), &client.PublishInput{PhoneNumber: aws.String("+4917155"), Message: aws.String("code 1")}))
	if err := b.service.OptOut(t.Context(), testenv.Account, testenv.Region, "+4917155"); err != nil {
		t.Fatal(err)
	}
	must2(b.sns.Publish(t.Context(), &client.PublishInput{PhoneNumber: aws.String("+4917155"), Message: aws.String("unwanted")}))
	if out := must2(b.sns.CheckIfPhoneNumberIsOptedOut(t.Context(), &client.CheckIfPhoneNumberIsOptedOutInput{PhoneNumber: aws.String("+4917155")})); !out.IsOptedOut {
		t.Error("not opted out")
	}
	if out := must2(b.sns.ListPhoneNumbersOptedOut(t.Context(), &client.ListPhoneNumbersOptedOutInput{})); len(out.PhoneNumbers) != 1 {
		t.Errorf("opted out: %v", out.PhoneNumbers)
	}
	must2(b.sns.OptInPhoneNumber(t.Context(), &client.OptInPhoneNumberInput{PhoneNumber: aws.String("+4917155")}))
	must2(b.sns.Publish(t.Context(), &client.PublishInput{PhoneNumber: aws.String("+4917155"), Message: aws.String("wanted")}))
	var got []string
	for _, m := range b.outbox()[1:] {
		text, _, _ := strings.Cut(m.Text, "\n")
		got = append(got, m.Channel+" "+m.To[0]+" "+m.Subject+": "+text)
	}
	want := []string{"email ann@example.com greeting: hi", "sms +491711234567 : hi", "sms +4917155 : code 1", "sms +4917155 : wanted"}
	less := func(a, b string) bool { return a < b }
	if diff := cmp.Diff(sorted(want, less), sorted(got, less)); diff != "" {
		t.Error(diff)
	}
}

// sorted returns a sorted copy.
func sorted(list []string, less func(a, b string) bool) []string {
	out := append([]string(nil), list...)
	for i := range out {
		for j := range out[:i] {
			if less(out[i], out[j]) {
				out[i], out[j] = out[j], out[i]
			}
		}
	}
	return out
}

func TestMobilePush(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	app := must2(b.sns.CreatePlatformApplication(t.Context(), &client.CreatePlatformApplicationInput{
		Name: aws.String("shop"), Platform: aws.String("GCM"), Attributes: attributes("PlatformCredential", "secret", "SuccessFeedbackSampleRate", "5"),
	})).PlatformApplicationArn
	if want := "arn:aws:sns:us-east-1:000000000000:app/GCM/shop"; *app != want {
		t.Errorf("application %s", *app)
	}
	got := must2(b.sns.GetPlatformApplicationAttributes(t.Context(), &client.GetPlatformApplicationAttributesInput{PlatformApplicationArn: app}))
	if diff := cmp.Diff(attributes("Enabled", "true", "SuccessFeedbackSampleRate", "5"), got.Attributes); diff != "" {
		t.Error(diff)
	}
	create := func(data string) (*string, error) {
		out, err := b.sns.CreatePlatformEndpoint(t.Context(), &client.CreatePlatformEndpointInput{PlatformApplicationArn: app, Token: aws.String("tok"), CustomUserData: &data})
		if err != nil {
			return nil, err
		}
		return out.EndpointArn, nil
	}
	device := must2(create("u"))
	if again := must2(create("u")); *again != *device {
		t.Errorf("the same device is %s and %s", *device, *again)
	}
	if _, err := create("other"); testenv.ErrorCode(err) != "InvalidParameter" {
		t.Errorf("other attributes: %v", err)
	}
	topic := b.topic("t")
	b.subscribe(topic, "application", device)
	must2(b.sns.Publish(t.Context(), &client.PublishInput{TargetArn: device, Message: aws.String(`{"GCM":"{\"a\":1}"}`), MessageStructure: aws.String("json")}))
	b.publish(topic, "hi")
	var texts []string
	for _, m := range b.outbox() {
		texts = append(texts, m.Channel+" "+m.Text)
	}
	if diff := cmp.Diff([]string{`push {"a":1}`, "push hi"}, texts); diff != "" {
		t.Error(diff)
	}
	must2(b.sns.SetEndpointAttributes(t.Context(), &client.SetEndpointAttributesInput{EndpointArn: device, Attributes: attributes("Enabled", "false", "Token", "tok2")}))
	if _, err := b.sns.Publish(t.Context(), &client.PublishInput{TargetArn: device, Message: aws.String("x")}); testenv.ErrorCode(err) != "EndpointDisabled" {
		t.Errorf("publish to a disabled device: %v", err)
	}
	list := must2(b.sns.ListEndpointsByPlatformApplication(t.Context(), &client.ListEndpointsByPlatformApplicationInput{PlatformApplicationArn: app}))
	if len(list.Endpoints) != 1 || list.Endpoints[0].Attributes["Token"] != "tok2" {
		t.Errorf("endpoints %v", list.Endpoints)
	}
	must2(b.sns.DeleteEndpoint(t.Context(), &client.DeleteEndpointInput{EndpointArn: device}))
	if _, err := b.sns.GetEndpointAttributes(t.Context(), &client.GetEndpointAttributesInput{EndpointArn: device}); testenv.ErrorCode(err) != "NotFound" {
		t.Errorf("deleted device: %v", err)
	}
	must2(b.sns.DeletePlatformApplication(t.Context(), &client.DeletePlatformApplicationInput{PlatformApplicationArn: app}))
	if out := must2(b.sns.ListPlatformApplications(t.Context(), &client.ListPlatformApplicationsInput{})); len(out.PlatformApplications) != 0 {
		t.Errorf("applications %v", out.PlatformApplications)
	}
}

func TestSMSSettingsAndSandbox(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	must2(b.sns.SetSMSAttributes(t.Context(), &client.SetSMSAttributesInput{Attributes: attributes("DefaultSMSType", "Transactional", "DefaultSenderID", "Shop")}))
	got := must2(b.sns.GetSMSAttributes(t.Context(), &client.GetSMSAttributesInput{Attributes: []string{"DefaultSMSType"}}))
	if diff := cmp.Diff(attributes("DefaultSMSType", "Transactional"), got.Attributes); diff != "" {
		t.Error(diff)
	}
	if _, err := b.sns.SetSMSAttributes(t.Context(), &client.SetSMSAttributesInput{Attributes: attributes("DefaultSMSType", "Fast")}); testenv.ErrorCode(err) != "InvalidParameter" {
		t.Errorf("type: %v", err)
	}
	number := aws.String("+491711234567")
	must2(b.sns.CreateSMSSandboxPhoneNumber(t.Context(), &client.CreateSMSSandboxPhoneNumberInput{PhoneNumber: number}))
	mail := b.outbox()[0]
	code := mail.Text[len(mail.Text)-6:]
	if _, err := b.sns.VerifySMSSandboxPhoneNumber(t.Context(), &client.VerifySMSSandboxPhoneNumberInput{PhoneNumber: number, OneTimePassword: aws.String("00000x")}); err == nil {
		t.Error("a wrong password was taken")
	}
	must2(b.sns.VerifySMSSandboxPhoneNumber(t.Context(), &client.VerifySMSSandboxPhoneNumberInput{PhoneNumber: number, OneTimePassword: &code}))
	list := must2(b.sns.ListSMSSandboxPhoneNumbers(t.Context(), &client.ListSMSSandboxPhoneNumbersInput{}))
	if len(list.PhoneNumbers) != 1 || list.PhoneNumbers[0].Status != "Verified" {
		t.Errorf("sandbox %v", list.PhoneNumbers)
	}
	must2(b.sns.DeleteSMSSandboxPhoneNumber(t.Context(), &client.DeleteSMSSandboxPhoneNumberInput{PhoneNumber: number}))
}
