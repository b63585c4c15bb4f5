// Package jwks knows the public keys of token issuers, as their OpenID
// configuration publishes them.
package jwks

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"maru.dev/maru/clock"
)

// ErrUnknownKey is why a token that names no key of its issuer is not believed.
var ErrUnknownKey = errors.New("signing key not found")

// How long issuers' keys are good for, and how often an unknown key may make us
// ask again.
const (
	keysLife    = 2 * time.Hour
	keysPause   = 10 * time.Second
	keysTimeout = 5 * time.Second
	keysSize    = 150_000 // bytes of a document
)

// maxBits is how large a key may be: what holding a signature against one takes
// grows with its cube.
const maxBits = 8192

// Ring holds issuers' public keys, as they publish them. It is a cache.
type Ring struct {
	client *http.Client
	clock  clock.Clock
	flight singleflight.Group

	mu      sync.Mutex
	issuers map[string]*issuerKeys
}

// issuerKeys are the keys of one issuer, by their ids.
type issuerKeys struct {
	keys    map[string]*rsa.PublicKey
	fetched time.Time
}

// New returns a ring without keys.
func New(transport http.RoundTripper, c clock.Clock) *Ring {
	return &Ring{client: &http.Client{Transport: transport, Timeout: keysTimeout}, clock: c, issuers: make(map[string]*issuerKeys)}
}

// Key returns the key of an issuer with an id.
func (k *Ring) Key(ctx context.Context, issuer, kid string) (*rsa.PublicKey, error) {
	now := k.clock.Now()
	k.mu.Lock()
	have := k.issuers[issuer]
	k.mu.Unlock()
	if have != nil && now.Sub(have.fetched) < keysLife {
		if key := have.keys[kid]; key != nil {
			return key, nil
		}
		if now.Sub(have.fetched) < keysPause {
			return nil, ErrUnknownKey
		}
	}
	got, err, _ := k.flight.Do(issuer, func() (any, error) {
		return k.fetch(context.WithoutCancel(ctx), issuer)
	})
	if err != nil {
		return nil, fmt.Errorf("keys of %s: %w", issuer, err)
	}
	keys, _ := got.(map[string]*rsa.PublicKey)
	k.mu.Lock()
	k.issuers[issuer] = &issuerKeys{keys: keys, fetched: now}
	k.mu.Unlock()
	if key := keys[kid]; key != nil {
		return key, nil
	}
	return nil, ErrUnknownKey
}

// fetch reads an issuer's configuration and the keys that it leads to.
func (k *Ring) fetch(ctx context.Context, issuer string) (map[string]*rsa.PublicKey, error) {
	var configuration struct {
		KeysURI string `json:"jwks_uri"`
	}
	if err := k.get(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration", &configuration); err != nil {
		return nil, err
	}
	var set struct {
		Keys []struct{ Kty, Kid, N, E string }
	}
	if err := k.get(ctx, configuration.KeysURI, &set); err != nil {
		return nil, err
	}
	keys := make(map[string]*rsa.PublicKey)
	for _, j := range set.Keys {
		n, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(j.N, "="))
		if err != nil || j.Kty != "RSA" {
			continue
		}
		e, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(j.E, "="))
		if err != nil || len(e) == 0 || len(e) > 4 {
			continue
		}
		if modulus := new(big.Int).SetBytes(n); modulus.BitLen() <= maxBits {
			keys[j.Kid] = &rsa.PublicKey{N: modulus, E: int(new(big.Int).SetBytes(e).Int64())}
		}
	}
	return keys, nil
}

// get reads a JSON document.
func (k *Ring) get(ctx context.Context, address string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	out, err := k.client.Do(r)
	if err != nil {
		return err
	}
	defer out.Body.Close()
	if out.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", address, out.Status)
	}
	return json.NewDecoder(io.LimitReader(out.Body, keysSize)).Decode(into)
}
