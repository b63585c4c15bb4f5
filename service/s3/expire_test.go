package s3_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/s3"
)

// newExpiring is a bucket with rules, at half past ten on a known day.
func newExpiring(t *testing.T, versions bool, rules ...types.LifecycleRule) (*bench, *clock.Fake) {
	t.Helper()
	c := clock.NewFake(time.Date(2026, 3, 4, 10, 30, 0, 0, time.UTC))
	env := testenv.NewWith(t, testenv.Options{Clock: c}, s3.Registration())
	b := &bench{env, t, env.S3(), aws.String("the-bucket")}
	ctx := t.Context()
	if _, err := b.s3.CreateBucket(ctx, &client.CreateBucketInput{Bucket: b.bucket}); err != nil {
		t.Fatal(err)
	}
	if versions {
		if _, err := b.s3.PutBucketVersioning(ctx, &client.PutBucketVersioningInput{Bucket: b.bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: "Enabled"}}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range rules {
		rules[i].Status = "Enabled"
	}
	_, err := b.s3.PutBucketLifecycleConfiguration(ctx, &client.PutBucketLifecycleConfigurationInput{Bucket: b.bucket, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: rules}})
	if err != nil {
		t.Fatal(err)
	}
	return b, c
}

// store puts an object.
func (b *bench) store(key string, size int, tagging string) {
	b.t.Helper()
	in := &client.PutObjectInput{Bucket: b.bucket, Key: &key, Body: bytes.NewReader(make([]byte, size))}
	if tagging != "" {
		in.Tagging = &tagging
	}
	if _, err := b.s3.PutObject(b.t.Context(), in); err != nil {
		b.t.Fatal(err)
	}
}

// versions lists "key" for objects, "key!" for delete markers, newest first.
func (b *bench) versions() string {
	b.t.Helper()
	out, err := b.s3.ListObjectVersions(b.t.Context(), &client.ListObjectVersionsInput{Bucket: b.bucket})
	if err != nil {
		b.t.Fatal(err)
	}
	var list []string
	for _, v := range out.Versions {
		list = append(list, *v.Key)
	}
	for _, m := range out.DeleteMarkers {
		list = append(list, *m.Key+"!")
	}
	return strings.Join(list, " ")
}

// become waits until the bucket's versions are as they should be.
func (b *bench) become(want string) {
	b.t.Helper()
	testenv.Eventually(b.t, "the versions are "+strconv.Quote(want), func() bool { return b.versions() == want })
}

func TestObjectsExpireAtTheMidnightThatTheirRuleSays(t *testing.T) {
	t.Parallel()
	prefix := func(p string) *types.LifecycleRuleFilter { return &types.LifecycleRuleFilter{Prefix: &p} }
	days := func(n int32) *types.LifecycleExpiration { return &types.LifecycleExpiration{Days: &n} }
	b, c := newExpiring(t, false,
		types.LifecycleRule{ID: aws.String("tmp"), Filter: prefix("tmp/"), Expiration: days(1)},
		types.LifecycleRule{ID: aws.String("day"), Filter: prefix("dated/"), Expiration: &types.LifecycleExpiration{Date: aws.Time(time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC))}},
		types.LifecycleRule{Expiration: days(2), Filter: &types.LifecycleRuleFilter{And: &types.LifecycleRuleAndOperator{
			Prefix: aws.String("big/"), ObjectSizeGreaterThan: aws.Int64(10), Tags: []types.Tag{{Key: aws.String("keep"), Value: aws.String("no")}},
		}}},
	)
	b.store("a", 1, "")
	b.store("big/no-tag", 11, "")
	b.store("big/small", 10, "keep=no")
	b.store("big/yes", 11, "keep=no&x=y")
	b.store("dated/a", 1, "")
	b.store("tmp/a", 1, "")
	head, err := b.s3.HeadObject(t.Context(), &client.HeadObjectInput{Bucket: b.bucket, Key: aws.String("tmp/a")})
	if err != nil || aws.ToString(head.Expiration) != `expiry-date="Fri, 06 Mar 2026 00:00:00 GMT", rule-id="tmp"` {
		t.Errorf("expiration %q, %v", aws.ToString(head.Expiration), err)
	}
	if head, err := b.s3.HeadObject(t.Context(), &client.HeadObjectInput{Bucket: b.bucket, Key: aws.String("a")}); err != nil || head.Expiration != nil {
		t.Errorf("expiration of what stays: %q, %v", aws.ToString(head.Expiration), err)
	}
	all := "a big/no-tag big/small big/yes dated/a tmp/a"
	c.Advance(13*time.Hour + 30*time.Minute) // the 5th, 0:00
	c.Advance(23*time.Hour + 59*time.Minute) // the 5th, 23:59
	if diff := cmp.Diff(all, b.versions()); diff != "" {
		t.Errorf("a minute early (-want +got):\n%s", diff)
	}
	c.Advance(time.Minute)
	b.become("a big/no-tag big/small big/yes dated/a")
	c.Advance(24 * time.Hour)
	b.become("a big/no-tag big/small dated/a")
	c.Advance(24 * time.Hour)
	b.become("a big/no-tag big/small")
	if _, err := b.s3.DeleteBucketLifecycle(t.Context(), &client.DeleteBucketLifecycleInput{Bucket: b.bucket}); err != nil {
		t.Error(err)
	}
}

