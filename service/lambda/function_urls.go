package lambda

import (
	"fmt"

	"maru.dev/maru/kv"
)

// deleteURL removes the function URL of a qualifier, if there is one.
func deleteURL(tx *kv.Tx, f *function, qualifier string) error {
	u, ok, err := kv.Get[functionURL](tx, f.urlKey(f.Name, qualifier))
	if err != nil {
		return fmt.Errorf("load function URL: %w", err)
	}
	if !ok {
		return nil
	}
	if err := tx.Delete(urlIDKey(u.ID)); err != nil {
		return err
	}
	return tx.Delete(f.urlKey(f.Name, qualifier))
}
