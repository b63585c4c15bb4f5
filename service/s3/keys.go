package s3

import (
	"bytes"

	"maru.dev/maru/kv"
)

// bucketKey is where the bucket of a name is, whoever owns it.
func bucketKey(name string) kv.Key { return kv.NewKey("", "", "s3", "bucket", name) }

// namesKey holds the names of an account's buckets.
func namesKey(account string) kv.Key { return kv.NewKey(account, "", "s3", "names") }

// key returns a key of one of the bucket's folders.
func (b *bucket) key(folder string, parts ...any) kv.Key {
	return kv.NewKey(b.Account, b.Region, "s3", folder, b.ID).With(parts...)
}

func (b *bucket) settingKey(kind string) kv.Key     { return b.key("set", kind) }
func (b *bucket) objectKey(key string) kv.Key       { return b.key("o", key) }
func (b *bucket) markerKey(key string) kv.Key       { return b.key("m", key) }
func (b *bucket) nullKey(key string) kv.Key         { return b.key("null", key) }
func (b *bucket) dataKey(data string) kv.Key        { return b.key("d", data) }
func (b *bucket) partsKey(data string) kv.Key       { return b.key("p", data) }
func (b *bucket) uploadKey(key, id string) kv.Key   { return b.key("u", key, id) }
func (b *bucket) partKey(data string, n int) kv.Key { return b.key("p", data, n) }

// versionKey sorts a key's versions newest first.
func (b *bucket) versionKey(key string, seq uint64) kv.Key { return b.key("v", key, ^seq) }

// startingWith is the range of a folder's rows whose first part, after the
// bucket, begins with prefix: the encoded string without its end.
func (b *bucket) startingWith(folder, prefix string) kv.Range {
	from := b.key(folder, prefix)
	from = from[:len(from)-1]
	return kv.Range{From: from, To: append(bytes.Clone(from), 0xff)}
}

// behind is a string behind all keys that begin with prefix, and before all
// others that are behind those: keys are UTF-8, which has no byte 0xff.
func behind(prefix string) string { return prefix + "\xff" }
