package s3

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"

	"maru.dev/maru/blob"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/s3/sum"
	"maru.dev/maru/wire"
)

// content is a body that was taken in: its bytes are in memory when they are
// few, and otherwise a durable blob that has no reference yet.
type content struct {
	size   int64
	etag   string
	inline []byte
	ref    blob.Ref
	sums   map[sum.Algorithm]string
}

// claims are what a client says of a body, to be checked against it.
type claims struct {
	md5       *string
	algorithm *string // x-amz-sdk-checksum-algorithm
	sums      map[sum.Algorithm]*string
	length    *int64
	fallback  sum.Algorithm // computed if the client names none
	also      sum.Algorithm // computed whatever the client names
	large     bool          // a blob, however small
}

// trailing is a body with trailers, known once it has been read to its end.
type trailing interface{ Trailer(name string) string }

// wanted are the algorithms to compute, and to keep.
func (c *claims) wanted(body io.Reader) ([]sum.Algorithm, error) {
	var out []sum.Algorithm
	for _, a := range sum.All() {
		if text := c.sums[a]; text != nil {
			if !a.Valid(*text) {
				return nil, invalidRequest("Value for " + a.Header() + " header is invalid.")
			}
			out = append(out, a)
		}
	}
	if len(out) > 1 {
		return nil, invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
	}
	if c.algorithm != nil && *c.algorithm != "" {
		a, ok := sum.Parse(*c.algorithm)
		if !ok {
			return nil, unknownAlgorithm()
		}
		if len(out) == 1 && out[0] != a {
			return nil, invalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
		}
		return []sum.Algorithm{a}, nil
	}
	if len(out) > 0 {
		return out, nil
	}
	if _, ok := body.(trailing); ok { // the name comes behind the bytes
		return sum.All(), nil
	}
	if c.fallback == "" {
		return nil, nil
	}
	return []sum.Algorithm{c.fallback}, nil
}

