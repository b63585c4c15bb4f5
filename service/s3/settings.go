package s3

import (
	"context"
	"encoding/json"
	"fmt"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
)

// The kinds of a bucket's configurations that have a row of their own.
const (
	settingTags       = "tags"
	settingPolicy     = "policy"
	settingCORS       = "cors"
	settingWebsite    = "website"
	settingEncryption = "encryption"
	settingLifecycle  = "lifecycle"
	settingPublic     = "public"
)

// putSetting stores a bucket's configuration of a kind.
func putSetting[T any](ctx context.Context, s *Service, name string, owner *string, kind string, value T) error {
	return s.update(ctx, name, owner, func(tx *kv.Tx, b *bucket) error {
		return kv.Put(tx, b.settingKey(kind), value)
	})
}

// getSetting reads a bucket's configuration of a kind; missing is the answer
// where there is none.
func getSetting[T any](ctx context.Context, s *Service, name string, owner *string, kind string, missing func(bucket string) error) (value T, err error) {
	err = s.view(ctx, name, owner, func(tx *kv.Tx, b *bucket) error {
		var ok bool
		value, ok, err = kv.Get[T](tx, b.settingKey(kind))
		switch {
		case err != nil:
			return fmt.Errorf("load %s configuration: %w", kind, err)
		case !ok:
			return missing(name)
		}
		return nil
	})
	return value, err
}

// deleteSetting removes a bucket's configuration of a kind, if there is one.
func deleteSetting(ctx context.Context, s *Service, name string, owner *string, kind string) error {
	return s.update(ctx, name, owner, func(tx *kv.Tx, b *bucket) error {
		return tx.Delete(b.settingKey(kind))
	})
}

// none returns the error of a configuration that is not there.
func none(code, message string) func(bucket string) error {
	return func(name string) error { return fault(404, code, message, "BucketName", name) }
}

// answer is a reply, or none where there is an error.
func answer[T any](out *T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return out, nil
}

// isObject tells whether text is a JSON object.
func isObject(text string) bool {
	var doc map[string]json.RawMessage
	return json.Unmarshal([]byte(text), &doc) == nil && doc != nil
}

// zero answers where a configuration that is not there reads as an empty one.
func zero(string) error { return nil }

var _ api.Service = (*Service)(nil)
