package ssm

import (
	"context"
	"errors"
	"slices"
	"strconv"

	api "maru.dev/maru/api/ssm"
	"maru.dev/maru/kv"
)

// GetParameter returns a parameter's newest version, or the one that a selector
// after its name says, by number or label.
//
// Spec: Systems Manager API Reference, GetParameter.
func (s *Service) GetParameter(ctx context.Context, in *api.GetParameterInput) (*api.GetParameterOutput, error) {
	var found api.Parameter
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		found, err = selected(tx, homeOf(ctx), in.Name, in.WithDecryption)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.GetParameterOutput{Parameter: &found}, nil
}

// selected reads a parameter by its name with a selector.
func selected(tx *kv.Tx, h home, name string, decrypt *bool) (api.Parameter, error) {
	bare, selector := splitSelector(name)
	p, err := load(tx, h, bare)
	if err != nil {
		return api.Parameter{}, err
	}
	if selector == "" {
		return p.render(h, p.Newest, decrypt), nil
	}
	n, err := strconv.ParseInt(selector, 10, 64)
	if err != nil {
		n = p.Labels[selector]
	}
	v, ok, err := loadVersion(tx, h, &p, n)
	if err != nil {
		return api.Parameter{}, err
	}
	if !ok {
		return api.Parameter{}, noVersion(bare, selector)
	}
	out := p.render(h, v, decrypt)
	out.Selector = new(":" + selector)
	return out, nil
}

// GetParameters returns some parameters by name, and names those that are not
// there.
//
// Spec: Systems Manager API Reference, GetParameters.
func (s *Service) GetParameters(ctx context.Context, in *api.GetParametersInput) (*api.GetParametersOutput, error) {
	h := homeOf(ctx)
	out := &api.GetParametersOutput{}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		out.Parameters, out.InvalidParameters = []api.Parameter{}, []string{}
		for i, name := range in.Names {
			if slices.Contains(in.Names[:i], name) {
				continue
			}
			p, err := selected(tx, h, name, in.WithDecryption)
			switch {
			case err == nil:
				out.Parameters = append(out.Parameters, p)
			case absent(err):
				out.InvalidParameters = append(out.InvalidParameters, name)
			default:
				return err
			}
		}
		return nil
	})
	return out, err
}

// absent says that an error is of a parameter or version that is not there.
func absent(err error) bool {
	_, noParameter := errors.AsType[*api.ParameterNotFound](err)
	_, noVersion := errors.AsType[*api.ParameterVersionNotFound](err)
	return noParameter || noVersion
}
