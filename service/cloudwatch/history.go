package cloudwatch

import (
	"context"
	"fmt"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// record is a row of an alarm's history.
type record struct {
	At            time.Time
	Type          string
	Summary, Data string
}

// note adds to an alarm's history.
func note(tx *kv.Tx, h home, name string, r record) error {
	return kv.PutAtCommit(tx, h.historyKey(name).With(r.At), []any{r.Type, r.Summary}, r)
}

// DescribeAlarmHistory tells what became of an alarm, or of all, newest first
// unless asked otherwise. Of all alarms it goes from name to name.
//
// Spec: CloudWatch API Reference, DescribeAlarmHistory.
func (s *Service) DescribeAlarmHistory(ctx context.Context, in *api.DescribeAlarmHistoryInput) (*api.DescribeAlarmHistoryOutput, error) {
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
	limit := 100
	if in.MaxRecords != nil {
		limit = int(*in.MaxRecords)
	}
	out := &api.DescribeAlarmHistoryOutput{AlarmHistoryItems: []api.AlarmHistoryItem{}}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		var last kv.Key
		for row, err := range kv.Scan[record](tx, r) {
			if err != nil {
				return fmt.Errorf("read history: %w", err)
			}
			v := row.Value
			if in.HistoryItemType != nil && *in.HistoryItemType != v.Type || in.StartDate != nil && v.At.Before(*in.StartDate) || in.EndDate != nil && v.At.After(*in.EndDate) {
				continue
			}
			if len(out.AlarmHistoryItems) == limit {
				out.NextToken = pageToken(last)
				return nil
			}
			var name string
			if err := row.Key.Scan(4, &name); err != nil {
				return err
			}
			out.AlarmHistoryItems = append(out.AlarmHistoryItems, api.AlarmHistoryItem{
				AlarmName: &name, AlarmType: new(api.AlarmTypeMetricAlarm), Timestamp: &v.At,
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
