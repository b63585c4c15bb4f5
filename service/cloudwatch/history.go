package cloudwatch

import (
	"context"
	"fmt"
	"slices"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
)

const (
	forgetKind = "cloudwatch.forget"
	// remembered is how long history is kept.
	remembered = 30 * 24 * time.Hour
	// maxHistory is how many records a reply has.
	maxHistory = 100
)

// record is a row of an alarm's history.
type record struct {
	At            time.Time
	Type          string
	Summary, Data string
	Composite     bool `cbor:",omitempty"`
}

// kind is the type of alarm that the record is of.
func (r *record) kind() string {
	if r.Composite {
		return api.AlarmTypeCompositeAlarm
	}
	return api.AlarmTypeMetricAlarm
}

// note adds to an alarm's history, and removes what is too old.
func (s *Service) note(tx *kv.Tx, h home, name string, r record) error {
	if err := forget(tx, h, name, r.At); err != nil {
		return err
	}
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: forgetKind, Owner: "cloudwatch:" + h.Account, Key: h.alarmARN(name), Due: r.At.Add(remembered + time.Minute), Body: name,
		Account: h.Account, Region: h.Region,
	})
	if err != nil {
		return err
	}
	return kv.PutAtCommit(tx, h.historyKey(name).With(r.At), []any{r.Type, r.Summary}, r)
}

// forget removes what is too old of an alarm's history.
func forget(tx *kv.Tx, h home, name string, now time.Time) error {
	old := kv.Prefix(h.historyKey(name))
	old.To = h.historyKey(name).With(now.Add(-remembered))
	return tx.DeleteRange(old)
}

// runForget removes the end of the history of an alarm of which nothing more
// has been heard.
func (s *Service) runForget(ctx context.Context, run *task.Run) error {
	var name string
	if err := run.Decode(&name); err != nil {
		return task.Dead(err)
	}
	h, now := home{run.Account, run.Region}, s.Clock.Now()
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := forget(tx, h, name, now); err != nil {
			return err
		}
		return run.Done(tx)
	})
}

// DescribeAlarmHistory tells what became of an alarm, or of all, newest first
// unless asked otherwise. Of all alarms it goes from name to name.
//
// Spec: CloudWatch API Reference, DescribeAlarmHistory.
func (s *Service) DescribeAlarmHistory(ctx context.Context, in *api.DescribeAlarmHistoryInput) (*api.DescribeAlarmHistoryOutput, error) {
	if in.AlarmContributorId != nil {
		return nil, unfit("There is no alarm contributor %s.", *in.AlarmContributorId)
	}
	prefix := homeOf(call.From(ctx)).key("h")
	narrow := prefix
	if in.AlarmName != nil {
		narrow = narrow.With(*in.AlarmName)
	}
	r := kv.Prefix(narrow)
	r.Reverse = in.ScanBy == nil || *in.ScanBy != api.ScanByTimestampAscending
	r, err := page(r, prefix, in.NextToken)
	if err != nil {
		return nil, err
	}
	limit := maxHistory
	if in.MaxRecords != nil {
		if limit = int(*in.MaxRecords); limit < 1 || limit > maxHistory {
			return nil, unfit("MaxRecords must be between 1 and %d.", maxHistory)
		}
	}
	out, now := &api.DescribeAlarmHistoryOutput{AlarmHistoryItems: []api.AlarmHistoryItem{}}, s.Clock.Now()
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		var last kv.Key
		for row, err := range kv.Scan[record](tx, r) {
			if err != nil {
				return fmt.Errorf("read history: %w", err)
			}
			v := row.Value
			if !v.asked(in, now) {
				continue
			}
			if len(out.AlarmHistoryItems) == limit {
				out.NextToken = service.RowToken(prefix, last)
				return nil
			}
			var name string
			if err := row.Key.Scan(4, &name); err != nil {
				return err
			}
			out.AlarmHistoryItems = append(out.AlarmHistoryItems, api.AlarmHistoryItem{
				AlarmName: &name, AlarmType: new(v.kind()), Timestamp: &v.At,
				HistoryItemType: &v.Type, HistorySummary: &v.Summary, HistoryData: &v.Data,
			})
			last = row.Key
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// asked says whether a request asks for the record. Those of composite alarms
// are asked for by their type.
func (r *record) asked(in *api.DescribeAlarmHistoryInput, now time.Time) bool {
	types := in.AlarmTypes
	if len(types) == 0 {
		types = []string{api.AlarmTypeMetricAlarm}
	}
	return slices.Contains(types, r.kind()) && (in.HistoryItemType == nil || *in.HistoryItemType == r.Type) &&
		(in.StartDate == nil || !r.At.Before(*in.StartDate)) && (in.EndDate == nil || !r.At.After(*in.EndDate)) && r.At.After(now.Add(-remembered))
}
