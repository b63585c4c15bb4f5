package sns

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
	"time"

	"maru.dev/maru/kv"
)

// signingRecord is the stored key that signs messages, with its certificate.
type signingRecord struct {
	Key         []byte `cbor:"k"` // PKCS #1
	Certificate []byte `cbor:"c"` // DER
}

// signer signs messages.
type signer struct {
	key         *rsa.PrivateKey
	certificate []byte // PEM
	path        string // where it is served
}

const (
	// signingBits is the length of the key, as AWS has it.
	signingBits = 2048
	// certificateYears is how long a certificate is good for: as long as a data
	// folder may live.
	certificateYears = 30
)

// Certificate returns the certificate, in PEM, of the key that signs messages.
// It is served at CertificatePath.
func (s *Service) Certificate(ctx context.Context) ([]byte, error) {
	k, err := s.signingKey(ctx)
	if err != nil {
		return nil, err
	}
	return k.certificate, nil
}

// CertificatePath returns the path, from a slash on, at which messages say that
// the certificate is to be found.
func (s *Service) CertificatePath(ctx context.Context) (string, error) {
	k, err := s.signingKey(ctx)
	if err != nil {
		return "", err
	}
	return k.path, nil
}

// signingKey returns the key that signs messages. It is made at its first use;
// of several nodes that make one, the first to store it wins.
func (s *Service) signingKey(ctx context.Context) (*signer, error) {
	if k := s.signer.Load(); k != nil {
		return k, nil
	}
	var rec signingRecord
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		rec, _, err = kv.Get[signingRecord](tx, signingKey())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load signing key: %w", err)
	}
	if rec.Key == nil {
		if rec, err = s.storeSigningKey(ctx); err != nil {
			return nil, err
		}
	}
	key, err := x509.ParsePKCS1PrivateKey(rec.Key)
	if err != nil {
		return nil, fmt.Errorf("parse signing key: %w", err)
	}
	sum := sha256.Sum256(rec.Certificate)
	k := &signer{
		key:         key,
		certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rec.Certificate}),
		path:        "/SimpleNotificationService-" + hex.EncodeToString(sum[:16]) + ".pem",
	}
	s.signer.Store(k)
	return k, nil
}

// storeSigningKey makes a key and stores it, unless there is one by then.
func (s *Service) storeSigningKey(ctx context.Context) (signingRecord, error) {
	made, err := newSigningRecord(s.Clock.Now())
	if err != nil {
		return made, err
	}
	var out signingRecord
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		old, ok, err := kv.Get[signingRecord](tx, signingKey())
		if err != nil {
			return err
		}
		if ok {
			out = old
			return nil
		}
		out = made
		return kv.Put(tx, signingKey(), made)
	})
	if err != nil {
		return out, fmt.Errorf("store signing key: %w", err)
	}
	return out, nil
}

// newSigningRecord makes a key with a certificate of its own signature.
func newSigningRecord(now time.Time) (signingRecord, error) {
	key, err := rsa.GenerateKey(rand.Reader, signingBits)
	if err != nil {
		return signingRecord{}, fmt.Errorf("make signing key: %w", err)
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
		return signingRecord{}, fmt.Errorf("make signing certificate: %w", err)
	}
	return signingRecord{Key: x509.MarshalPKCS1PrivateKey(key), Certificate: der}, nil
}

// sign signs a text by a signature version: SHA-1 for 1, SHA-256 for 2.
func (k *signer) sign(version, text string) (string, error) {
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
