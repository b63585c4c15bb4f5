package lambda

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// CreateFunction makes a function. When it returns, the function can be
// invoked: there is no pending state.
//
// Spec: Lambda API Reference, CreateFunction.
func (s *Service) CreateFunction(ctx context.Context, in *api.CreateFunctionInput) (*api.CreateFunctionOutput, error) {
	t, err := locateBare(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	if t.qualifier != "" {
		return nil, invalid("The function name %q must not have a qualifier.", in.FunctionName)
	}
	v, err := s.newVersion(in)
	if err != nil {
		return nil, err
	}
	if err := s.refuseExisting(ctx, t); err != nil {
		return nil, err // before the archive is read
	}
	if err := s.checkRole(ctx, t, &in.Role); err != nil {
		return nil, err
	}
	c := in.Code
	v.Code, err = s.storeArchive(ctx, codeSource{zip: c.ZipFile, bucket: c.S3Bucket, key: c.S3Key, version: c.S3ObjectVersion, image: c.ImageUri})
	if err != nil {
		return nil, err
	}
	var out *api.FunctionConfiguration
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, ok, err := kv.Get[function](tx, t.functionKey(t.name)); err != nil || ok {
			return existing(ok, err, t)
		}
		f := function{home: t.home, Name: t.name, Latest: v, Tags: in.Tags}
		if f.LastVersion, err = s.lastVersion(tx, t); err != nil {
			return err
		}
		if err := useLayers(tx, &f.Latest, in.Layers); err != nil {
			return err
		}
		if err := s.link(tx, &f.Latest); err != nil {
			return err
		}
		out = f.configuration(&f.Latest, false)
		if wire.Value(in.Publish) {
			published, err := s.publish(tx, &f, wire.Value(in.Description))
			if err != nil {
				return err
			}
			out = f.configuration(published, true)
		}
		return kv.Put(tx, f.functionKey(f.Name), f)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// newVersion makes the $LATEST that a request describes, without its code.
func (s *Service) newVersion(in *api.CreateFunctionInput) (version, error) {
	v := version{Version: latest, Revision: s.newRevision(), LastModified: s.Clock.Now(), settings: newSettings()}
	if in.PackageType != nil && *in.PackageType != api.PackageTypeZip {
		return v, invalid("maru has no container engine for functions: package the function as a zip archive.")
	}
	if in.Runtime == nil || in.Handler == nil {
		return v, invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	}
	if in.Code == nil {
		return v, invalid("Please provide a source for function code.")
	}
	if len(in.Architectures) > 0 {
		v.Architectures = in.Architectures
	}
	if err := checkTags(in.Tags); err != nil {
		return v, err
	}
	return v, s.apply(&v, changes{
		Runtime: in.Runtime, Handler: in.Handler, Role: &in.Role, Description: in.Description, Timeout: in.Timeout,
		Memory: in.MemorySize, Environment: in.Environment, DeadLetter: in.DeadLetterConfig, Tracing: in.TracingConfig,
		VPC: in.VpcConfig, KMSKey: in.KMSKeyArn, FileSystems: in.FileSystemConfigs, Ephemeral: in.EphemeralStorage,
		SnapStart: in.SnapStart, Logging: in.LoggingConfig,
	})
}

// refuseExisting fails when the function is there already.
func (s *Service) refuseExisting(ctx context.Context, t target) error {
	return s.Store.View(ctx, func(tx *kv.Tx) error {
		_, ok, err := tx.Get(t.functionKey(t.name))
		return existing(ok, err, t)
	})
}

// existing is the answer to a name that is taken.
func existing(taken bool, err error, t target) error {
	switch {
	case err != nil:
		return fmt.Errorf("look for function: %w", err)
	case taken:
		return conflict("Function already exist: %s", t.name)
	}
	return nil
}

// lastVersion returns the number of the last version that a function of this
// name published before it was deleted: numbers are not used again.
func (s *Service) lastVersion(tx *kv.Tx, t target) (uint64, error) {
	n, err := tx.Count(t.key("n", t.name))
	if err != nil {
		return 0, fmt.Errorf("read last version: %w", err)
	}
	return uint64(n), nil
}
