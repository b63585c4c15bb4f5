package blob

import (
	"errors"
	"time"

	"maru.dev/maru/kv"
)

// errRef says that a name is not the hash of anything.
var errRef = errors.New("blob: malformed object name")

// object is the row of an object that exists.
type object struct {
	Nonce string `json:"nonce"`
	Size  int64  `json:"size"`
}

// name is the file of an object.
type name struct {
	ref   Ref
	nonce string
}

// root is the beginning of all keys of this package.
func root() kv.Key { return kv.NewKey("", "", "blob") }

// objectKey is the key of an object's row.
func objectKey(ref Ref) kv.Key { return root().With("object", string(ref)) }

// linksKey is the key of an object's counter of references.
func linksKey(ref Ref) kv.Key { return root().With("links", string(ref)) }

// putKey is the key of the time when an object was last put.
func putKey(ref Ref) kv.Key { return root().With("put", string(ref)) }

// waitKey is the key of the number of puts that are not linked yet.
func waitKey(ref Ref) kv.Key { return root().With("wait", string(ref)) }

// dueKey is the key of a visit by the sweeper.
func dueKey(at time.Time, ref Ref) kv.Key { return root().With("due", at, string(ref)) }

// sweepTopic is woken when objects may have become superfluous.
func sweepTopic() kv.Key { return root().With("sweep") }

// loadObject reads the row of ref.
func loadObject(tx *kv.Tx, ref Ref) (object, bool, error) {
	if !ref.Valid() {
		return object{}, false, errRef
	}
	return kv.Get[object](tx, objectKey(ref))
}
