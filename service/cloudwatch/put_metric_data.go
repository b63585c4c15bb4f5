package cloudwatch

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

const (
	maxData       = 1000
	maxDimensions = 30
	maxValues     = 150
	oldest        = 14 * 24 * time.Hour
	furthest      = 2 * time.Hour
	// touchEvery is how exactly a metric's last data is known for ListMetrics.
	touchEvery = 5 * time.Minute
)

// metric is the row of a metric that has data.
type metric struct {
	Last       time.Time       // when data came last
	Dimensions []api.Dimension `cbor:",omitempty"` // where they are too long for the key
}

// batch is the data of a request, merged by bucket so that a row is read and
// written once however many data fall into it.
type batch struct {
	home  home
	ids   map[string]metricID
	slots map[string]*bucket
}

// newBatch is an empty batch.
func newBatch(h home) *batch { return &batch{h, map[string]metricID{}, map[string]*bucket{}} }

// add puts data into a metric's buckets of each length.
func (b *batch) add(id metricID, at time.Time, unit string, data *bucket, lengths []time.Duration) {
	hash := id.hash()
	b.ids[string(hash)] = id
	prefix := b.home.key("d", hash)
	for _, length := range lengths {
		key := string(prefix.With(int64(length/time.Second), at.Truncate(length), unit))
		if b.slots[key] == nil {
			b.slots[key] = &bucket{}
		}
		b.slots[key].merge(data)
	}
}

// PutMetricData adds data to metrics. When it returns they are on disk, and all
// of a request's data are, or none. A call that is made again under its own name
// (call.Info.Once) counts once.
//
// Spec: CloudWatch API Reference, PutMetricData.
func (s *Service) PutMetricData(ctx context.Context, in *api.PutMetricDataInput) (*api.PutMetricDataOutput, error) {
	if err := checkNamespace(in.Namespace); err != nil {
		return nil, err
	}
	data := slices.Clone(in.MetricData)
	for _, e := range in.EntityMetricData {
		data = append(data, e.MetricData...)
	}
	if len(data) == 0 {
		return nil, missing("MetricData")
	}
	if len(data) > maxData {
		return nil, invalid("The collection MetricData must not have a size greater than %d.", maxData)
	}
	now := s.Clock.Now()
	b := newBatch(homeOf(call.From(ctx)))
	for i := range data {
		field := fmt.Sprintf("MetricData.member.%d", i+1)
		if err := b.take(in.Namespace, field, &data[i], now); err != nil {
			return nil, err
		}
	}
	once := call.From(ctx).Once
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if known, err := s.again(tx, b.home, once, now); err != nil || known {
			return err
		}
		return s.store(tx, b, now)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutMetricDataOutput{}, nil
}

// checkNamespace refuses what customers may not write to.
func checkNamespace(ns string) error {
	if ns == "" {
		return missing("Namespace")
	}
	if strings.HasPrefix(ns, "AWS/") {
		return invalid("The value AWS/ for parameter Namespace is invalid.")
	}
	if len(ns) > 255 || strings.HasPrefix(ns, ":") {
		return invalid("The value %s for parameter Namespace is invalid.", ns)
	}
	return nil
}

// take checks a datum and puts it into its buckets.
func (b *batch) take(namespace, field string, d *api.MetricDatum, now time.Time) error {
	if d.MetricName == "" {
		return missing(field + ".MetricName")
	}
	if len(d.MetricName) > 255 {
		return invalid("The value %s for parameter %s.MetricName is invalid.", d.MetricName, field)
	}
	if err := checkDimensions(field+".Dimensions", d.Dimensions); err != nil {
		return err
	}
	at := now
	if d.Timestamp != nil {
		at = *d.Timestamp
	}
	switch {
	case at.Before(now.Add(-oldest)):
		return invalid("The parameter %s.Timestamp must specify a time no more than two weeks in the past.", field)
	case at.After(now.Add(furthest)):
		return invalid("The parameter %s.Timestamp must specify a time no more than two hours in the future.", field)
	}
	unit := "None"
	if d.Unit != nil {
		unit = *d.Unit
	}
	if !slices.Contains(units(), unit) {
		return invalid("The parameter %s.Unit must be a value in the set [ %s ].", field, strings.Join(units(), ", "))
	}
	data, err := datum(field, d)
	if err != nil {
		return err
	}
	lengths := standardLengths()
	if d.StorageResolution != nil {
		switch *d.StorageResolution {
		case 1:
			lengths = append(lengths, time.Second)
		case 60:
		default:
			return invalid("The parameter %s.StorageResolution must be 1 or 60.", field)
		}
	}
	b.add(newMetricID(namespace, d.MetricName, d.Dimensions), at, unit, data, lengths)
	return nil
}

// checkDimensions refuses dimensions that a metric cannot have.
func checkDimensions(field string, dims []api.Dimension) error {
	if len(dims) > maxDimensions {
		return invalid("The collection %s must not have a size greater than %d.", field, maxDimensions)
	}
	seen := make(map[string]bool)
	for i, d := range dims {
		name := fmt.Sprintf("%s.member.%d", field, i+1)
		switch {
		case d.Name == "" || len(d.Name) > 255 || d.Name[0] == ':' || strings.ContainsAny(d.Name, "\x00\x01"):
			return invalid("The value %s for parameter %s.Name is invalid.", d.Name, name)
		case d.Value == "" || len(d.Value) > 1024 || strings.ContainsAny(d.Value, "\x00\x01"):
			return invalid("The value %s for parameter %s.Value is invalid.", d.Value, name)
		case seen[d.Name]:
			return invalid("No Metric can have the same dimension name twice: %s.", d.Name)
		}
		seen[d.Name] = true
	}
	return nil
}

