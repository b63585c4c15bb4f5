package schemas

import (
	"iter"
	"time"

	api "maru.dev/maru/api/schemas"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/schemas/aws"
)

// published is when the schemas of aws.events were written.
func published() time.Time { return time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC) }

// schemaOf is the row that one of AWS's schemas would have.
func schemaOf(s aws.Schema) schema {
	return schema{Registry: awsRegistry, Name: s.Name, Type: api.TypeOpenApi3, Newest: 1, Last: 1, Versions: 1, Modified: published()}
}

// versionOf is the row that its one version would have.
func versionOf(s aws.Schema) version {
	return version{N: 1, Type: api.TypeOpenApi3, Content: s.Content, Created: published()}
}

// schemasIn goes over the schemas of a registry whose names come after one.
func schemasIn(tx *kv.Tx, h home, registry, after string) iter.Seq2[schema, error] {
	return func(yield func(schema, error) bool) {
		if registry == awsRegistry {
			for _, s := range aws.Schemas() {
				if s.Name > after && !yield(schemaOf(s), nil) {
					return
				}
			}
			return
		}
		r := kv.Prefix(h.key("s", registry))
		if after != "" {
			r = r.After(h.schemaKey(registry, after))
		}
		for row, err := range kv.Scan[schema](tx, r) {
			if !yield(row.Value, err) {
				return
			}
		}
	}
}

// versionsOf goes over the versions of a schema, newest first, that are older
// than one; 0 is any.
func versionsOf(tx *kv.Tx, h home, sc *schema, before int64) iter.Seq2[version, error] {
	return func(yield func(version, error) bool) {
		if sc.Registry == awsRegistry {
			if s, ok := aws.Find(sc.Name); ok && before == 0 {
				yield(versionOf(s), nil)
			}
			return
		}
		r := kv.Prefix(h.key("v", sc.Registry, sc.Name))
		r.Reverse = true
		if before != 0 {
			r = r.After(h.versionKey(sc.Registry, sc.Name, before))
		}
		for row, err := range kv.Scan[version](tx, r) {
			if !yield(row.Value, err) {
				return
			}
		}
	}
}
