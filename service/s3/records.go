package s3

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"time"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/blob"
	"maru.dev/maru/service/s3/sum"
)

// Limits of AWS, and the one that is ours.
const (
	maxKeyBytes      = 1024
	maxMetadataBytes = 2 << 10
	maxObjectTags    = 10
	maxBucketTags    = 50
	maxCopyBytes     = 5 << 30
	maxPage          = 1000

	inlineLimit = 32 << 10 // content up to here is a row, above it a blob
)

// bucket is a bucket. What every request needs of its configuration is here;
// the rest has rows of its own.
type bucket struct {
	Name, Account, Region, ID string
	Created                   time.Time
	Versioning                string // "", Enabled or Suspended
	ACL                       acl
	Shared                    bool   // it has a policy
	Ownership                 string // "" where it has no ownership controls
	Notification              *api.NotificationConfiguration
	Expires                   bool // it has lifecycle rules
}

// versioned tells whether the bucket has ever had versions.
func (b *bucket) versioned() bool { return b.Versioning != "" }

// arn is the bucket's ARN.
func (b *bucket) arn() string { return "arn:aws:s3:::" + b.Name }

// nullVersion is the ID of versions made while versioning was not enabled.
const nullVersion = "null"

// object is one version of a key: content, or a delete marker.
type object struct {
	Seq       uint64 // orders a key's versions; later is higher
	VersionID string
	Marker    bool
	Modified  time.Time
	Size      int64
	ETag      string // without quotes
	Sums      map[sum.Algorithm]string
	SumType   string // sum.FullObject or sum.Composite

	// Where the content is: one of a row, a blob, and parts.
	Data  string // names the row or the parts
	Ref   blob.Ref
	Parts int // how many; 0 for what was not uploaded in parts

	Headers  headers
	Metadata map[string]string
	Tags     []api.Tag
	ACL      acl
	Owner    string // account
}

// headers are what a client says of the content, and gets back as it was.
type headers struct {
	ContentType, CacheControl, ContentDisposition, ContentEncoding, ContentLanguage *string
	Expires                                                                         *time.Time
	Redirect, StorageClass, Encryption, KMSKey                                      *string
	BucketKey                                                                       *bool
}

// part is one part of an upload, or of an object that was uploaded in parts.
type part struct {
	Size     int64
	ETag     string
	Ref      blob.Ref
	Modified time.Time
	Sums     map[sum.Algorithm]string
}

// quoted is an ETag as it travels.
func quoted(etag string) *string { return new(`"` + etag + `"`) }

// ownerID is the canonical user ID of an account.
func ownerID(account string) string {
	digest := sha256.Sum256([]byte("canonical user of " + account))
	return hex.EncodeToString(digest[:])
}

// ownerOf is an account as an owner.
func ownerOf(account string) *api.Owner { return &api.Owner{ID: new(ownerID(account))} }

// newVersionID returns a version ID that carries seq.
func newVersionID(seq uint64, random []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(binary.BigEndian.AppendUint64(nil, seq), random...))
}

// seqOf reads a version ID that is not the null version's.
func seqOf(versionID string) (seq uint64, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(versionID)
	if err != nil || len(raw) != versionBytes || len(versionID) != base64.RawURLEncoding.EncodedLen(versionBytes) { // line ends are passed over
		return 0, false
	}
	return binary.BigEndian.Uint64(raw), true
}

// versionBytes is the length of a version ID before it is text.
const versionBytes = 24

// storageClass is the class as listings have it.
func (h *headers) storageClass() string {
	if h.StorageClass == nil {
		return "STANDARD"
	}
	return *h.StorageClass
}
