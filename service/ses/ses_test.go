package ses_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/ses/types"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/outbox"
	"maru.dev/maru/service/ses"
)

// bench is a server with a client.
type bench struct {
	*testenv.Env
	t   *testing.T
	ses *client.Client
}

func newBench(t *testing.T) *bench {
	t.Helper()
	env := testenv.New(t, ses.Registration())
	return &bench{env, t, env.SES()}
}

func (b *bench) wantCode(err error, want string) {
	b.t.Helper()
	if got := testenv.ErrorCode(err); got != want {
		b.t.Fatalf("error %q (%v), want %q", got, err, want)
	}
}

// newest is the newest message in the outbox.
func (b *bench) newest() outbox.Message {
	b.t.Helper()
	all, err := b.Platform().Mail(b.t.Context())
	if err != nil || len(all) == 0 {
		b.t.Fatalf("no mail: %v", err)
	}
	return all[0]
}

// mail is a request to send that is in order.
func mail() *client.SendEmailInput {
	return &client.SendEmailInput{
		Source: aws.String("Shop <shop@example.com>"), Destination: &types.Destination{ToAddresses: []string{"jo@example.com"}},
		Message: &types.Message{
			Subject: &types.Content{Data: aws.String("Welcome")},
			Body:    &types.Body{Text: &types.Content{Data: aws.String("Hällo")}, Html: &types.Content{Data: aws.String("<p>Hällo</p>")}},
		},
	}
}

func TestSendEmailIsInTheOutbox(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := mail()
	in.Destination.BccAddresses = []string{"hidden@example.com"}
	out, err := b.ses.SendEmail(t.Context(), in)
	b.wantCode(err, "")
	m := b.newest()
	if m.ID != *out.MessageId || m.Subject != "Welcome" || m.Text != "Hällo" || m.HTML != "<p>Hällo</p>" || m.Channel != "email" {
		t.Errorf("message %+v", m)
	}
	if m.SourceARN != "arn:aws:ses:us-east-1:000000000000:identity/shop@example.com" {
		t.Errorf("identity %s", m.SourceARN)
	}
	if strings.Contains(string(m.Raw), "hidden") || !strings.Contains(string(m.Raw), "Message-ID: <"+m.ID+"@email.amazonses.com>") {
		t.Errorf("raw message\n%s", m.Raw)
	}
	if len(m.ID) != len("010001885c1f8d5e-00000000-0000-4000-8000-000000000000-000000") || !strings.HasPrefix(m.ID, "0100") {
		t.Errorf("ID %s", m.ID)
	}
}

func TestSendEmailRefusals(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var many []string
	for i := range 51 {
		many = append(many, fmt.Sprintf("%d@example.com", i))
	}
	tests := map[string]struct {
		how           func(in *client.SendEmailInput)
		code, message string
	}{
		"no domain":     {func(in *client.SendEmailInput) { in.Source = aws.String("jo") }, "InvalidParameterValue", "Missing final '@domain'"},
		"bad domain":    {func(in *client.SendEmailInput) { in.Source = aws.String("jo@a..b") }, "InvalidParameterValue", "Domain contains dot-dot"},
		"white space":   {func(in *client.SendEmailInput) { in.Destination.ToAddresses = []string{"j o@example.com"} }, "InvalidParameterValue", "Local address contains control or whitespace"},
		"empty list":    {func(in *client.SendEmailInput) { in.Destination.ToAddresses = []string{""} }, "InvalidParameterValue", "Missing final '@domain'"},
		"too many":      {func(in *client.SendEmailInput) { in.Destination.CcAddresses = many }, "InvalidParameterValue", "Recipient count exceeds 50."},
		"bad reply":     {func(in *client.SendEmailInput) { in.ReplyToAddresses = []string{"x"} }, "InvalidParameterValue", "Missing final '@domain'"},
		"configuration": {func(in *client.SendEmailInput) { in.ConfigurationSetName = aws.String("set") }, "ConfigurationSetDoesNotExist", "Configuration set <set> does not exist."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := mail()
			tt.how(in)
			_, err := b.ses.SendEmail(t.Context(), in)
			if code, message := testenv.ErrorCode(err), testenv.ErrorMessage(err); code != tt.code || message != tt.message {
				t.Errorf("got %s: %s; want %s: %s", code, message, tt.code, tt.message)
			}
		})
	}
}

