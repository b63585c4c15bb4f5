package s3

import (
	"context"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
)

// DeleteBucket deletes a bucket that holds nothing any more. Uploads that are
// under way in it end.
//
// Spec: S3 API Reference, DeleteBucket.
func (s *Service) DeleteBucket(ctx context.Context, in *api.DeleteBucketInput) (*api.DeleteBucketOutput, error) {
	err := s.update(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		for _, folder := range []string{"o", "m", "v"} {
			empty, err := isEmpty(tx, b.key(folder))
			if err != nil {
				return err
			}
			if !empty && folder == "o" && !b.versioned() {
				return fault(409, "BucketNotEmpty", "The bucket you tried to delete is not empty", "BucketName", b.Name)
			}
			if !empty {
				return fault(409, "BucketNotEmpty", "The bucket you tried to delete is not empty. You must delete all versions in the bucket.", "BucketName", b.Name)
			}
		}
		for row, err := range kv.Scan[upload](tx, kv.Prefix(b.key("u"))) {
			if err != nil {
				return err
			}
			if err := s.release(tx, b, row.Value.ID, s.Clock.Now()); err != nil {
				return err
			}
		}
		for _, folder := range []string{"set", "u", "null"} {
			if err := tx.DeleteRange(kv.Prefix(b.key(folder))); err != nil {
				return err
			}
		}
		if err := tx.Delete(namesKey(b.Account).With(b.Name)); err != nil {
			return err
		}
		return tx.Delete(bucketKey(b.Name))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteBucketOutput{}, nil
}

// isEmpty tells whether a folder has no rows.
func isEmpty(tx *kv.Tx, folder kv.Key) (bool, error) {
	rows := kv.Prefix(folder)
	rows.Limit = 1
	for _, err := range tx.Scan(rows) {
		return false, err
	}
	return true, nil
}
