// Package stream is the log of item changes that DynamoDB writes and DynamoDB
// Streams reads: the layout of its rows, and both ways through them. It is the
// one thing that the two services share, since it is the same data behind two
// APIs.
//
// Storage, below account, region and "dynamodb":
//
//	stream table label            → Stream
//	log id shard version index    → Record, by kv.PutAtCommit
//	trim id shard                 → the last Position that has been removed
//
// A shard's rows are in the order of commits, so one item's records are in the
// order of its changes: all of a partition key's items are in one shard.
package stream

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
)

// Retention is how long a record, and a disabled stream, can be read.
const Retention = 24 * time.Hour

// The states of a stream.
const (
	Enabled  = "ENABLED"
	Disabled = "DISABLED"
)

// The view types: what a record holds beside the keys.
const (
	KeysOnly  = "KEYS_ONLY"
	NewImage  = "NEW_IMAGE"
	OldImage  = "OLD_IMAGE"
	BothImage = "NEW_AND_OLD_IMAGES"
)

// Stream describes one stream of a table. A table that turns its stream off
// and on has several.
type Stream struct {
	ID       string
	Table    string // name
	Label    string
	View     string
	Shards   int
	Hash     string // the table's key attributes
	Range    string `cbor:",omitempty"`
	Status   string
	Created  time.Time
	Disabled time.Time
}

// ARN names s in its account and region.
func (s Stream) ARN(region, account string) string {
	return arn.New("dynamodb", region, account, "table/"+s.Table+"/stream/"+s.Label)
}

// Space is where the streams of an account and region are.
type Space struct{ root kv.Key }

// In returns the Space of an account and region.
func In(account, region string) Space {
	return Space{kv.NewKey(account, region, "dynamodb")}
}

// Key is where a stream's description is.
func (s Space) Key(table, label string) kv.Key { return s.root.With("stream", table, label) }

// All is the range of the descriptions of all streams, or of one table's.
func (s Space) All(table string) kv.Range {
	if table == "" {
		return kv.Prefix(s.root.With("stream"))
	}
	return kv.Prefix(s.root.With("stream", table))
}

// Log is where the records of a shard are.
func (s Space) Log(id string, shard int) kv.Key { return s.root.With("log", id, int64(shard)) }

// Logs is the range of all records of a stream.
func (s Space) Logs(id string) kv.Range { return kv.Prefix(s.root.With("log", id)) }

// trimmed is where a shard's last removed position is.
func (s Space) trimmed(id string, shard int) kv.Key { return s.root.With("trim", id, int64(shard)) }

// Shard returns which shard takes a partition whose key hashes to hash.
func (s Stream) Shard(hash uint32) int { return int(uint64(hash) * uint64(s.Shards) >> 32) }

// Position is a record's place in its shard: the commit that wrote it, and
// which of the commit's records it is.
type Position struct {
	Version uint64
	Index   uint64
}

// indexDigits is how many digits of a sequence number tell records of one
// commit apart.
const indexDigits = 100_000

// First is the sequence number that every shard starts at.
const First = "100000000000000000000000000"

// errSequence is what is not a sequence number.
var errSequence = errors.New("not a sequence number")

// Sequence writes p as a sequence number: as long as every other, so that
// numbers sort as texts, too.
func (p Position) Sequence() string {
	return fmt.Sprintf("1%021d%05d", p.Version, p.Index)
}

// ParseSequence reads what Sequence wrote.
func ParseSequence(s string) (Position, error) {
	if len(s) != len(First) || s[0] != '1' {
		return Position{}, errSequence
	}
	version, err := strconv.ParseUint(s[1:22], 10, 64)
	if err != nil {
		return Position{}, errSequence
	}
	index, err := strconv.ParseUint(s[22:], 10, 32)
	if err != nil || index >= indexDigits {
		return Position{}, errSequence
	}
	return Position{version, index}, nil
}

// Less tells whether p is before q.
func (p Position) Less(q Position) bool {
	return p.Version < q.Version || p.Version == q.Version && p.Index < q.Index
}
