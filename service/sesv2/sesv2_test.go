package sesv2_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	client "github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/outbox"
	v1 "maru.dev/maru/service/ses"
	"maru.dev/maru/service/sesv2"
)

// bench is a server with both APIs.
type bench struct {
	*testenv.Env
	t  *testing.T
	v2 *client.Client
}

func newBench(t *testing.T) *bench {
	t.Helper()
	env := testenv.New(t, v1.Registration(), sesv2.Registration())
	return &bench{env, t, env.SESv2()}
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

// mail is a request to send some content.
func mail(c *types.EmailContent) *client.SendEmailInput {
	return &client.SendEmailInput{
		FromEmailAddress: aws.String("a@example.com"), Destination: &types.Destination{ToAddresses: []string{"b@example.com"}}, Content: c,
	}
}

// simple is content made of its parts.
func simple() *types.Message {
	return &types.Message{Subject: &types.Content{Data: aws.String("s")}, Body: &types.Body{Text: &types.Content{Data: aws.String("t")}}}
}

func TestSendEmailWithHeadersAndAttachments(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := simple()
	m.Headers = []types.MessageHeader{{Name: aws.String("X-Kind"), Value: aws.String("welcome")}}
	m.Attachments = []types.Attachment{{FileName: aws.String("a.txt"), RawContent: []byte("attached"), ContentType: aws.String("text/plain")}}
	out, err := b.v2.SendEmail(t.Context(), mail(&types.EmailContent{Simple: m}))
	b.wantCode(err, "")
	got := b.newest()
	if got.ID != *out.MessageId || got.Subject != "s" || got.Text != "t" {
		t.Errorf("message %+v", got)
	}
	for _, want := range []string{"X-Kind: welcome\r\n", "filename=a.txt", "YXR0YWNoZWQ="} {
		if !strings.Contains(string(got.Raw), want) {
			t.Errorf("%q is missing in\n%s", want, got.Raw)
		}
	}
}

func TestSendEmailRefusals(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	header := func(name string) *types.EmailContent {
		m := simple()
		m.Headers = []types.MessageHeader{{Name: &name, Value: aws.String("x")}}
		return &types.EmailContent{Simple: m}
	}
	file := simple()
	file.Attachments = []types.Attachment{{FileName: aws.String("virus.exe"), RawContent: []byte("x")}}
	tests := map[string]struct {
		in   *client.SendEmailInput
		want string
	}{
		"no content":       {mail(&types.EmailContent{}), "BadRequestException"},
		"two contents":     {mail(&types.EmailContent{Simple: simple(), Raw: &types.RawMessage{Data: []byte("x")}}), "BadRequestException"},
		"no sender":        {&client.SendEmailInput{Destination: &types.Destination{ToAddresses: []string{"b@example.com"}}, Content: &types.EmailContent{Simple: simple()}}, "BadRequestException"},
		"nobody":           {&client.SendEmailInput{FromEmailAddress: aws.String("a@example.com"), Content: &types.EmailContent{Simple: simple()}}, "BadRequestException"},
		"reserved header":  {mail(header("Subject")), "BadRequestException"},
		"refused file":     {mail(&types.EmailContent{Simple: file}), "MessageRejected"},
		"no template":      {mail(&types.EmailContent{Template: &types.Template{TemplateName: aws.String("none")}}), "NotFoundException"},
		"unnamed template": {mail(&types.EmailContent{Template: &types.Template{}}), "BadRequestException"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := b.v2.SendEmail(t.Context(), tt.in)
			if got := testenv.ErrorCode(err); got != tt.want {
				t.Errorf("error %q (%v), want %q", got, err, tt.want)
			}
		})
	}
}

