package cloudformation

import (
	"context"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/kv"
)

// ListExports lists the exports of a home, by name.
//
// Spec: CloudFormation API Reference, ListExports.
func (s *Service) ListExports(ctx context.Context, in *api.ListExportsInput) (*api.ListExportsOutput, error) {
	h := homeOf(ctx)
	var all []export
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		for row, err := range kv.Scan[export](tx, kv.Prefix(h.key("x"))) {
			if err != nil {
				return err
			}
			all = append(all, row.Value)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all, next, err := page(all, in.NextToken, "ListExports")
	if err != nil {
		return nil, err
	}
	out := &api.ListExportsOutput{NextToken: next, Exports: []api.Export{}}
	for i := range all {
		out.Exports = append(out.Exports, api.Export{ExportingStackId: &all[i].StackARN, Name: &all[i].Name, Value: &all[i].Value})
	}
	return out, nil
}

// ListImports lists the stacks that use an export.
//
// Spec: CloudFormation API Reference, ListImports.
func (s *Service) ListImports(ctx context.Context, in *api.ListImportsInput) (*api.ListImportsOutput, error) {
	h := homeOf(ctx)
	var all []string
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		if _, ok, err := kv.Get[export](tx, h.exportKey(in.ExportName)); err != nil {
			return err
		} else if !ok {
			return invalid("Export '%s' does not exist.", in.ExportName)
		}
		if all, err = importers(tx, h, in.ExportName); err == nil && len(all) == 0 {
			return invalid("Export '%s' is not imported by any stack.", in.ExportName)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	all, next, err := page(all, in.NextToken, "ListImports", in.ExportName)
	if err != nil {
		return nil, err
	}
	return &api.ListImportsOutput{NextToken: next, Imports: all}, nil
}