func TestSendRawEmailGoesToItsDestinations(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	raw := []byte("From: shop@example.com\r\nTo: jo@example.com, other@example.com\r\nSubject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n\r\nhello\r\n")
	send := func(to ...string) outbox.Message {
		_, err := b.ses.SendRawEmail(t.Context(), &client.SendRawEmailInput{RawMessage: &types.RawMessage{Data: raw}, Destinations: to})
		b.wantCode(err, "")
		return b.newest()
	}
	if m := send(); !slices.Equal(m.To, []string{"jo@example.com", "other@example.com"}) || m.Subject != "Grüße" || strings.TrimSpace(m.Text) != "hello" {
		t.Errorf("by its head: %+v", m)
	}
	if m := send("jo@example.com", "copy@example.com"); !slices.Equal(m.To, []string{"jo@example.com"}) || !slices.Equal(m.Bcc, []string{"copy@example.com"}) {
		t.Errorf("by destinations: %+v", m)
	}
	_, err := b.ses.SendRawEmail(t.Context(), &client.SendRawEmailInput{RawMessage: &types.RawMessage{Data: []byte("Subject: x\r\nTo: a@b.c\r\n\r\n")}})
	if testenv.ErrorMessage(err) != "Missing required header 'From'." {
		t.Errorf("without a sender: %v", err)
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	template := &types.Template{TemplateName: aws.String("hi"), SubjectPart: aws.String("Hi {{name}}"), TextPart: aws.String("{{#if vip}}VIP{{else}}you{{/if}}")}
	_, err := b.ses.CreateTemplate(t.Context(), &client.CreateTemplateInput{Template: template})
	b.wantCode(err, "")
	_, err = b.ses.CreateTemplate(t.Context(), &client.CreateTemplateInput{Template: template})
	b.wantCode(err, "AlreadyExists")
	_, err = b.ses.CreateTemplate(t.Context(), &client.CreateTemplateInput{Template: &types.Template{TemplateName: aws.String("bad"), SubjectPart: aws.String("{{#if}")}})
	b.wantCode(err, "InvalidTemplate")
	send := func(name, data string) error {
		_, err := b.ses.SendTemplatedEmail(t.Context(), &client.SendTemplatedEmailInput{
			Source: aws.String("a@example.com"), Destination: &types.Destination{ToAddresses: []string{"b@example.com"}}, Template: &name, TemplateData: &data,
		})
		return err
	}
	b.wantCode(send("hi", `{"name":"Jo","vip":true}`), "")
	if m := b.newest(); m.Subject != "Hi Jo" || m.Text != "VIP" || m.RelayError != "" {
		t.Errorf("message %+v", m)
	}
	b.wantCode(send("hi", `{}`), "") // accepted, as in AWS, and not sent
	if m := b.newest(); m.RelayError != "Attribute 'name' is not present in the rendering data." {
		t.Errorf("message %+v", m)
	}
	b.wantCode(send("none", `{}`), "TemplateDoesNotExist")
	b.wantCode(send("hi", `[`), "InvalidParameterValue")
	template.SubjectPart = aws.String("Changed")
	_, err = b.ses.UpdateTemplate(t.Context(), &client.UpdateTemplateInput{Template: template})
	b.wantCode(err, "")
	got, err := b.ses.GetTemplate(t.Context(), &client.GetTemplateInput{TemplateName: aws.String("hi")})
	b.wantCode(err, "")
	if *got.Template.SubjectPart != "Changed" {
		t.Errorf("template %v", *got.Template.SubjectPart)
	}
	for range 2 {
		_, err = b.ses.DeleteTemplate(t.Context(), &client.DeleteTemplateInput{TemplateName: aws.String("hi")})
		b.wantCode(err, "")
	}
	_, err = b.ses.GetTemplate(t.Context(), &client.GetTemplateInput{TemplateName: aws.String("hi")})
	b.wantCode(err, "TemplateDoesNotExist")
}

func TestIdentities(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.ses.VerifyEmailIdentity(t.Context(), &client.VerifyEmailIdentityInput{EmailAddress: aws.String("a@example.com")})
	b.wantCode(err, "")
	domain, err := b.ses.VerifyDomainIdentity(t.Context(), &client.VerifyDomainIdentityInput{Domain: aws.String("example.com")})
	b.wantCode(err, "")
	dkim, err := b.ses.VerifyDomainDkim(t.Context(), &client.VerifyDomainDkimInput{Domain: aws.String("example.com")})
	b.wantCode(err, "")
	_, err = b.ses.VerifyEmailIdentity(t.Context(), &client.VerifyEmailIdentityInput{EmailAddress: aws.String("example.com")})
	b.wantCode(err, "InvalidParameterValue")
	list := func(kind types.IdentityType) []string {
		out, err := b.ses.ListIdentities(t.Context(), &client.ListIdentitiesInput{IdentityType: kind})
		b.wantCode(err, "")
		return out.Identities
	}
	if got := list(""); !slices.Equal(got, []string{"a@example.com", "example.com"}) {
		t.Errorf("all: %v", got)
	}
	first, err := b.ses.ListIdentities(t.Context(), &client.ListIdentitiesInput{MaxItems: aws.Int32(1)})
	b.wantCode(err, "")
	second, err := b.ses.ListIdentities(t.Context(), &client.ListIdentitiesInput{MaxItems: aws.Int32(1), NextToken: first.NextToken})
	b.wantCode(err, "")
	if got := append(first.Identities, second.Identities...); !slices.Equal(got, []string{"a@example.com", "example.com"}) || second.NextToken != nil {
		t.Errorf("by pages: %v, and then %v", got, second.NextToken)
	}
	if got := list(types.IdentityTypeDomain); !slices.Equal(got, []string{"example.com"}) {
		t.Errorf("domains: %v", got)
	}
	status, err := b.ses.GetIdentityVerificationAttributes(t.Context(), &client.GetIdentityVerificationAttributesInput{Identities: []string{"example.com", "none.com"}})
	b.wantCode(err, "")
	if a := status.VerificationAttributes; len(a) != 1 || aws.ToString(a["example.com"].VerificationToken) != *domain.VerificationToken {
		t.Errorf("attributes %v", a)
	}
	signing, err := b.ses.GetIdentityDkimAttributes(t.Context(), &client.GetIdentityDkimAttributesInput{Identities: []string{"example.com"}})
	b.wantCode(err, "")
	if !slices.Equal(signing.DkimAttributes["example.com"].DkimTokens, dkim.DkimTokens) || len(dkim.DkimTokens) != 3 {
		t.Errorf("tokens %v", signing.DkimAttributes)
	}
	_, err = b.ses.DeleteIdentity(t.Context(), &client.DeleteIdentityInput{Identity: aws.String("a@example.com")})
	b.wantCode(err, "")
	if got := list(types.IdentityTypeEmailAddress); len(got) != 0 {
		t.Errorf("after deletion: %v", got)
	}
}

func TestQuotaCountsRecipients(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := mail()
	in.Destination.CcAddresses = []string{"c@example.com"}
	for range 2 {
		_, err := b.ses.SendEmail(t.Context(), in)
		b.wantCode(err, "")
	}
	sent := func() float64 {
		quota, err := b.ses.GetSendQuota(t.Context(), &client.GetSendQuotaInput{})
		b.wantCode(err, "")
		return quota.SentLast24Hours
	}
	if got := sent(); got != 4 {
		t.Errorf("%v recipients", got)
	}
	b.Advance(25 * 3600 * 1e9)
	if got := sent(); got != 0 {
		t.Errorf("%v recipients a day later", got)
	}
	statistics, err := b.ses.GetSendStatistics(t.Context(), &client.GetSendStatisticsInput{})
	b.wantCode(err, "")
	total := int64(0)
	for _, p := range statistics.SendDataPoints {
		total += p.DeliveryAttempts
	}
	if total != 4 {
		t.Errorf("statistics %v", statistics.SendDataPoints)
	}
}

func TestOtherOperationsAreNotImplemented(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.ses.CreateConfigurationSet(t.Context(), &client.CreateConfigurationSetInput{ConfigurationSet: &types.ConfigurationSet{Name: aws.String("x")}})
	b.wantCode(err, "NotImplemented")
}