func TestBothAPIsShareTemplates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.v2.CreateEmailTemplate(t.Context(), &client.CreateEmailTemplateInput{
		TemplateName: aws.String("hi"), TemplateContent: &types.EmailTemplateContent{Subject: aws.String("Hi {{name}}"), Text: aws.String("{{n}}")},
	})
	b.wantCode(err, "")
	got, err := b.SES().GetTemplate(t.Context(), &ses.GetTemplateInput{TemplateName: aws.String("hi")})
	b.wantCode(err, "")
	if *got.Template.SubjectPart != "Hi {{name}}" {
		t.Errorf("the first API shows %v", got.Template)
	}
	_, err = b.v2.SendEmail(t.Context(), mail(&types.EmailContent{Template: &types.Template{
		TemplateArn: aws.String("arn:aws:ses:us-east-1:000000000000:template/hi"), TemplateData: aws.String(`{"name":"Jo","n":1}`),
	}}))
	b.wantCode(err, "")
	if m := b.newest(); m.Subject != "Hi Jo" || m.Text != "1" {
		t.Errorf("message %+v", m)
	}
	list, err := b.v2.ListEmailTemplates(t.Context(), &client.ListEmailTemplatesInput{})
	if err == nil && list.NextToken != nil {
		t.Errorf("behind the only page: %s", *list.NextToken)
	}
	b.wantCode(err, "")
	if len(list.TemplatesMetadata) != 1 {
		t.Errorf("templates %v", list.TemplatesMetadata)
	}
	_, err = b.v2.DeleteEmailTemplate(t.Context(), &client.DeleteEmailTemplateInput{TemplateName: aws.String("hi")})
	b.wantCode(err, "")
	_, err = b.v2.DeleteEmailTemplate(t.Context(), &client.DeleteEmailTemplateInput{TemplateName: aws.String("hi")})
	b.wantCode(err, "NotFoundException")
}

func TestSendBulkEmailJudgesEachEntry(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	entry := func(to, data string) types.BulkEmailEntry {
		return types.BulkEmailEntry{
			Destination:             &types.Destination{ToAddresses: []string{to}},
			ReplacementEmailContent: &types.ReplacementEmailContent{ReplacementTemplate: &types.ReplacementTemplate{ReplacementTemplateData: &data}},
		}
	}
	out, err := b.v2.SendBulkEmail(t.Context(), &client.SendBulkEmailInput{
		FromEmailAddress: aws.String("a@example.com"),
		DefaultContent: &types.BulkEmailContent{Template: &types.Template{
			TemplateContent: &types.EmailTemplateContent{Subject: aws.String("{{name}} of {{shop}}"), Text: aws.String("x")},
			TemplateData:    aws.String(`{"name":"friend","shop":"maru"}`),
		}},
		BulkEmailEntries: []types.BulkEmailEntry{entry("nobody", `{}`), entry("b@example.com", `{"name":"Jo"}`)},
	})
	b.wantCode(err, "")
	r := out.BulkEmailEntryResults
	if len(r) != 2 || r[0].Status != types.BulkEmailStatusInvalidParameter || r[1].Status != types.BulkEmailStatusSuccess {
		t.Fatalf("results %+v", r)
	}
	if m := b.newest(); m.ID != *r[1].MessageId || m.Subject != "Jo of maru" {
		t.Errorf("message %+v", m)
	}
}

func TestIdentities(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	made, err := b.v2.CreateEmailIdentity(t.Context(), &client.CreateEmailIdentityInput{
		EmailIdentity: aws.String("example.com"), Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
	})
	b.wantCode(err, "")
	if made.IdentityType != types.IdentityTypeDomain || len(made.DkimAttributes.Tokens) != 3 {
		t.Errorf("made %+v", made)
	}
	_, err = b.v2.CreateEmailIdentity(t.Context(), &client.CreateEmailIdentityInput{EmailIdentity: aws.String("example.com")})
	b.wantCode(err, "AlreadyExistsException")
	_, err = b.v2.CreateEmailIdentity(t.Context(), &client.CreateEmailIdentityInput{EmailIdentity: aws.String("nothing")})
	b.wantCode(err, "BadRequestException")
	got, err := b.v2.GetEmailIdentity(t.Context(), &client.GetEmailIdentityInput{EmailIdentity: aws.String("example.com")})
	b.wantCode(err, "")
	if !got.VerifiedForSendingStatus || len(got.Tags) != 1 {
		t.Errorf("got %+v", got)
	}
	for i := range 2 {
		_, err = b.v2.DeleteEmailIdentity(t.Context(), &client.DeleteEmailIdentityInput{EmailIdentity: aws.String("example.com")})
		b.wantCode(err, []string{"", "NotFoundException"}[i])
	}
}
