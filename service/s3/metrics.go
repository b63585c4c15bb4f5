package s3

import (
	"context"
	"errors"
	"fmt"
	"time"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// The request metrics of a bucket, in the order in which newMetrics names them.
const (
	allRequests = iota
	gets
	puts
	deletes
	heads
	posts
	lists
	downloaded
	uploaded
	clientErrors
	serverErrors
	firstByte
	total
)

// wholeBucket is the filter that request metrics have: maru publishes them of
// each bucket as if it were asked to.
const wholeBucket = "EntireBucket"

// newMetrics returns what is measured of requests.
//
// Spec: S3 User Guide, Metrics and dimensions.
func newMetrics(m telemetry.Meter) *telemetry.Family {
	count := func(name string) telemetry.Kind { return telemetry.Kind{Name: name, Unit: "Count"} }
	return telemetry.NewFamily(
		m, "AWS/S3", []string{"BucketName", "FilterId"},
		count("AllRequests"), count("GetRequests"), count("PutRequests"), count("DeleteRequests"), count("HeadRequests"),
		count("PostRequests"), count("ListRequests"),
		telemetry.Kind{Name: "BytesDownloaded", Unit: "Bytes"}, telemetry.Kind{Name: "BytesUploaded", Unit: "Bytes"},
		count("4xxErrors"), count("5xxErrors"),
		telemetry.Kind{Name: "FirstByteLatency", Unit: "Milliseconds"}, telemetry.Kind{Name: "TotalRequestLatency", Unit: "Milliseconds"},
	)
}

// request is what a call counts as.
type request struct {
	bucket   string
	kind     int
	up, down int64
}

// requestOf reads a call on objects.
func requestOf(r *call.Record) request {
	switch in := r.In.(type) {
	case *api.GetObjectInput:
		q := request{bucket: in.Bucket, kind: gets}
		if out, ok := r.Out.(*api.GetObjectOutput); ok && out != nil && out.ContentLength != nil {
			q.down = *out.ContentLength
		}
		return q
	case *api.HeadObjectInput:
		return request{bucket: in.Bucket, kind: heads}
	case *api.PutObjectInput:
		return request{bucket: in.Bucket, kind: puts, up: lengthOf(in.ContentLength)}
	case *api.UploadPartInput:
		return request{bucket: in.Bucket, kind: puts, up: lengthOf(in.ContentLength)}
	case *api.CopyObjectInput:
		return request{bucket: in.Bucket, kind: puts}
	case *api.DeleteObjectInput:
		return request{bucket: in.Bucket, kind: deletes}
	case *api.DeleteObjectsInput:
		return request{bucket: in.Bucket, kind: posts}
	case *api.CreateMultipartUploadInput:
		return request{bucket: in.Bucket, kind: posts}
	case *api.CompleteMultipartUploadInput:
		return request{bucket: in.Bucket, kind: posts}
	case *api.ListObjectsInput:
		return request{bucket: in.Bucket, kind: lists}
	case *api.ListObjectsV2Input:
		return request{bucket: in.Bucket, kind: lists}
	case *api.ListObjectVersionsInput:
		return request{bucket: in.Bucket, kind: lists}
	default:
		return request{}
	}
}

// lengthOf is an optional length.
func lengthOf(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// Measured implements call.Measured. Whose bucket it is decides where the
// metrics are, whoever has called.
func (s *Service) Measured(r *call.Record) {
	q := requestOf(r)
	if q.bucket == "" {
		return
	}
	var b *bucket
	err := s.Store.View(context.Background(), func(tx *kv.Tx) (err error) {
		b, _, err = s.buckets.Get(tx, bucketKey(q.bucket))
		return err
	})
	if err != nil || b == nil {
		return
	}
	status := 200
	if r.Err != nil {
		status = 500
		var known wire.Error
		if errors.As(r.Err, &known) {
			status = known.HTTPStatus()
		}
	}
	took := float64(r.Ended.Sub(r.Began).Microseconds()) / 1000
	values := [8]telemetry.Value{
		{Kind: allRequests, Is: 1},
		{Kind: q.kind, Is: 1},
		{Kind: clientErrors, Is: oneIf(status >= 400 && status < 500)},
		{Kind: serverErrors, Is: oneIf(status >= 500)},
		{Kind: firstByte, Is: took},
		{Kind: total, Is: took},
	}
	n := 6
	if q.up > 0 {
		values[n] = telemetry.Value{Kind: uploaded, Is: float64(q.up)}
		n++
	}
	if q.down > 0 {
		values[n] = telemetry.Value{Kind: downloaded, Is: float64(q.down)}
		n++
	}
	s.metrics.Add(telemetry.Of(b.Account, b.Region, b.Name, wholeBucket), values[:n]...)
}

// oneIf counts what has happened once or not.
func oneIf(ok bool) float64 {
	if ok {
		return 1
	}
	return 0
}

const (
	// storedEvery is how often what buckets hold is measured.
	storedEvery = 24 * time.Hour
	// storedAtOnce is how many rows one look at the store reads.
	storedAtOnce = 10_000
	// storedAtMost bounds what is read of one bucket.
	storedAtMost = 10_000_000
)

// Gauge measures what is in the buckets: once a day, and soon after a start.
func (s *Service) Gauge(ctx context.Context, m telemetry.Meter) error {
	day := s.Clock.Now().UnixNano() / int64(storedEvery)
	if s.storedDay.Swap(day) == day {
		return nil
	}
	var names []string
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		for row, err := range tx.Scan(kv.Prefix(kv.NewKey("", "", "s3", "bucket"))) {
			if err != nil {
				return fmt.Errorf("list buckets: %w", err)
			}
			var name string
			if err := row.Key.Scan(4, &name); err != nil {
				return fmt.Errorf("read bucket's key: %w", err)
			}
			names = append(names, name)
		}
		return nil
	})
	for _, name := range names {
		if err == nil {
			err = s.gaugeBucket(ctx, name, m)
		}
	}
	if err != nil {
		s.storedDay.Store(0)
	}
	return err
}