// unknownAlgorithm is S3's answer to a name that it does not know.
func unknownAlgorithm() error {
	return invalidRequest("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
}

// taps compute checksums of what passes.
type taps struct {
	md5  hash.Hash
	sums map[sum.Algorithm]hash.Hash
	out  io.Writer
}

// newTaps returns taps for algorithms. MD5 is always among them: it is the ETag.
func newTaps(algorithms []sum.Algorithm) *taps {
	t := &taps{md5: md5.New(), sums: make(map[sum.Algorithm]hash.Hash, len(algorithms))}
	writers := []io.Writer{t.md5}
	for _, a := range algorithms {
		h := a.New()
		t.sums[a] = h
		writers = append(writers, h)
	}
	t.out = io.MultiWriter(writers...)
	return t
}

// receive takes a body in, checks it against what is claimed of it, and makes
// it durable. What fails leaves nothing behind.
func (s *Service) receive(ctx context.Context, body io.Reader, c *claims) (*content, error) {
	if body == nil {
		body = bytes.NewReader(nil)
	}
	wanted, err := c.wanted(body)
	if err != nil {
		return nil, err
	}
	if c.also != "" && !slices.Contains(wanted, c.also) {
		wanted = append(wanted, c.also)
	}
	t := newTaps(wanted)
	head := make([]byte, firstRead(c.length))
	source := &noted{in: body}
	n, err := io.ReadFull(source, head)
	_, _ = t.out.Write(head[:n]) // hashes do not fail
	got := &content{size: int64(n), inline: head[:n]}
	switch {
	case source.err != nil:
		return nil, readFault(source.err)
	case err != nil: // it is all here
		if err := c.check(got, t, body); err != nil || !c.large {
			return got, err
		}
	}
	return s.spool(ctx, body, c, got, t)
}

// spool writes a body to a blob, of which the head has been read.
func (s *Service) spool(ctx context.Context, body io.Reader, c *claims, got *content, t *taps) (*content, error) {
	w, err := s.Blobs.Create(ctx)
	if err != nil {
		return nil, fmt.Errorf("store content: %w", err)
	}
	defer w.Abort()
	if _, err := w.Write(got.inline); err != nil {
		return nil, fmt.Errorf("store content: %w", err)
	}
	rest, err := copyBody(io.MultiWriter(w, t.out), body)
	if err != nil {
		return nil, err
	}
	got.inline, got.size = nil, got.size+rest
	if err := c.check(got, t, body); err != nil {
		return nil, err
	}
	if got.ref, err = w.Commit(); err != nil {
		return nil, fmt.Errorf("store content: %w", err)
	}
	return got, nil
}

// firstRead is how much to hold in memory before a blob is begun: one byte more
// than what a row may hold, or than what is announced.
func firstRead(length *int64) int64 {
	if length != nil && *length >= 0 && *length < inlineLimit {
		return *length + 1
	}
	return inlineLimit + 1
}

// noted remembers how reading ended, to tell the client's failure from ours.
type noted struct {
	in  io.Reader
	err error
}

// Read reads.
func (r *noted) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// copyBody copies, and tells whose fault a failure is.
func copyBody(dst io.Writer, body io.Reader) (int64, error) {
	source := &noted{in: body}
	n, err := io.Copy(dst, source)
	switch {
	case source.err != nil:
		return n, readFault(source.err)
	case err != nil:
		return n, fmt.Errorf("store content: %w", err)
	}
	return n, nil
}

// readFault is what a body that breaks off means. The edge has worded what it
// knows of.
func readFault(err error) error {
	if known, ok := errors.AsType[wire.Error](err); ok {
		return known
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return incompleteBody()
	}
	return fmt.Errorf("read body: %w", err)
}

func incompleteBody() error {
	return fault(400, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header")
}

// check compares what came with what was claimed, and keeps the checksum.
func (c *claims) check(got *content, t *taps, body io.Reader) error {
	if c.length != nil && *c.length != got.size {
		return incompleteBody()
	}
	digest := t.md5.Sum(nil)
	got.etag = hex.EncodeToString(digest)
	if c.md5 != nil {
		if raw, err := base64.StdEncoding.DecodeString(*c.md5); err != nil || len(raw) != md5.Size {
			return fault(400, "InvalidDigest", "The Content-MD5 you specified was invalid.", "Content-MD5", *c.md5)
		} else if !bytes.Equal(raw, digest) {
			return fault(400, "BadDigest", "The Content-MD5 you specified did not match what we received.",
				"ExpectedDigest", *c.md5, "CalculatedDigest", base64.StdEncoding.EncodeToString(digest))
		}
	}
	got.sums = make(map[sum.Algorithm]string, 1)
	trailer, _ := body.(trailing)
	for a, h := range t.sums {
		text, claimed := sum.Text(h.Sum(nil)), c.sums[a]
		if claimed == nil && trailer != nil {
			if v := trailer.Trailer(a.Header()); v != "" {
				claimed = &v
			}
		}
		if claimed != nil && *claimed != text {
			return fault(400, "BadDigest", "The "+string(a)+" you specified did not match the calculated checksum.")
		}
		if claimed != nil || len(t.sums) == 1 || a == c.also || c.named(a) {
			got.sums[a] = text
		}
	}
	if len(got.sums) == 0 { // chunked, without a trailer
		if h := t.sums[c.fallback]; h != nil {
			got.sums[c.fallback] = sum.Text(h.Sum(nil))
		}
	}
	return nil
}

// named tells whether the client has asked for a by name.
func (c *claims) named(a sum.Algorithm) bool {
	if c.algorithm == nil {
		return false
	}
	asked, ok := sum.Parse(*c.algorithm)
	return ok && asked == a
}

// keep links the content to a record, in the transaction that writes it.
func (s *Service) keep(tx *kv.Tx, b *bucket, o *object, c *content) error {
	o.Size, o.Ref, o.Parts = c.size, c.ref, 0
	if c.ref != "" {
		return s.Blobs.Link(tx, c.ref)
	}
	return tx.Put(b.dataKey(o.Data), c.inline)
}
