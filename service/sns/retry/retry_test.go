package retry

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/task"
)

func TestPoliciesAndTheirPhases(t *testing.T) {
	t.Parallel()
	s := time.Second
	tests := map[string]struct {
		topic, subscription string
		want                task.Policy
		contentType         string
	}{
		"default": {"", "", task.Policy{Phases: []task.Phase{{}, {Min: 20 * s}, {Tries: 3, Min: 20 * s, Max: 20 * s}, {Min: 20 * s}}}, "text/plain; charset=UTF-8"},
		"topic": {
			`{"http":{"defaultHealthyRetryPolicy":{"numRetries":0},"defaultRequestPolicy":{"headerContentType":"application/json"}}}`, "",
			task.Policy{MaxAttempts: 1},
			"application/json",
		},
		"subscription": {
			`{"http":{"defaultHealthyRetryPolicy":{"numRetries":0}}}`,
			`{"healthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":60,"numRetries":50,"numNoDelayRetries":3,"numMinDelayRetries":2,"numMaxDelayRetries":35,"backoffFunction":"exponential"}}`,
			task.Policy{Phases: []task.Phase{
				{Tries: 3},
				{Tries: 2, Min: s},
				{Tries: 10, Min: s, Max: 60 * s, Growth: task.Exponential},
				{Tries: 35, Min: 60 * s},
			}},
			"text/plain; charset=UTF-8",
		},
		"no overrides": {
			`{"http":{"defaultHealthyRetryPolicy":{"numRetries":0},"disableSubscriptionOverrides":true}}`,
			`{"healthyRetryPolicy":{"numRetries":5}}`,
			task.Policy{MaxAttempts: 1},
			"text/plain; charset=UTF-8",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			topic, err := ParseTopic(tt.topic)
			if err != nil {
				t.Fatal(err)
			}
			sub, err := ParseSubscription(tt.subscription)
			if err != nil {
				t.Fatal(err)
			}
			got := sub.Over(topic)
			if diff := cmp.Diff(tt.want, got.Policy()); diff != "" {
				t.Error(diff)
			}
			if got.ContentType() != tt.contentType {
				t.Errorf("content type %s", got.ContentType())
			}
		})
	}
}

func TestPoliciesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{`, `[]`,
		`{"healthyRetryPolicy":{"minDelayTarget":0}}`,
		`{"healthyRetryPolicy":{"minDelayTarget":30,"maxDelayTarget":20}}`,
		`{"healthyRetryPolicy":{"maxDelayTarget":3601}}`,
		`{"healthyRetryPolicy":{"numRetries":101}}`,
		`{"healthyRetryPolicy":{"numRetries":1,"numNoDelayRetries":2}}`,
		`{"healthyRetryPolicy":{"backoffFunction":"cubic"}}`,
	} {
		if _, err := ParseSubscription(text); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}

func FuzzPolicies(f *testing.F) {
	f.Add(`{"healthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":60,"numRetries":50,"backoffFunction":"geometric"}}`, `{"http":{"disableSubscriptionOverrides":true}}`)
	f.Fuzz(func(t *testing.T, sub, topic string) {
		s, err := ParseSubscription(sub)
		if err != nil {
			return
		}
		of, err := ParseTopic(topic)
		if err != nil {
			return
		}
		over := s.Over(of)
		total := 0
		for _, phase := range over.Policy().Phases {
			total += phase.Tries
			if phase.Tries < 0 || phase.Min < 0 || phase.Min > time.Hour || phase.Max > time.Hour {
				t.Errorf("phase %+v of %s over %s", phase, sub, topic)
			}
		}
		if total > 100 {
			t.Errorf("%d retries of %s over %s", total, sub, topic)
		}
		_ = over.JSON()
	})
}
