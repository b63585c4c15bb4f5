package lambda

import (
	"context"
	"fmt"
	"strings"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/kv"
)

// DeleteFunction removes a function with all of its versions, or one version.
// Event source mappings stay, as on AWS.
//
// Spec: Lambda API Reference, DeleteFunction.
func (s *Service) DeleteFunction(ctx context.Context, in *api.DeleteFunctionInput) (*api.DeleteFunctionOutput, error) {
	t, err := locate(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if t.qualifier == latest {
		return nil, invalid("$LATEST version cannot be deleted without deleting the function.")
	}
	if isAlias(t.qualifier) {
		return nil, invalid("Deletion of aliases is not currently supported.")
	}
	var gone []string // qualifiers whose environments are to end
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		f, err := loadFunction(tx, t)
		if err != nil {
			return err
		}
		if t.qualifier != "" {
			gone = []string{t.qualifier}
			return s.deleteVersion(tx, f, t.qualifier)
		}
		gone, err = s.deleteAll(tx, f)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, qualifier := range gone {
		if s.pool != nil {
			s.pool.Retire(t.functionARN(t.name, qualifier))
		}
	}
	return &api.DeleteFunctionOutput{}, nil
}

// deleteVersion removes one published version.
func (s *Service) deleteVersion(tx *kv.Tx, f *function, name string) error {
	v, err := loadVersion(tx, f, name)
	if err != nil {
		return err
	}
	var users []string
	for row, err := range kv.Scan[alias](tx, kv.Prefix(f.key("a", f.Name))) {
		if err != nil {
			return fmt.Errorf("list aliases: %w", err)
		}
		if _, weighted := row.Value.Weights[name]; weighted || row.Value.Version == name {
			users = append(users, row.Value.Name)
		}
	}
	if len(users) > 0 {
		return conflict("Unable to delete version because the following aliases reference it: [%s]", strings.Join(users, ", "))
	}
	if err := s.unlink(tx, v); err != nil {
		return err
	}
	n, _ := number(name)
	if err := deleteQualified(tx, f, name); err != nil {
		return err
	}
	return tx.Delete(f.versionKey(f.Name, n))
}

// deleteQualified removes what hangs on one qualifier.
func deleteQualified(tx *kv.Tx, f *function, qualifier string) error {
	if err := deleteURL(tx, f, qualifier); err != nil {
		return err
	}
	if err := deleteProvisioned(tx, f.home, f.Name, qualifier); err != nil {
		return err
	}
	for _, key := range []kv.Key{
		f.policyKey(f.Name, qualifier), f.invokeConfigKey(f.Name, qualifier),
	} {
		if err := tx.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// deleteAll removes a function and everything that is its own.
func (s *Service) deleteAll(tx *kv.Tx, f *function) (gone []string, err error) {
	gone = []string{latest}
	if err := s.unlink(tx, &f.Latest); err != nil {
		return nil, err
	}
	for row, err := range kv.Scan[version](tx, kv.Prefix(f.key("v", f.Name))) {
		if err != nil {
			return nil, fmt.Errorf("list versions: %w", err)
		}
		gone = append(gone, row.Value.Version)
		if err := s.unlink(tx, &row.Value); err != nil {
			return nil, err
		}
	}
	for row, err := range kv.Scan[functionURL](tx, kv.Prefix(f.key("u", f.Name))) {
		if err != nil {
			return nil, fmt.Errorf("list URLs: %w", err)
		}
		if err := tx.Delete(urlIDKey(row.Value.ID)); err != nil {
			return nil, err
		}
	}
	if f.Reserved != nil {
		if err := tx.Add(f.key("r"), -int64(*f.Reserved)); err != nil {
			return nil, err
		}
	}
	tx.Wake(provisionedIndex())
	if err := tx.DeleteRange(kv.Prefix(provisionedIndex().With(f.Account, f.Region, f.Name))); err != nil {
		return nil, err
	}
	for _, folder := range []string{"v", "a", "p", "e", "u", "c"} {
		if err := tx.DeleteRange(kv.Prefix(f.key(folder, f.Name))); err != nil {
			return nil, err
		}
	}
	return gone, tx.Delete(f.functionKey(f.Name))
}