// stored is what a bucket holds.
type stored struct {
	objects float64
	bytes   map[string]float64 // by StorageType
}

// gaugeBucket measures one bucket.
func (s *Service) gaugeBucket(ctx context.Context, name string, m telemetry.Meter) error {
	b, sum, err := s.stored(ctx, name)
	if err != nil || b == nil {
		return err
	}
	metric := telemetry.Metric{Account: b.Account, Region: b.Region, Namespace: "AWS/S3"}
	measure := func(name, unit, class string, v float64) {
		metric.Name, metric.Unit = name, unit
		metric.Dimensions = []telemetry.Dimension{{Name: "BucketName", Value: b.Name}, {Name: "StorageType", Value: class}}
		m.Measure(metric, v)
	}
	measure("NumberOfObjects", "Count", "AllStorageTypes", sum.objects)
	for class, n := range sum.bytes {
		measure("BucketSizeBytes", "Bytes", class, n)
	}
	return nil
}

// stored adds up a bucket's versions, a part at a time.
func (s *Service) stored(ctx context.Context, name string) (b *bucket, sum stored, err error) {
	sum.bytes = map[string]float64{"StandardStorage": 0}
	for _, folder := range [...]string{"o", "v"} {
		var last kv.Key
		for read, more := 0, true; more && read < storedAtMost; read += storedAtOnce {
			err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
				if b, _, err = s.buckets.Get(tx, bucketKey(name)); err != nil || b == nil {
					more = false
					return err
				}
				last, more, err = sum.add(tx, b.key(folder), last)
				return err
			})
			if err != nil || b == nil {
				return nil, sum, err
			}
		}
	}
	return b, sum, nil
}

// add adds the rows of a folder after last.
func (sum *stored) add(tx *kv.Tx, folder, last kv.Key) (kv.Key, bool, error) {
	r := kv.Prefix(folder)
	if last != nil {
		r = r.After(last)
	}
	r.Limit = storedAtOnce
	n := 0
	for row, err := range kv.Scan[object](tx, r) {
		if err != nil {
			return nil, false, fmt.Errorf("read object: %w", err)
		}
		n, last = n+1, row.Key
		sum.objects++
		sum.bytes[storageType(row.Value.Headers.storageClass())] += float64(row.Value.Size)
	}
	return last, n == storedAtOnce, nil
}

// storageType is a storage class as metrics name it.
func storageType(class string) string {
	switch class {
	case "STANDARD_IA":
		return "StandardIAStorage"
	case "ONEZONE_IA":
		return "OneZoneIAStorage"
	case "REDUCED_REDUNDANCY":
		return "ReducedRedundancyStorage"
	case "GLACIER_IR":
		return "GlacierIRStorage"
	case "GLACIER":
		return "GlacierStorage"
	case "DEEP_ARCHIVE":
		return "DeepArchiveStorage"
	case "INTELLIGENT_TIERING":
		return "IntelligentTieringFAStorage"
	default:
		return "StandardStorage"
	}
}
