package sesv2

import (
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	api "maru.dev/maru/api/sesv2"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
)

func TestMailSurvivesCrashes(t *testing.T) {
	t.Parallel()
	ctx := call.With(t.Context(), call.Info{Account: "000000000000", Region: "us-east-1"})
	content := func(subject string) *api.EmailTemplateContent {
		return &api.EmailTemplateContent{Subject: &subject, Text: new("hello {{name}}")}
	}
	from, to := new("a@example.com"), &api.Destination{ToAddresses: []string{"b@example.com"}}
	filled := &api.Template{TemplateName: new("t"), TemplateData: new(`{"name":"b"}`)}
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		c := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		d := service.Deps{Store: st, Clock: c, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler)}
		d.Tasks = task.New(task.Options{Store: st, Clock: c, IDs: d.IDs, Log: d.Log})
		s := New(d)
		h.Did(s.CreateEmailIdentity(ctx, &api.CreateEmailIdentityInput{EmailIdentity: "example.com"}))
		h.Did(s.CreateEmailTemplate(ctx, &api.CreateEmailTemplateInput{TemplateName: "t", TemplateContent: content("one")}))
		h.Did(s.UpdateEmailTemplate(ctx, &api.UpdateEmailTemplateInput{TemplateName: "t", TemplateContent: content("two")}))
		h.Did(s.SendEmail(ctx, &api.SendEmailInput{FromEmailAddress: from, Destination: to, Content: &api.EmailContent{Template: filled}}))
		h.Did(s.SendBulkEmail(ctx, &api.SendBulkEmailInput{
			FromEmailAddress: from, DefaultContent: &api.BulkEmailContent{Template: filled}, BulkEmailEntries: []api.BulkEmailEntry{{Destination: to}},
		}))
		h.Did(s.DeleteEmailTemplate(ctx, &api.DeleteEmailTemplateInput{TemplateName: "t"}))
		h.Did(s.DeleteEmailIdentity(ctx, &api.DeleteEmailIdentityInput{EmailIdentity: "example.com"}))
	})
}
