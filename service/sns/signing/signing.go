// Package signing signs the messages of SNS, and makes the certificate by which
// their readers check them.
package signing

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"sync/atomic"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
)

// record is the stored key that signs messages, with its certificate.
type record struct {
	Key         []byte `cbor:"k"` // PKCS #1
	Certificate []byte `cbor:"c"` // DER
}

// Signer signs messages.
type Signer struct {
	key         *rsa.PrivateKey
	Certificate []byte // PEM
	Path        string // where it is served
}

const (
	// signingBits is the length of the key, as AWS has it.
	signingBits = 2048
	// certificateYears is how long a certificate is good for: as long as a data
	// folder may live.
	certificateYears = 30
)

// Keys finds the key that signs messages.
type Keys struct {
	store *kv.Store
	clock clock.Clock
	found atomic.Pointer[Signer] // the stored key, once read
}

// NewKeys returns the Keys of a store.
func NewKeys(store *kv.Store, c clock.Clock) *Keys { return &Keys{store: store, clock: c} }

// Forget lets go of a key that may no longer be stored.
func (s *Keys) Forget() { s.found.Store(nil) }

// rowKey is where the key is kept.
func rowKey() kv.Key { return kv.NewKey("", "", "sns", "signing") }

// Signer returns the key that signs messages. It is made at its first use;
// of several nodes that make one, the first to store it wins.
func (s *Keys) Signer(ctx context.Context) (*Signer, error) {
	if k := s.found.Load(); k != nil {
		return k, nil
	}
	var rec record
	err := s.store.View(ctx, func(tx *kv.Tx) (err error) {
		rec, _, err = kv.Get[record](tx, rowKey())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load signing key: %w", err)
	}
	if rec.Key == nil {
		if rec, err = s.create(ctx); err != nil {
			return nil, err
		}
	}
	key, err := x509.ParsePKCS1PrivateKey(rec.Key)
	if err != nil {
		return nil, fmt.Errorf("parse signing key: %w", err)
	}
	sum := sha256.Sum256(rec.Certificate)
	k := &Signer{
		key:         key,
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rec.Certificate}),
		Path:        "/SimpleNotificationService-" + hex.EncodeToString(sum[:16]) + ".pem",
	}
	s.found.Store(k)
	return k, nil
}

// create makes a key and stores it, unless there is one by then.
func (s *Keys) create(ctx context.Context) (record, error) {
	made, err := newRecord(s.clock.Now())
	if err != nil {
		return made, err
	}
	var out record
	err = s.store.Update(ctx, func(tx *kv.Tx) error {
		old, ok, err := kv.Get[record](tx, rowKey())
		if err != nil {
			return err
		}
		if ok {
			out = old
			return nil
		}
		out = made
		return kv.Put(tx, rowKey(), made)
	})
	if err != nil {
		return out, fmt.Errorf("store signing key: %w", err)
	}
	return out, nil
}

// newRecord makes a key with a certificate of its own signature.
func newRecord(now time.Time) (record, error) {
	key, err := rsa.GenerateKey(rand.Reader, signingBits)
	if err != nil {
		return record{}, fmt.Errorf("make signing key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "sns.amazonaws.com", Organization: []string{"maru"}},
		DNSNames:     []string{"sns.amazonaws.com"},
		NotBefore:    now.AddDate(0, 0, -1),
		NotAfter:     now.AddDate(certificateYears, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return record{}, fmt.Errorf("make signing certificate: %w", err)
	}
	return record{Key: x509.MarshalPKCS1PrivateKey(key), Certificate: der}, nil
}

// Sign signs a text by a signature version: SHA-1 for 1, SHA-256 for 2.
func (k *Signer) Sign(version, text string) (string, error) {
	var (
		hash crypto.Hash
		sum  []byte
	)
	switch version {
	case "1":
		h := sha1.Sum([]byte(text))
		hash, sum = crypto.SHA1, h[:]
	case "2":
		h := sha256.Sum256([]byte(text))
		hash, sum = crypto.SHA256, h[:]
	default:
		return "", errors.New("sign message: unknown signature version " + version)
	}
	sig, err := rsa.SignPKCS1v15(nil, k.key, hash, sum)
	if err != nil {
		return "", fmt.Errorf("sign message: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}
