package lambda

import (
	"context"
	"fmt"
	"strconv"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// PublishVersion fixes $LATEST as a version with a number. When nothing changed
// since the last one, it returns that one.
//
// Spec: Lambda API Reference, PublishVersion.
func (s *Service) PublishVersion(ctx context.Context, in *api.PublishVersionInput) (*api.PublishVersionOutput, error) {
	t, err := locateBare(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	var out *api.FunctionConfiguration
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		f, err := loadFunction(tx, t)
		if err != nil {
			return err
		}
		if err := checkRevision(in.RevisionId, f.Latest.Revision, "GetFunction/GetAlias"); err != nil {
			return err
		}
		if in.CodeSha256 != nil && *in.CodeSha256 != "" && *in.CodeSha256 != f.Latest.Code.SHA256 {
			return invalid("CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). Please try again with the CodeSHA256 in $LATEST.", *in.CodeSha256, f.Latest.Code.SHA256)
		}
		v, err := s.publish(tx, f, wire.Value(in.Description))
		if err != nil {
			return err
		}
		out = f.configuration(v, true)
		return kv.Put(tx, f.functionKey(f.Name), *f)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// publish fixes $LATEST of f, which the caller stores afterwards.
func (s *Service) publish(tx *kv.Tx, f *function, description string) (*version, error) {
	if f.Published {
		last, ok, err := kv.Get[version](tx, f.versionKey(f.Name, f.LastVersion))
		if err != nil {
			return nil, fmt.Errorf("load version: %w", err)
		}
		if ok {
			return &last, nil
		}
	}
	f.LastVersion++
	v := f.Latest
	v.Version = strconv.FormatUint(f.LastVersion, 10)
	v.Revision, v.LastModified = s.newRevision(), s.Clock.Now()
	if description != "" {
		v.Description = description
	}
	if err := s.link(tx, &v); err != nil {
		return nil, err
	}
	if err := tx.Add(f.key("n", f.Name), 1); err != nil {
		return nil, fmt.Errorf("count version: %w", err)
	}
	f.Published = true
	return &v, kv.Put(tx, f.versionKey(f.Name, f.LastVersion), v)
}
