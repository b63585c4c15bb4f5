package lambda

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"

	"maru.dev/maru/blob"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// CodePath is where the platform serves archives, see Archive.
const CodePath = "/_maru/lambda/code/"

// codeLife is how long an archive's address is good.
const codeLife = 10 * time.Minute

// codeKeyRow holds the secret that signs archives' addresses, on all nodes.
func codeKeyRow() kv.Key { return kv.NewKey("", "", "lambda", "codekey") }

// codeURL is an address of an archive, good for a while. It is signed: a
// content's hash alone is no secret, lists of functions show it.
func (s *Service) codeURL(ctx context.Context, a archive) (string, error) {
	endpoint := call.From(ctx).Endpoint
	if endpoint == "" {
		endpoint = s.Endpoint
	}
	expires := strconv.FormatInt(s.Clock.Now().Add(codeLife).Unix(), 10)
	signature, err := s.signCode(ctx, string(a.Ref), expires)
	if err != nil {
		return "", err
	}
	query := url.Values{"Expires": {expires}, "Signature": {signature}}
	return endpoint + CodePath + string(a.Ref) + "?" + query.Encode(), nil
}

// signCode signs an archive's address, with a secret that the first call makes.
func (s *Service) signCode(ctx context.Context, name, expires string) (string, error) {
	var secret string
	var ok bool
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		secret, ok, err = kv.Get[string](tx, codeKeyRow())
		return err
	})
	if err == nil && !ok {
		made := s.IDs.Hex(64)
		err = s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
			if secret, ok, err = kv.Get[string](tx, codeKeyRow()); err != nil || ok {
				return err
			}
			secret = made
			return kv.Put(tx, codeKeyRow(), secret)
		})
	}
	if err != nil {
		return "", fmt.Errorf("load key of code addresses: %w", err)
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(name + "\n" + expires))
	return hex.EncodeToString(mac.Sum(nil)), nil
}

// Archive opens a stored archive by what its address (see GetFunction) says:
// the name that ends it, Expires and Signature. ok is false when there is none,
// or when the address is not, or no longer, good. A name is a content's hash:
// no other leads to a file.
func (s *Service) Archive(ctx context.Context, name, expires, signature string) (content io.ReadSeekCloser, ok bool, err error) {
	ref := blob.Ref(name)
	until, malformed := strconv.ParseInt(expires, 10, 64)
	if !ref.Valid() || malformed != nil || s.Clock.Now().After(time.Unix(until, 0)) {
		return nil, false, nil //nolint:nilerr // such an address leads nowhere
	}
	want, err := s.signCode(ctx, name, expires)
	if err != nil {
		return nil, false, err
	}
	if !hmac.Equal([]byte(want), []byte(signature)) {
		return nil, false, nil
	}
	content, err = s.Blobs.Open(ref)
	if err != nil {
		return nil, false, fmt.Errorf("open code: %w", err)
	}
	return content, true, nil
}
