package s3

import (
	"context"
	"fmt"
	"strings"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// maxBuckets is how many buckets one page may have.
const maxBuckets = 10_000

// ListBuckets lists the caller's buckets in all regions. Without a page size
// they come at once.
//
// Spec: S3 API Reference, ListBuckets.
func (s *Service) ListBuckets(ctx context.Context, in *api.ListBucketsInput) (*api.ListBucketsOutput, error) {
	limit := maxBuckets
	if in.MaxBuckets != nil {
		if limit = int(*in.MaxBuckets); limit < 1 || limit > maxBuckets {
			return nil, invalidArgument("max-buckets", fmt.Sprint(limit), "Argument max-buckets must be an integer between 1 and 10000")
		}
	}
	account := call.From(ctx).Account
	list := namesKey(account)
	rows, ok := service.AfterToken(list, kv.Prefix(list), in.ContinuationToken)
	if !ok {
		return nil, invalidArgument("continuation-token", *in.ContinuationToken, "The continuation token provided is incorrect")
	}
	out := &api.ListBucketsOutput{Buckets: []api.Bucket{}, Owner: ownerOf(account), Prefix: in.Prefix}
	paged := in.MaxBuckets != nil || in.Prefix != nil || in.BucketRegion != nil || in.ContinuationToken != nil
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		for row, err := range tx.Scan(rows) {
			if err != nil {
				return fmt.Errorf("list buckets: %w", err)
			}
			var name string
			if err := row.Key.Scan(4, &name); err != nil {
				return fmt.Errorf("list buckets: %w", err)
			}
			if !strings.HasPrefix(name, wire.Value(in.Prefix)) {
				continue
			}
			b, ok, err := s.buckets.Get(tx, bucketKey(name))
			if err != nil {
				return fmt.Errorf("load bucket: %w", err)
			}
			if !ok || in.BucketRegion != nil && *in.BucketRegion != b.Region {
				continue
			}
			if n := len(out.Buckets); n == limit {
				out.ContinuationToken = service.RowToken(list, list.With(*out.Buckets[n-1].Name))
				return nil
			}
			line := api.Bucket{Name: &b.Name, CreationDate: &b.Created}
			if paged {
				line.BucketRegion = &b.Region
			}
			out.Buckets = append(out.Buckets, line)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
