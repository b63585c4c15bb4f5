package account

import (
	"time"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// day is a day's length, in UTC.
const day = 24 * time.Hour

// usageKey is where what an API key has used of a plan is counted, below it a
// counter of each day: of the requests, and of what UpdateUsage has granted.
func usageKey(at service.Home, planID, keyID string) kv.Key {
	return kv.NewKey(at.Account, at.Region, "apigateway", "usage", planID, keyID)
}

// periodStart is the first day of a quota's period that a day is in: the day
// itself, its week, or its month. Weeks begin on Sunday, months on the 1st, or as
// many days later as the offset says.
func periodStart(q *api.QuotaSettings, d time.Time) time.Time {
	d = d.UTC().Truncate(day)
	offset := int(wire.Value(q.Offset))
	switch wire.Value(q.Period) {
	case api.QuotaPeriodTypeWeek:
		return d.AddDate(0, 0, -((int(d.Weekday()) - offset + 7) % 7))
	case api.QuotaPeriodTypeMonth:
		if d.Day() <= offset {
			d = d.AddDate(0, 0, -d.Day()) // the last of the month before
		}
		return time.Date(d.Year(), d.Month(), 1+offset, 0, 0, 0, 0, time.UTC)
	}
	return d
}

// usedUp is what of a quota is gone in the days from first to last, both
// included: requests, less what was granted beyond the quota.
func usedUp(tx *kv.Tx, at service.Home, planID, keyID string, first, last time.Time) (sum int64, err error) {
	for d := first; !d.After(last); d = d.Add(day) {
		used, granted, err := tx.CountPair(usageKey(at, planID, keyID).With(d))
		if err != nil {
			return 0, err
		}
		sum += used - granted
	}
	return sum, nil
}

// dayLog is a day of a usage's log: the requests of the day, and what is left of
// the quota at its end.
func dayLog(tx *kv.Tx, at service.Home, p *api.UsagePlan, keyID string, d time.Time) ([]int64, error) {
	used, _, err := tx.CountPair(usageKey(at, *p.Id, keyID).With(d))
	if err != nil {
		return nil, err
	}
	gone, err := usedUp(tx, at, *p.Id, keyID, periodStart(p.Quota, d), d)
	return []int64{used, max(0, int64(*p.Quota.Limit)-gone)}, err
}
