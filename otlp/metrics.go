package otlp

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	otel "go.opentelemetry.io/proto/otlp/metrics/v1"

	cloudwatch "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/wire"
)

const (
	// dataAtOnce is how much one PutMetricData takes.
	dataAtOnce = 1000
	// maxDimensions and maxValues are CloudWatch's.
	maxDimensions = 30
	maxValues     = 150
	// maxBuckets is how many buckets a histogram may have.
	maxBuckets = 1000
)

// takeMetrics puts data points into CloudWatch.
func (r *Receiver) takeMetrics(ctx context.Context, data *otel.MetricsData) (refused int64, why string, err error) {
	namespaces := make(map[string][]cloudwatch.MetricDatum)
	for _, rm := range data.GetResourceMetrics() {
		of := resourceOf(rm.GetResource())
		namespace := namespaceIn(of)
		for _, sm := range rm.GetScopeMetrics() {
			p := points{receiver: r, namespace: namespace, instance: of.text("service.instance.id", "host.name"), scope: sm.GetScope().GetName()}
			for _, m := range sm.GetMetrics() {
				p.add(m)
			}
			namespaces[namespace] = append(namespaces[namespace], p.data...)
			if p.refused > 0 {
				refused, why = refused+p.refused, "a histogram has at most 1000 buckets"
			}
		}
	}
	for namespace, list := range namespaces {
		for len(list) > 0 {
			n := min(len(list), dataAtOnce)
			in := &cloudwatch.PutMetricDataInput{Namespace: namespace, MetricData: list[:n]}
			if _, err := r.options.Caller.Call(ctx, "cloudwatch", "PutMetricData", in); err != nil {
				known, ok := errors.AsType[wire.Error](err)
				if !ok {
					return refused, why, err
				}
				refused, why = refused+int64(n), known.ErrorMessage()
			}
			list = list[n:]
		}
	}
	return refused, why, nil
}

// namespaceIn is the namespace of a service's metrics.
func namespaceIn(of attributes) string {
	namespace, name := of.text("service.namespace"), of.text("service.name")
	switch {
	case namespace != "" && name != "":
		return namespace + "/" + name
	case namespace != "" || name != "":
		return namespace + name
	default:
		return "default"
	}
}

// points are the data points of one scope on their way.
type points struct {
	receiver                   *Receiver
	namespace, instance, scope string
	data                       []cloudwatch.MetricDatum
	refused                    int64 // points that have too many buckets
}

// point is what all kinds of data points have in common.
type point struct {
	name, unit string
	at         time.Time
	dimensions []cloudwatch.Dimension
	id         seriesID
	began      uint64
}

// point reads what all kinds have.
func (p *points) point(m *otel.Metric, a attributes, at, began uint64) point {
	when := p.receiver.options.Clock.Now()
	if at > 0 && at < 1<<63 {
		when = time.Unix(0, int64(at))
	}
	if p.scope != "" {
		if _, taken := a["OTelLib"]; !taken {
			a["OTelLib"] = p.scope
		}
	}
	out := point{name: m.GetName(), unit: unitOf(m.GetUnit()), at: when, began: began}
	for name := range a {
		if v := a.text(name); v != "" && name != "" && len(name) <= 255 && name[0] != ':' {
			out.dimensions = append(out.dimensions, cloudwatch.Dimension{Name: name, Value: strings.ToValidUTF8(v[:min(len(v), 1024)], "")})
		} else if v, ok := a[name].(bool); ok {
			out.dimensions = append(out.dimensions, cloudwatch.Dimension{Name: name, Value: map[bool]string{true: "true", false: "false"}[v]})
		}
	}
	slices.SortFunc(out.dimensions, func(a, b cloudwatch.Dimension) int { return cmp.Compare(a.Name, b.Name) })
	if len(out.dimensions) > maxDimensions {
		out.dimensions = out.dimensions[:maxDimensions]
	}
	var b strings.Builder
	for _, s := range []string{p.namespace, p.instance, out.name} {
		b.WriteString(s + "\x00")
	}
	for _, d := range out.dimensions {
		b.WriteString(d.Name + "\x00" + d.Value + "\x00")
	}
	out.id = sha256.Sum256([]byte(b.String()))
	return out
}

