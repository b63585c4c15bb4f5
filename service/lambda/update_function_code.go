package lambda

import (
	"context"
	"slices"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// UpdateFunctionCode gives $LATEST another archive. Invocations that begin
// after it returns run the new code; those under way end with the old.
//
// Spec: Lambda API Reference, UpdateFunctionCode.
func (s *Service) UpdateFunctionCode(ctx context.Context, in *api.UpdateFunctionCodeInput) (*api.UpdateFunctionCodeOutput, error) {
	t, err := locateBare(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	if err := s.exists(ctx, t); err != nil {
		return nil, err // before the archive is read
	}
	a, err := s.storeArchive(ctx, codeSource{zip: in.ZipFile, bucket: in.S3Bucket, key: in.S3Key, version: in.S3ObjectVersion, image: in.ImageUri})
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
		if wire.Value(in.DryRun) {
			v := f.Latest
			v.Code = a
			out = f.configuration(&v, false)
			return nil
		}
		if err := s.replaceCode(tx, f, a, in.Architectures); err != nil {
			return err
		}
		out = f.configuration(&f.Latest, false)
		if wire.Value(in.Publish) {
			v, err := s.publish(tx, f, "")
			if err != nil {
				return err
			}
			out = f.configuration(v, true)
		}
		return kv.Put(tx, f.functionKey(f.Name), *f)
	})
	if err != nil {
		return nil, err
	}
	s.retire(t)
	return out, nil
}

// replaceCode sets the archive of $LATEST.
func (s *Service) replaceCode(tx *kv.Tx, f *function, a archive, architectures []string) error {
	v := &f.Latest
	if v.Code.Ref != a.Ref || architectures != nil && !slices.Equal(architectures, v.Architectures) {
		f.Published = false
	}
	if v.Code.Ref != a.Ref {
		if err := s.Blobs.Link(tx, a.Ref); err != nil {
			return err
		}
		if err := s.Blobs.Unlink(tx, v.Code.Ref); err != nil {
			return err
		}
	}
	v.Code = a
	if architectures != nil {
		v.Architectures = architectures
	}
	v.Revision, v.LastModified = s.newRevision(), s.Clock.Now()
	return nil
}

// exists fails when the function is not there.
func (s *Service) exists(ctx context.Context, t target) error {
	return s.Store.View(ctx, func(tx *kv.Tx) error {
		_, err := loadFunction(tx, t)
		return err
	})
}

// retire ends the environments of a function that changed. Other nodes notice
// by the revision, which is part of what an environment is kept under.
func (s *Service) retire(t target) {
	if s.pool != nil {
		s.pool.Retire(t.functionARN(t.name, latest))
	}
}