// checkValue refuses what is no number, and what is out of CloudWatch's range.
func checkValue(field string, v float64) error {
	if math.IsNaN(v) || math.Abs(v) > math.Ldexp(1, 360) {
		return invalid("The value %v for parameter %s is invalid.", v, field)
	}
	return nil
}

// datum reads the values of a datum.
func datum(field string, d *api.MetricDatum) (*bucket, error) {
	given := 0
	for _, ok := range []bool{d.Value != nil, d.StatisticValues != nil, len(d.Values) > 0} {
		if ok {
			given++
		}
	}
	switch {
	case given > 1 && d.Value != nil && d.StatisticValues != nil:
		return nil, clash("The parameters %[1]s.Value and %[1]s.StatisticValues are mutually exclusive and you have specified both.", field)
	case given > 1:
		return nil, clash("The parameters %[1]s.Value, %[1]s.Values and %[1]s.StatisticValues are mutually exclusive.", field)
	case given == 0:
		return nil, &api.MissingRequiredParameterException{Message: "At least one of the parameters " + field + ".Value, " + field + ".Values or " + field + ".StatisticValues must be specified."}
	}
	b := &bucket{}
	switch {
	case d.Value != nil:
		if err := checkValue(field+".Value", *d.Value); err != nil {
			return nil, err
		}
		b.add(*d.Value, 1)
		return b, nil
	case d.StatisticValues != nil:
		return statisticSet(field+".StatisticValues", d.StatisticValues)
	}
	if len(d.Values) > maxValues {
		return nil, invalid("The collection %s.Values must not have a size greater than %d.", field, maxValues)
	}
	if len(d.Counts) > 0 && len(d.Counts) != len(d.Values) {
		return nil, invalid("The parameters %[1]s.Values and %[1]s.Counts must be of the same size.", field)
	}
	for i, v := range d.Values {
		n := 1.0
		if len(d.Counts) > 0 {
			n = d.Counts[i]
		}
		if err := errors.Join(checkValue(field+".Values", v), checkValue(field+".Counts", n)); err != nil {
			return nil, err
		}
		if n < 0 {
			return nil, invalid("The value %v for parameter %s.Counts is invalid.", n, field)
		}
		if n > 0 {
			b.add(v, n)
		}
	}
	return b, nil
}

// statisticSet reads a statistic set. One that can only hold a single value
// tells percentiles, too.
func statisticSet(field string, set *api.StatisticSet) (*bucket, error) {
	for name, v := range map[string]float64{"SampleCount": set.SampleCount, "Sum": set.Sum, "Minimum": set.Minimum, "Maximum": set.Maximum} {
		if err := checkValue(field+"."+name, v); err != nil {
			return nil, err
		}
	}
	if set.SampleCount <= 0 {
		return nil, invalid("The parameter %s.SampleCount must be greater than 0.", field)
	}
	if set.Minimum > set.Maximum {
		return nil, invalid("The parameter %[1]s.Maximum must be greater than or equal to %[1]s.Minimum.", field)
	}
	b := &bucket{Sum: set.Sum, Min: set.Minimum, Max: set.Maximum, Count: set.SampleCount, Vague: true}
	if set.Minimum == set.Maximum {
		b.Vague, b.Bins = false, map[int32]float64{binOf(set.Minimum): set.SampleCount}
	}
	return b, nil
}

// store merges a batch into what is stored.
func (s *Service) store(tx *kv.Tx, b *batch, now time.Time) error {
	for _, id := range b.ids {
		key, long := b.home.metricKey(id)
		m, ok, err := kv.Get[metric](tx, key)
		if err != nil {
			return fmt.Errorf("load metric: %w", err)
		}
		if !ok {
			if err := s.expireLater(tx, b.home, id, now.Add(expireEvery)); err != nil {
				return err
			}
		}
		if !ok || now.Sub(m.Last) >= touchEvery {
			row := metric{Last: now}
			if long {
				row.Dimensions = id.Dimensions
			}
			if err := kv.Put(tx, key, row); err != nil {
				return err
			}
		}
	}
	for key, data := range b.slots {
		old, _, err := kv.Get[bucket](tx, kv.Key(key))
		if err != nil {
			return fmt.Errorf("load data: %w", err)
		}
		old.merge(data)
		if err := kv.Put(tx, kv.Key(key), old); err != nil {
			return fmt.Errorf("store data: %w", err)
		}
	}
	return nil
}

// expireLater writes the task that expires a metric's data.
func (s *Service) expireLater(tx *kv.Tx, h home, id metricID, due time.Time) error {
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: expireKind, Owner: "cloudwatch:" + h.Account, Key: h.Account + h.Region + hex.EncodeToString(id.hash()),
		Due: due, Body: id, Account: h.Account, Region: h.Region,
	})
	return err
}

// units are those that data can have.
func units() []string {
	sizes := []string{"Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits"}
	all := append([]string{"Seconds", "Microseconds", "Milliseconds"}, sizes...)
	all = append(all, "Percent", "Count")
	for _, size := range sizes {
		all = append(all, size+"/Second")
	}
	return append(all, "Count/Second", "None")
}