// datum is a point as CloudWatch's.
func (q point) datum() cloudwatch.MetricDatum {
	return cloudwatch.MetricDatum{MetricName: q.name, Unit: &q.unit, Timestamp: &q.at, Dimensions: q.dimensions}
}

// value adds one number. What is no number is left out.
func (p *points) value(q point, v float64) {
	if v-v != 0 {
		return
	}
	d := q.datum()
	d.Value = &v
	p.data = append(p.data, d)
}

// add adds a metric's points.
func (p *points) add(m *otel.Metric) {
	switch d := m.GetData().(type) {
	case *otel.Metric_Gauge:
		for _, n := range d.Gauge.GetDataPoints() {
			p.value(p.point(m, attributesOf(n.GetAttributes()), n.GetTimeUnixNano(), n.GetStartTimeUnixNano()), numberOf(n))
		}
	case *otel.Metric_Sum:
		p.sum(m, d.Sum)
	case *otel.Metric_Histogram:
		cumulative := d.Histogram.GetAggregationTemporality() == otel.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE
		for _, h := range d.Histogram.GetDataPoints() {
			p.histogram(m, h, cumulative)
		}
	case *otel.Metric_ExponentialHistogram:
		cumulative := d.ExponentialHistogram.GetAggregationTemporality() == otel.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE
		for _, h := range d.ExponentialHistogram.GetDataPoints() {
			p.exponential(m, h, cumulative)
		}
	case *otel.Metric_Summary:
		for _, s := range d.Summary.GetDataPoints() {
			q := p.point(m, attributesOf(s.GetAttributes()), s.GetTimeUnixNano(), s.GetStartTimeUnixNano())
			grown, ok := p.receiver.sums.grown(q, []float64{float64(s.GetCount()), s.GetSum()})
			if ok && grown[0] > 0 {
				mean := grown[1] / grown[0]
				p.set(q, grown[0], grown[1], mean, mean)
			}
		}
	}
}

// numberOf is a point's number.
func numberOf(n *otel.NumberDataPoint) float64 {
	if v, ok := n.GetValue().(*otel.NumberDataPoint_AsInt); ok {
		return float64(v.AsInt)
	}
	return n.GetAsDouble()
}

// sum adds a sum's points: what a cumulative one grew by, and the level of one
// that also falls.
func (p *points) sum(m *otel.Metric, s *otel.Sum) {
	for _, n := range s.GetDataPoints() {
		q := p.point(m, attributesOf(n.GetAttributes()), n.GetTimeUnixNano(), n.GetStartTimeUnixNano())
		v := numberOf(n)
		if s.GetIsMonotonic() && s.GetAggregationTemporality() == otel.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE {
			grown, ok := p.receiver.sums.grown(q, []float64{v})
			if !ok {
				continue
			}
			v = grown[0]
		}
		p.value(q, v)
	}
}

// set adds a statistic set.
func (p *points) set(q point, count, sum, least, most float64) {
	for _, v := range []float64{count, sum, least, most} {
		if v-v != 0 {
			return
		}
	}
	d := q.datum()
	d.StatisticValues = &cloudwatch.StatisticSet{SampleCount: count, Sum: sum, Minimum: min(least, most), Maximum: most}
	p.data = append(p.data, d)
}

