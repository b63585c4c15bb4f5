package events_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"maru.dev/maru/internal/testenv"
)

// What doc.go tells of as different from AWS.
func TestKnownGaps(t *testing.T) {
	t.Parallel()
	const doc = "service/events/doc.go"
	gaps := map[string]func(t testing.TB, b *bench){
		"global endpoints": func(t testing.TB, b *bench) {
			_, err := b.events.ListEndpoints(t.Context(), &client.ListEndpointsInput{})
			b.no(err)
		},
		"partners": func(t testing.TB, b *bench) {
			_, err := b.events.ListPartnerEventSources(t.Context(), &client.ListPartnerEventSourcesInput{NamePrefix: aws.String("aws.partner/")})
			b.no(err)
		},
		"an archive's managed rule": func(t testing.TB, b *bench) {
			b.archive("a", "", 0)
			out, err := b.events.ListRules(t.Context(), &client.ListRulesInput{})
			b.no(err)
			if len(out.Rules) != 1 || *out.Rules[0].Name != "Events-Archive-a" {
				t.Fatal("no rule Events-Archive-a")
			}
		},
		"rules to a bus": func(t testing.TB, b *bench) {
			for range 301 {
				_, err := b.events.PutRule(t.Context(), &client.PutRuleInput{Name: aws.String(b.Deps().IDs.Hex(8)), EventPattern: aws.String(anyOrder), State: types.RuleStateDisabled})
				if err != nil {
					return
				}
			}
			t.Fatal("301 rules were taken")
		},
	}
	for name, gap := range gaps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			testenv.KnownGap(t, doc, func(g testing.TB) {
				own := *b
				own.t = g
				gap(g, &own)
			})
		})
	}
}
