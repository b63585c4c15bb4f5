package lambda

import (
	"context"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/kv"
)

// UpdateFunctionConfiguration changes the settings of $LATEST.
//
// Spec: Lambda API Reference, UpdateFunctionConfiguration.
func (s *Service) UpdateFunctionConfiguration(ctx context.Context, in *api.UpdateFunctionConfigurationInput) (*api.UpdateFunctionConfigurationOutput, error) {
	t, err := locateBare(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	if err := s.checkRole(ctx, t, in.Role); err != nil {
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
		if err := s.reconfigure(tx, f, in); err != nil {
			return err
		}
		out = f.configuration(&f.Latest, false)
		return kv.Put(tx, f.functionKey(f.Name), *f)
	})
	if err != nil {
		return nil, err
	}
	s.retire(t)
	return out, nil
}

// reconfigure changes $LATEST of f as in says.
func (s *Service) reconfigure(tx *kv.Tx, f *function, in *api.UpdateFunctionConfigurationInput) error {
	before, description, role := f.Latest.settings, f.Latest.Description, f.Latest.Role
	v := &f.Latest
	err := s.apply(v, changes{
		Runtime: in.Runtime, Handler: in.Handler, Role: in.Role, Description: in.Description, Timeout: in.Timeout,
		Memory: in.MemorySize, Environment: in.Environment, DeadLetter: in.DeadLetterConfig, Tracing: in.TracingConfig,
		VPC: in.VpcConfig, KMSKey: in.KMSKeyArn, FileSystems: in.FileSystemConfigs, Ephemeral: in.EphemeralStorage,
		SnapStart: in.SnapStart, Logging: in.LoggingConfig,
	})
	if err != nil {
		return err
	}
	if in.Layers != nil {
		old := version{settings: settings{Code: v.Code, Layers: v.Layers}}
		if err := useLayers(tx, v, in.Layers); err != nil {
			return err
		}
		if err := s.link(tx, v); err != nil {
			return err
		}
		if err := s.unlink(tx, &old); err != nil {
			return err
		}
	}
	if !before.same(v.settings) || description != v.Description || role != v.Role {
		f.Published = false
	}
	v.Revision, v.LastModified = s.newRevision(), s.Clock.Now()
	return nil
}