func TestVersionsExpireByTheTimeThatTheyAreNotCurrent(t *testing.T) {
	t.Parallel()
	b, c := newExpiring(t, true,
		types.LifecycleRule{Filter: &types.LifecycleRuleFilter{Prefix: aws.String("n/")}, NoncurrentVersionExpiration: &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(2), NewerNoncurrentVersions: aws.Int32(1)}},
		types.LifecycleRule{Filter: &types.LifecycleRuleFilter{Prefix: aws.String("e/")}, Expiration: &types.LifecycleExpiration{Days: aws.Int32(1)}, NoncurrentVersionExpiration: &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(1)}},
	)
	for range 4 {
		b.store("n/a", 1, "")
		c.Advance(time.Second)
	}
	b.store("e/a", 1, "")
	b.become("e/a n/a n/a n/a n/a")
	c.Advance(37*time.Hour + 30*time.Minute) // past the 6th, 0:00: hidden by a marker
	b.become("e/a n/a n/a n/a n/a e/a!")
	c.Advance(24 * time.Hour) // the 7th: two of n/a are two days old and have a newer one that is not current
	b.become("e/a n/a n/a e/a!")
	c.Advance(24 * time.Hour) // the 8th: e/a is a day old
	b.become("n/a n/a e/a!")
	c.Advance(24 * time.Hour) // nothing is left behind the marker
	b.become("n/a n/a")
}

func TestUploadsThatNobodyCompletesEnd(t *testing.T) {
	t.Parallel()
	b, c := newExpiring(t, false, types.LifecycleRule{
		Filter: &types.LifecycleRuleFilter{Prefix: aws.String("up/")}, AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(1)},
	})
	for _, key := range []string{"up/a", "other"} {
		if _, err := b.s3.CreateMultipartUpload(t.Context(), &client.CreateMultipartUploadInput{Bucket: b.bucket, Key: &key}); err != nil {
			t.Fatal(err)
		}
	}
	b.store("up/kept", 1, "")
	c.Advance(40 * time.Hour)
	testenv.Eventually(t, "one upload is left", func() bool {
		out, err := b.s3.ListMultipartUploads(t.Context(), &client.ListMultipartUploadsInput{Bucket: b.bucket})
		if err != nil {
			t.Fatal(err)
		}
		return len(out.Uploads) == 1 && *out.Uploads[0].Key == "other"
	})
	b.become("up/kept")
}

func TestLifecycleRulesThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tag := &types.LifecycleRuleFilter{Tag: &types.Tag{Key: aws.String("a"), Value: aws.String("b")}}
	tests := map[string]struct {
		rule types.LifecycleRule
		want string
	}{
		"a date in the day":         {types.LifecycleRule{Expiration: &types.LifecycleExpiration{Date: aws.Time(time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC))}}, "InvalidArgument"},
		"uploads with tags":         {types.LifecycleRule{Filter: tag, AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(1)}}, "InvalidRequest"},
		"markers with tags":         {types.LifecycleRule{Filter: tag, Expiration: &types.LifecycleExpiration{ExpiredObjectDeleteMarker: aws.Bool(true)}}, "InvalidRequest"},
		"no days of an upload":      {types.LifecycleRule{AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{}}, "InvalidArgument"},
		"versions after no days":    {types.LifecycleRule{NoncurrentVersionExpiration: &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(0)}}, "InvalidArgument"},
		"a rule that does nothing":  {types.LifecycleRule{}, "InvalidRequest"},
		"objects after no days":     {types.LifecycleRule{Expiration: &types.LifecycleExpiration{Days: aws.Int32(0)}}, "InvalidArgument"},
		"days and a date, together": {types.LifecycleRule{Expiration: &types.LifecycleExpiration{Days: aws.Int32(1), Date: aws.Time(time.Unix(0, 0))}}, "MalformedXML"},
	}
	for name, tt := range tests {
		tt.rule.Status = "Enabled"
		if tt.rule.Filter == nil {
			tt.rule.Filter = &types.LifecycleRuleFilter{Prefix: aws.String("")}
		}
		_, err := b.s3.PutBucketLifecycleConfiguration(t.Context(), &client.PutBucketLifecycleConfigurationInput{
			Bucket: b.bucket, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{tt.rule}},
		})
		if got := code(err); got != tt.want {
			t.Errorf("%s: %q (%v), want %q", name, got, err, tt.want)
		}
	}
}
