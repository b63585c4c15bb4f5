package cloudwatch

import (
	"context"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/kv"
	"maru.dev/maru/telemetry"
)

// Recorder takes the metrics that services publish of their own resources, in
// the namespaces that PutMetricData keeps for them.
type Recorder interface {
	Record(ctx context.Context, account, region string, data []telemetry.Datum) error
}

var _ Recorder = (*Service)(nil)

// recordChunk is how many series one transaction of Record holds: enough that
// the commit costs nothing beside them, few enough that nobody waits for it.
const recordChunk = 2000

// Record adds what services have measured of an account's resources. Data of one
// series in one minute are merged before the store is asked, so it is best given
// much at once. A chunk of it is recorded wholly or not at all.
func (s *Service) Record(ctx context.Context, account, region string, data []telemetry.Datum) error {
	now := s.Clock.Now()
	for len(data) > 0 {
		n := min(len(data), recordChunk)
		b := newBatch(home{account, region})
		for i := range data[:n] {
			b.record(&data[i])
		}
		data = data[n:]
		if err := s.Store.Update(ctx, func(tx *kv.Tx) error { return s.store(tx, b, now) }); err != nil {
			return err
		}
	}
	return nil
}

// record puts a service's datum into its buckets.
func (b *batch) record(d *telemetry.Datum) {
	if len(d.Values) == 0 {
		return
	}
	dims := make([]api.Dimension, len(d.Dimensions))
	for i, dim := range d.Dimensions {
		dims[i] = api.Dimension{Name: dim.Name, Value: dim.Value}
	}
	unit := d.Unit
	if unit == "" {
		unit = "None"
	}
	data := bucket{Bins: make(map[int32]float64, len(d.Values))}
	for v, n := range d.Values {
		if n > 0 && checkValue("", v) == nil {
			data.add(v, n)
		}
	}
	if data.Count > 0 {
		b.add(newMetricID(d.Namespace, d.Name, dims), d.At, unit, &data, standardLengths())
	}
}

// standardLengths are the buckets of every datum.
func standardLengths() []time.Duration {
	return []time.Duration{time.Minute, 5 * time.Minute, time.Hour}
}