// histogram adds a histogram's point.
func (p *points) histogram(m *otel.Metric, h *otel.HistogramDataPoint, cumulative bool) {
	if len(h.GetBucketCounts()) > maxBuckets {
		p.refused++
		return
	}
	q := p.point(m, attributesOf(h.GetAttributes()), h.GetTimeUnixNano(), h.GetStartTimeUnixNano())
	now := []float64{float64(h.GetCount()), h.GetSum()}
	for _, n := range h.GetBucketCounts() {
		now = append(now, float64(n))
	}
	if cumulative {
		grown, ok := p.receiver.sums.grown(q, now)
		if !ok {
			return
		}
		now = grown
	}
	if now[0] <= 0 {
		return
	}
	least, most := within(h.GetExplicitBounds(), now[2:])
	if !cumulative && h.Min != nil && h.Max != nil {
		least, most = h.GetMin(), h.GetMax()
	}
	if len(now) == 2 { // it has no buckets
		least, most = now[1]/now[0], now[1]/now[0]
	}
	p.set(q, now[0], now[1], least, most)
}

// within tells between which values a histogram's buckets have something.
func within(bounds, counts []float64) (least, most float64) {
	first := true
	for i, n := range counts {
		if n <= 0 {
			continue
		}
		low, high := 0.0, 0.0
		if i > 0 && i-1 < len(bounds) {
			low = bounds[i-1]
		}
		switch {
		case i < len(bounds):
			high = bounds[i]
		case len(bounds) > 0:
			high = bounds[len(bounds)-1]
		}
		if i == 0 {
			low = min(0, high)
		}
		if first {
			least, first = low, false
		}
		most = high
	}
	return least, most
}

// exponential adds an exponential histogram's point, as the middles of its
// buckets. A cumulative one is told by what it grew by, as a statistic set.
func (p *points) exponential(m *otel.Metric, h *otel.ExponentialHistogramDataPoint, cumulative bool) {
	if len(h.GetPositive().GetBucketCounts())+len(h.GetNegative().GetBucketCounts()) > maxBuckets {
		p.refused++
		return
	}
	q := p.point(m, attributesOf(h.GetAttributes()), h.GetTimeUnixNano(), h.GetStartTimeUnixNano())
	if cumulative {
		grown, ok := p.receiver.sums.grown(q, []float64{float64(h.GetCount()), h.GetSum()})
		if ok && grown[0] > 0 {
			mean := grown[1] / grown[0]
			p.set(q, grown[0], grown[1], mean, mean)
		}
		return
	}
	var values, counts []float64
	base := math.Exp2(math.Exp2(-float64(h.GetScale())))
	add := func(b *otel.ExponentialHistogramDataPoint_Buckets, sign float64) {
		for i, n := range b.GetBucketCounts() {
			low := math.Pow(base, float64(b.GetOffset())+float64(i))
			if v := sign * low * (1 + base) / 2; n > 0 && v-v == 0 {
				values, counts = append(values, v), append(counts, float64(n))
			}
		}
	}
	add(h.GetNegative(), -1)
	if n := h.GetZeroCount(); n > 0 {
		values, counts = append(values, 0), append(counts, float64(n))
	}
	add(h.GetPositive(), 1)
	for len(values) > 0 {
		n := min(len(values), maxValues)
		d := q.datum()
		d.Values, d.Counts = values[:n], counts[:n]
		p.data = append(p.data, d)
		values, counts = values[n:], counts[n:]
	}
}

// unitOf is a unit of OpenTelemetry (UCUM's) as CloudWatch names it.
func unitOf(unit string) string {
	switch unit {
	case "s":
		return "Seconds"
	case "ms":
		return "Milliseconds"
	case "us":
		return "Microseconds"
	case "By":
		return "Bytes"
	case "kBy", "KBy":
		return "Kilobytes"
	case "MBy":
		return "Megabytes"
	case "GBy":
		return "Gigabytes"
	case "TBy":
		return "Terabytes"
	case "bit":
		return "Bits"
	case "By/s":
		return "Bytes/Second"
	case "bit/s":
		return "Bits/Second"
	case "%":
		return "Percent"
	case "Count":
		return "Count"
	}
	if strings.HasPrefix(unit, "{") && strings.HasSuffix(unit, "}") {
		return "Count"
	}
	return "None"
}
