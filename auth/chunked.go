package auth

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
)

// streamingPrefix begins every X-Amz-Content-Sha256 that announces a body in
// aws-chunked encoding.
const streamingPrefix = "STREAMING-"

// IsStreaming tells whether an X-Amz-Content-Sha256 header announces a body in
// aws-chunked encoding.
func IsStreaming(contentSHA256 string) bool {
	return strings.HasPrefix(contentSHA256, streamingPrefix)
}

// Limits of the chunked encoding, so that its framing cannot use up memory.
const (
	maxChunkHeader = 4 << 10
	maxTrailer     = 16 << 10
)

// chunkSigner computes the signatures of a body's chunks, each over the one
// before.
type chunkSigner struct {
	key         []byte
	time, scope string
	previous    string
}

// next is the signature of the following part; rest are the last lines of its
// string to sign.
func (s *chunkSigner) next(name string, rest ...string) string {
	lines := append([]string{name, s.time, s.scope, s.previous}, rest...)
	s.previous = sign(s.key, strings.Join(lines, "\n"))
	return s.previous
}

// Chunked reads a body in aws-chunked encoding. After its end the trailers are
// there. Bytes are handed on before their chunk's signature is checked, so
// nothing may be kept of them before the reader has returned io.EOF.
type Chunked struct {
	in       *bufio.Reader
	signer   *chunkSigner // nil: signatures are not checked
	left     int64        // of the present chunk
	total    int64        // decoded so far
	want     int64        // decoded length that the client has announced
	claimed  string       // signature of the present chunk
	hash     hash.Hash
	trailers map[string]string
	begun    bool
	err      error
}

// NewChunked decodes body, which announces itself by contentSHA256 and comes
// to decodedLength bytes. Signatures are checked where identity was proved.
func NewChunked(body io.Reader, identity Identity, contentSHA256 string, decodedLength int64) *Chunked {
	c := &Chunked{in: bufio.NewReaderSize(body, 64<<10), want: decodedLength, trailers: map[string]string{}}
	if identity.chunks != nil && strings.HasPrefix(contentSHA256, streamingPrefix+algorithm) {
		c.signer = identity.chunks
		c.hash = sha256.New()
	}
	return c
}

// SupportedStreaming tells whether signatures of this kind of streamed body
// can be checked.
func SupportedStreaming(contentSHA256 string) bool {
	switch contentSHA256 {
	case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
		return true
	}
	return false
}

// Trailer returns a trailer by its lower-case name, once Read has returned
// io.EOF.
func (c *Chunked) Trailer(name string) string { return c.trailers[name] }

// Read decodes the body.
func (c *Chunked) Read(p []byte) (int, error) {
	if c.err == nil && c.left == 0 {
		c.err = c.nextChunk()
	}
	if c.err != nil {
		return 0, c.err
	}
	if int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.in.Read(p)
	c.left -= int64(n)
	c.total += int64(n)
	if c.hash != nil {
		c.hash.Write(p[:n])
	}
	if err != nil {
		c.err = cutShort(err)
	}
	if c.total > c.want {
		c.err = &Fault{Kind: IncompleteBody}
		return 0, c.err
	}
	return n, c.err
}

// cutShort words a body that ends before its last chunk. Other errors are the
// connection's.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Fault{Kind: IncompleteBody}
	}
	return err
}

// nextChunk ends the present chunk and reads the header of the next. It
// returns io.EOF behind the last one and its trailers.
func (c *Chunked) nextChunk() error {
	if c.begun {
		if err := c.endChunk(); err != nil {
			return err
		}
	}
	c.begun = true
	line, err := c.line(maxChunkHeader)
	if err != nil {
		return err
	}
	size, extension, _ := strings.Cut(line, ";")
	n, err := strconv.ParseUint(strings.TrimSpace(size), 16, 62)
	if err != nil {
		return malformed("chunk size %q", size)
	}
	c.claimed = ""
	if name, value, _ := strings.Cut(extension, "="); strings.TrimSpace(name) == "chunk-signature" {
		c.claimed = strings.TrimSpace(value)
	}
	if n > 0 {
		c.left = int64(n)
		return nil
	}
	return c.end()
}

// endChunk reads the line end behind a chunk's bytes and checks its signature.
func (c *Chunked) endChunk() error {
	var crlf [2]byte
	if _, err := io.ReadFull(c.in, crlf[:]); err != nil {
		return cutShort(err)
	}
	if crlf != [2]byte{'\r', '\n'} {
		return malformed("%q behind a chunk", crlf[:])
	}
	return c.checkChunk()
}

// checkChunk holds a chunk's signature against its bytes.
func (c *Chunked) checkChunk() error {
	if c.signer == nil {
		return nil
	}
	want := c.signer.next(algorithm+"-PAYLOAD", emptySHA256, hex.EncodeToString(c.hash.Sum(nil)))
	c.hash.Reset()
	if !hmac.Equal([]byte(want), []byte(c.claimed)) {
		return &Fault{Kind: ChunkMismatch}
	}
	return nil
}

// end checks the last chunk, which is empty, and reads the trailers.
func (c *Chunked) end() error {
	if err := c.checkChunk(); err != nil {
		return err
	}
	if err := c.readTrailers(); err != nil {
		return err
	}
	if c.total != c.want {
		return &Fault{Kind: IncompleteBody}
	}
	return io.EOF
}

// readTrailers reads "name:value" lines up to an empty one or the body's end,
// and checks their signature.
func (c *Chunked) readTrailers() error {
	var signed bytes.Buffer
	for {
		line, err := c.line(maxTrailer - signed.Len())
		var fault *Fault
		if errors.As(err, &fault) && fault.Detail == "" {
			break // the end of the body ends the trailers, too
		}
		if err != nil {
			return err
		}
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return malformed("trailer %q", line)
		}
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		c.trailers[name] = value
		if name != "x-amz-trailer-signature" {
			fmt.Fprintf(&signed, "%s:%s\n", name, value)
		}
	}
	if c.signer == nil || len(c.trailers) == 0 {
		return nil
	}
	sum := sha256.Sum256(signed.Bytes())
	want := c.signer.next(algorithm+"-TRAILER", hex.EncodeToString(sum[:]))
	if !hmac.Equal([]byte(want), []byte(c.trailers["x-amz-trailer-signature"])) {
		return &Fault{Kind: ChunkMismatch}
	}
	return nil
}

// line reads up to a line end, which it leaves out.
func (c *Chunked) line(limit int) (string, error) {
	var line []byte
	for {
		part, err := c.in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > limit {
			return "", malformed("a line of more than %d bytes", limit)
		}
		switch {
		case err == nil:
			return strings.TrimRight(string(line), "\r\n"), nil
		case errors.Is(err, bufio.ErrBufferFull):
		default:
			return "", cutShort(err)
		}
	}
}

// malformed is a body that is not in aws-chunked encoding.
func malformed(format string, args ...any) error {
	return &Fault{Kind: IncompleteBody, Detail: "The body is not in aws-chunked encoding: " + fmt.Sprintf(format, args...) + "."}
}
