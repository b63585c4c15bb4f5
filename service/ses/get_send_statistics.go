package ses

import (
	"context"

	api "maru.dev/maru/api/ses"
)

// GetSendStatistics tells what was sent in the last two weeks, in steps of a
// quarter of an hour.
//
// Spec: Amazon SES API Reference, GetSendStatistics.
func (s *Service) GetSendStatistics(ctx context.Context, _ *api.GetSendStatisticsInput) (*api.GetSendStatisticsOutput, error) {
	points, err := s.box.Statistics(ctx)
	if err != nil {
		return nil, err
	}
	out := &api.GetSendStatisticsOutput{SendDataPoints: []api.SendDataPoint{}}
	for _, p := range points {
		out.SendDataPoints = append(out.SendDataPoints, api.SendDataPoint{
			Timestamp: &p.At, DeliveryAttempts: &p.Attempts, Bounces: new(int64(0)), Complaints: new(int64(0)), Rejects: new(int64(0)),
		})
	}
	return out, nil
}
