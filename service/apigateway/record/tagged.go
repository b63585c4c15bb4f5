package record

import (
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/rows"
)

// Tagged is something with tags.
type Tagged struct {
	Tags map[string]string
	Save func(tags map[string]string) error
}

// TagsOf finds the tags of a record.
func TagsOf[T any](tx *kv.Tx, t rows.Table[T], tags func(*T) *map[string]string, at service.Home, ids ...string) (Tagged, error) {
	v, err := t.Need(tx, at, ids...)
	if err != nil {
		return Tagged{}, err
	}
	return Tagged{*tags(&v), func(now map[string]string) error {
		*tags(&v) = now
		return t.Put(tx, v, at, ids...)
	}}, nil
}
