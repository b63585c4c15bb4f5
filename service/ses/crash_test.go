package ses

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"testing"
	"time"

	api "maru.dev/maru/api/ses"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/outbox"
	"maru.dev/maru/service"
	"maru.dev/maru/service/ses/mail"
	"maru.dev/maru/task"
)

// After a crash between any two steps the store is as one of them left it: a
// message that was accepted is there, and counted.
func TestMailSurvivesACrash(t *testing.T) {
	t.Parallel()
	ctx := call.With(t.Context(), call.Info{Account: "000000000000", Region: "us-east-1"})
	to := &api.Destination{ToAddresses: []string{"b@example.com"}}
	template := &api.Template{TemplateName: "t", SubjectPart: new("x")}
	steps := []func(s *Service) (any, error){
		func(s *Service) (any, error) {
			return s.VerifyEmailIdentity(ctx, &api.VerifyEmailIdentityInput{EmailAddress: "a@example.com"})
		},
		func(s *Service) (any, error) {
			return s.VerifyDomainDkim(ctx, &api.VerifyDomainDkimInput{Domain: "example.com"})
		},
		func(s *Service) (any, error) {
			return s.VerifyDomainIdentity(ctx, &api.VerifyDomainIdentityInput{Domain: "other.example"})
		},
		func(s *Service) (any, error) {
			return s.VerifyEmailAddress(ctx, &api.VerifyEmailAddressInput{EmailAddress: "c@example.com"})
		},
		func(s *Service) (any, error) {
			return s.DeleteVerifiedEmailAddress(ctx, &api.DeleteVerifiedEmailAddressInput{EmailAddress: "c@example.com"})
		},
		func(s *Service) (any, error) {
			return s.CreateTemplate(ctx, &api.CreateTemplateInput{Template: template})
		},
		func(s *Service) (any, error) {
			return s.SendEmail(ctx, &api.SendEmailInput{Source: "a@example.com", Destination: to})
		},
		func(s *Service) (any, error) {
			return s.SendTemplatedEmail(ctx, &api.SendTemplatedEmailInput{Source: "a@example.com", Destination: to, Template: "t", TemplateData: "{}"})
		},
		func(s *Service) (any, error) {
			return s.SendRawEmail(ctx, &api.SendRawEmailInput{RawMessage: &api.RawMessage{Data: []byte("From: a@b.c\nTo: a@b.c\n\n")}})
		},
		func(s *Service) (any, error) {
			return s.UpdateTemplate(ctx, &api.UpdateTemplateInput{Template: &api.Template{TemplateName: "t", SubjectPart: new("y")}})
		},
		func(s *Service) (any, error) {
			return s.DeleteTemplate(ctx, &api.DeleteTemplateInput{TemplateName: "t"})
		},
		func(s *Service) (any, error) {
			return s.DeleteIdentity(ctx, &api.DeleteIdentityInput{Identity: "a@example.com"})
		},
	}
	var states []string
	c := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	make := func(st *kv.Store) *Service {
		d := service.Deps{Store: st, Clock: c, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler)}
		d.Tasks = task.New(task.Options{Store: st, Clock: c, IDs: d.IDs, Log: d.Log})
		return New(d)
	}
	work := func(st *kv.Store, ack func()) {
		s := make(st)
		states = []string{state(ctx, t, st, s)}
		for i, step := range steps {
			if _, err := step(s); err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
			states = append(states, state(ctx, t, st, s))
			ack()
		}
	}
	kvtest.Crash(t, work, func(st *kv.Store, acked int) {
		if got := state(ctx, t, st, make(st)); got != states[acked] && (acked+1 >= len(states) || got != states[acked+1]) {
			t.Errorf("after %d steps: %s", acked, got)
		}
	})
}

// state describes what is stored.
func state(ctx context.Context, t *testing.T, st *kv.Store, s *Service) (text string) {
	t.Helper()
	identities, _, err := s.box.ListIdentities(ctx, nil, 10, func(mail.Identity) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	templates, _, err := s.box.ListTemplates(ctx, nil, 10)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := s.box.SentToday(ctx)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	err = st.View(ctx, func(tx *kv.Tx) error {
		for _, err := range outbox.List(tx) {
			if err != nil {
				return err
			}
			count++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if float64(count) != sent {
		t.Errorf("%d messages, %v counted", count, sent)
	}
	for _, i := range identities {
		text += i.Name + " "
	}
	for _, tp := range templates {
		text += tp.Name + tp.Subject + " "
	}
	return text + fmt.Sprint(count)
}
