package account

import (
	"context"
	"time"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/record"
)

// maxUsageDays is for how many days usage is told at most.
const maxUsageDays = 90

// GetUsage tells of each day what the API keys of a plan have used and what was
// left of their quota. A plan without a quota counts nothing.
//
// Spec: API Gateway API Reference, GetUsage.
func (s *Service) GetUsage(ctx context.Context, in *api.GetUsageInput) (*api.GetUsageOutput, error) {
	first, last, err := usageDays(in.StartDate, in.EndDate)
	if err != nil {
		return nil, err
	}
	at := record.Home(ctx)
	out := &api.Usage{UsagePlanId: &in.UsagePlanId, StartDate: &in.StartDate, EndDate: &in.EndDate}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		p, err := usagePlans().Need(tx, at, in.UsagePlanId)
		if err != nil {
			return err
		}
		of, next, err := usersOf(tx, at, in)
		if err != nil {
			return err
		}
		out.Position, out.Items = next, make(map[string][][]int64)
		if p.Quota == nil {
			return nil
		}
		for _, m := range of {
			if out.Items[m.Key], err = s.usageLog(tx, at, &p, m.Key, first, last); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// usersOf are the API keys whose usage is asked for: one, or a page of them.
func usersOf(tx *kv.Tx, at service.Home, in *api.GetUsageInput) ([]member, *string, error) {
	if in.KeyId == nil {
		return record.Page(tx, in.Limit, in.Position, members(), at, in.UsagePlanId)
	}
	m, err := members().Need(tx, at, in.UsagePlanId, *in.KeyId)
	return []member{m}, nil, err
}

// usageLog is the log of an API key from first to last, a line a day. Days to come
// are in it only where the clock was set back from them.
func (s *Service) usageLog(tx *kv.Tx, at service.Home, p *api.UsagePlan, keyID string, first, last time.Time) ([][]int64, error) {
	log, now := [][]int64{}, s.Clock.Now()
	for d := first; !d.After(last); d = d.Add(day) {
		line, err := dayLog(tx, at, p, keyID, d)
		if err != nil {
			return nil, err
		}
		if d.After(now) && line[0] == 0 {
			break
		}
		log = append(log, line)
	}
	return log, nil
}

// usageDays reads the days that usage is asked of.
func usageDays(from, to string) (first, last time.Time, err error) {
	if first, err = time.Parse(time.DateOnly, from); err != nil {
		return first, last, fault.BadRequest("Invalid start date specified: %s. Must be of the format yyyy-MM-dd", from)
	}
	if last, err = time.Parse(time.DateOnly, to); err != nil {
		return first, last, fault.BadRequest("Invalid end date specified: %s. Must be of the format yyyy-MM-dd", to)
	}
	switch {
	case last.Before(first):
		return first, last, fault.BadRequest("Start date must not be after end date")
	case last.Sub(first) > maxUsageDays*day:
		return first, last, fault.BadRequest("Date range must not exceed %d days", maxUsageDays)
	}
	return first, last, nil
}
