// Package table is the storage of DynamoDB's tables: how a table is described,
// where its items, index rows, counters and expiry times are, and the one
// function through which an item changes, with everything that follows from it
// in the same transaction.
//
// Storage, below account, region and "dynamodb" (id is the table's, short and
// never used twice; partition is four bytes of hash and the encoded key):
//
//	table name                                     → Table
//	item id partition [sort]                       → size, item
//	index id index partition sort partition [sort] → size, projected item
//	ttl id second partition [sort]                 → nothing
//	count id, count index                          → items and their size
//	bytes id, bytes index                          → size, as earlier programs counted it
//
// Rows of a table lie in the order of their partitions' hashes, as Scan
// returns them, so that each segment of a parallel scan is one range. Within a
// partition they are in the order of the sort key.
//
// Invariants: an item has a row in each index whose keys it holds, and no
// other index row exists; the counters are the number and the sizes of the
// rows; a change to a table with a stream has exactly one record.
package table

import (
	"slices"
	"sync/atomic"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/stream"
)

// The states of a global secondary index.
const (
	Creating = "CREATING"
	Active   = "ACTIVE"
)

// The projections of an index.
const (
	All      = "ALL"
	KeysOnly = "KEYS_ONLY"
	Include  = "INCLUDE"
)

// Throughput is what a table or index has been provisioned with.
type Throughput struct {
	Read, Write    int64
	Increased      time.Time
	Decreased      time.Time
	DecreasesToday int64
}

// Limits are the maxima of on-demand throughput; zero is none.
type Limits struct{ Read, Write int64 }

// Table describes a table. It changes only by a new description, so readers
// share it.
type Table struct {
	ID      string
	UUID    string
	Name    string
	ARN     string
	Account string
	Region  string
	Created time.Time

	Types map[string]string // type of each key attribute: S, N or B
	Order []string          // their names as AttributeDefinitions lists them
	Hash  string
	Range string `cbor:",omitempty"`

	Provisioned bool
	OnDemandAt  time.Time // since when the table is billed by request
	Throughput  Throughput
	Limits      *Limits `cbor:",omitempty"`
	Warm        *Limits `cbor:",omitempty"`

	Locals  []*Index
	Globals []*Index

	Stream    *stream.Stream `cbor:",omitempty"` // the latest one
	TTL       string         `cbor:",omitempty"` // attribute; "" is off
	TTLFilled bool           `cbor:",omitempty"` // all items' times are known

	Tags          map[string]string `cbor:",omitempty"`
	Class         string            `cbor:",omitempty"`
	ClassChanged  time.Time
	Protected     bool
	KMS           bool   `cbor:",omitempty"`
	KMSKey        string `cbor:",omitempty"`
	Policy        string `cbor:",omitempty"`
	RecoveryDays  int32  `cbor:",omitempty"` // point in time recovery, which is only remembered; 0 is off
	RecoverySince time.Time

	items       kv.Key // prefix of the item rows
	expiry      kv.Key
	count       kv.Key
	bytes       kv.Key   // of earlier programs
	all         []*Index // Locals, then Globals
	streams     stream.Space
	streamTopic kv.Key
	missed      *atomic.Uint64 // items looked for in vain, see Missed
}

// Index describes a secondary index.
type Index struct {
	ID         string
	Name       string
	ARN        string
	Local      bool
	Hash       string
	Range      string `cbor:",omitempty"`
	Projection string
	NonKey     []string `cbor:",omitempty"`
	Status     string   // of a global one
	Throughput Throughput
	Limits     *Limits `cbor:",omitempty"`
	Warm       *Limits `cbor:",omitempty"`

	rows  kv.Key // prefix
	count kv.Key
	bytes kv.Key   // of earlier programs
	keep  []string // the attributes that a row holds, sorted; nil is all
	place int      // in Table.all
}

// root is where everything of DynamoDB is in an account and region.
func root(account, region string) kv.Key { return kv.NewKey(account, region, "dynamodb") }

// Key is where a table's description is.
func Key(account, region, name string) kv.Key {
	return kv.NewKey(account, region, "dynamodb", "table", name)
}

// Tables is the range of all tables' descriptions.
func Tables(account, region string) kv.Range { return kv.Prefix(root(account, region).With("table")) }

// derive fills in what follows from the description.
func (t *Table) derive() {
	r := root(t.Account, t.Region)
	t.items, t.expiry = r.With("item", t.ID), r.With("ttl", t.ID)
	t.count, t.bytes = r.With("count", t.ID), r.With("bytes", t.ID)
	t.missed = new(atomic.Uint64)
	t.streams = stream.In(t.Account, t.Region)
	if t.Stream != nil {
		t.streamTopic = topic(t.Stream.ARN(t.Region, t.Account))
	}
	t.all = slices.Concat(t.Locals, t.Globals)
	for i, x := range t.all {
		x.place = i
		x.rows = r.With("index", t.ID, x.ID)
		x.count, x.bytes = r.With("count", x.ID), r.With("bytes", x.ID)
		x.keep = t.kept(x)
	}
}

// kept lists the attributes that a row of x holds.
func (t *Table) kept(x *Index) []string {
	if x.Projection == All {
		return nil
	}
	keep := append([]string{t.Hash, x.Hash}, x.NonKey...)
	for _, name := range []string{t.Range, x.Range} {
		if name != "" {
			keep = append(keep, name)
		}
	}
	slices.Sort(keep)
	return slices.Compact(keep)
}

// Index returns the index of that name, or nil.
func (t *Table) Index(name string) *Index {
	for _, x := range t.all {
		if x.Name == name {
			return x
		}
	}
	return nil
}

// Indexes are all of t's, the local ones first.
func (t *Table) Indexes() []*Index { return t.all }

// Streaming tells whether changes are recorded.
func (t *Table) Streaming() bool { return t.Stream != nil && t.Stream.Status == stream.Enabled }

// IsKey tells whether name is one of t's own key attributes.
func (t *Table) IsKey(name string) bool { return name == t.Hash || t.Range != "" && name == t.Range }

// Keys are the names of t's key attributes.
func (t *Table) Keys() []string { return keyNames(t.Hash, t.Range) }

// Keys are the names of x's own key attributes.
func (x *Index) Keys() []string { return keyNames(x.Hash, x.Range) }

// keyNames lists a hash key and, if there is one, a range key.
func keyNames(hash, rng string) []string {
	if rng == "" {
		return []string{hash}
	}
	return []string{hash, rng}
}

// StartKeys are the names of what says where a scan of x left off: the index's
// keys and the table's.
func (t *Table) StartKeys(x *Index) []string {
	names := t.Keys()
	if x == nil {
		return names
	}
	for _, n := range x.Keys() {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

// KeyOf returns the key attributes of an item.
func (t *Table) KeyOf(item attr.Item) attr.Item { return pick(item, t.Keys()) }

// pick returns the attributes of item with one of the names.
func pick(item attr.Item, names []string) attr.Item {
	out := make(attr.Item, 0, len(names))
	for i := range item {
		if slices.Contains(names, item[i].Name) {
			out = append(out, item[i])
		}
	}
	return out
}

// Pick is pick for the positions of pages.
func Pick(item attr.Item, names []string) attr.Item { return pick(item, names) }

// Projects tells whether x's rows hold an attribute.
func (x *Index) Projects(name string) bool {
	if x.keep == nil {
		return true
	}
	_, kept := slices.BinarySearch(x.keep, name)
	return kept
}

// project returns what of item a row of x holds.
func (x *Index) project(item attr.Item) attr.Item {
	if x.keep == nil {
		return item
	}
	return pick(item, x.keep)
}
