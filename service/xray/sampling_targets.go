package xray

import (
	"context"
	"time"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

const (
	// samplingInterval is how long a client may use its targets, and when it is
	// to ask again.
	samplingInterval = 10 * time.Second
	// clientLife is how long after its last report a client has a share of the
	// reservoir.
	clientLife = 3 * samplingInterval
	// samplesKept is how long the statistics of a minute are kept.
	samplesKept = time.Hour
)

// sampler is the row of a client that samples by a rule.
type sampler struct{ Seen time.Time }

// samples are what clients have told of a rule in a minute.
type samples struct{ Requests, Borrowed, Sampled int64 }

// GetSamplingTargets takes in what a client has sampled, and returns its share
// of each rule's reservoir: the reservoir is divided among the clients that have
// reported of late.
//
// Spec: X-Ray API Reference, GetSamplingTargets.
func (s *Service) GetSamplingTargets(ctx context.Context, in *api.GetSamplingTargetsInput) (*api.GetSamplingTargetsOutput, error) {
	h, now := homeOf(ctx), s.now()
	var out *api.GetSamplingTargetsOutput
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		out = &api.GetSamplingTargetsOutput{
			SamplingTargetDocuments: []api.SamplingTargetDocument{}, UnprocessedStatistics: []api.UnprocessedStatistics{},
			UnprocessedBoostStatistics: []api.UnprocessedStatistics{},
		}
		changed, ok, err := kv.Get[time.Time](tx, h.rulesChangedKey())
		if err != nil {
			return err
		}
		if !ok {
			changed = theDefault().Modified
		}
		out.LastRuleModification = &changed
		if err := tx.DeleteRange(kv.Range{From: h.key("rs"), To: h.key("rs", now.Add(-samplesKept).Unix())}); err != nil {
			return err
		}
		for _, d := range in.SamplingStatisticsDocuments {
			target, why, err := report(tx, h, &d, now)
			switch {
			case err != nil:
				return err
			case why != nil:
				out.UnprocessedStatistics = append(out.UnprocessedStatistics, *why)
			default:
				out.SamplingTargetDocuments = append(out.SamplingTargetDocuments, *target)
			}
		}
		for _, d := range in.SamplingBoostStatisticsDocuments {
			out.UnprocessedBoostStatistics = append(out.UnprocessedBoostStatistics, api.UnprocessedStatistics{
				RuleName: &d.RuleName, ErrorCode: new("BoostNotSupported"), Message: new("Sampling boosts are not computed."),
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// report takes in one document of statistics, and works out the client's target.
func report(tx *kv.Tx, h home, d *api.SamplingStatisticsDocument, now time.Time) (*api.SamplingTargetDocument, *api.UnprocessedStatistics, error) {
	refused := func(code, message string) (*api.SamplingTargetDocument, *api.UnprocessedStatistics, error) {
		return nil, &api.UnprocessedStatistics{RuleName: &d.RuleName, ErrorCode: &code, Message: &message}, nil
	}
	r, ok, err := kv.Get[rule](tx, h.ruleKey(d.RuleName))
	switch {
	case err != nil:
		return nil, nil, err
	case !ok && d.RuleName != defaultRule:
		return refused("400", "Unknown rule")
	case !ok:
		r = theDefault()
	case d.SampledCount > d.RequestCount:
		return refused("400", "SampledCount is larger than RequestCount")
	}
	minute := now.Truncate(time.Minute)
	sum, _, err := kv.Get[samples](tx, h.samplesKey(minute, r.Name))
	if err != nil {
		return nil, nil, err
	}
	sum.Requests += int64(d.RequestCount)
	sum.Sampled += int64(d.SampledCount)
	sum.Borrowed += int64(wire.Value(d.BorrowCount))
	if err := kv.Put(tx, h.samplesKey(minute, r.Name), sum); err != nil {
		return nil, nil, err
	}
	if err := kv.Put(tx, h.clientKey(r.Name, d.ClientID), sampler{now}); err != nil {
		return nil, nil, err
	}
	quota, err := share(tx, h, &r, d.ClientID, now)
	if err != nil {
		return nil, nil, err
	}
	return &api.SamplingTargetDocument{
		RuleName: &r.Name, FixedRate: &r.Rate, ReservoirQuota: &quota, ReservoirQuotaTTL: new(now.Add(samplingInterval)),
		Interval: new(int32(samplingInterval.Seconds())),
	}, nil, nil
}

// share is a client's part of a rule's reservoir. What does not divide goes to
// the first clients by id, so that the shares make up the whole. Clients that
// are gone are forgotten.
func share(tx *kv.Tx, h home, r *rule, client string, now time.Time) (int32, error) {
	n, place := int32(0), int32(0)
	for row, err := range kv.Scan[sampler](tx, kv.Prefix(h.key("rc", r.Name))) {
		if err != nil {
			return 0, err
		}
		if now.Sub(row.Value.Seen) > clientLife {
			if err := tx.Delete(row.Key); err != nil {
				return 0, err
			}
			continue
		}
		var id string
		if err := row.Key.Scan(5, &id); err != nil {
			return 0, err
		}
		if id == client {
			place = n
		}
		n++
	}
	n = max(n, 1)
	quota := r.Reservoir / n
	if place < r.Reservoir%n {
		quota++
	}
	return quota, nil
}

// GetSamplingStatisticSummaries returns what clients have told of late, by rule
// and minute.
//
// Spec: X-Ray API Reference, GetSamplingStatisticSummaries.
func (s *Service) GetSamplingStatisticSummaries(ctx context.Context, in *api.GetSamplingStatisticSummariesInput) (*api.GetSamplingStatisticSummariesOutput, error) {
	h := homeOf(ctx)
	r, err := pageAfter(h.key("rs"), kv.Range{From: h.key("rs", s.now().Add(-samplesKept).Unix()), To: h.key("rt")}, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.GetSamplingStatisticSummariesOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		out.SamplingStatisticSummaries, out.NextToken = []api.SamplingStatisticSummary{}, nil
		var last kv.Key
		for row, err := range kv.Scan[samples](tx, r) {
			if err != nil {
				return err
			}
			if len(out.SamplingStatisticSummaries) == 100 {
				out.NextToken = service.PageToken(h.key("rs"), string(last))
				return nil
			}
			last = row.Key
			var at int64
			var name string
			if err := row.Key.Scan(4, &at, &name); err != nil {
				return err
			}
			v := row.Value
			out.SamplingStatisticSummaries = append(out.SamplingStatisticSummaries, api.SamplingStatisticSummary{
				RuleName: &name, Timestamp: new(time.Unix(at, 0).UTC()), RequestCount: count(v.Requests), BorrowCount: count(v.Borrowed), SampledCount: count(v.Sampled),
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// count is a number as the API can hold it.
func count(n int64) *int32 { return new(int32(min(n, 1<<31-1))) }
