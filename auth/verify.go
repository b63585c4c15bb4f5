package auth

import (
	"context"
	"crypto/hmac"
	"crypto/subtle"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/clock"
)

// Identity is who calls, and where.
type Identity struct {
	Principal call.Principal
	Account   string
	Region    string
	chunks    *chunkSigner // of a body that is signed chunk by chunk
}

// Verifier tells who has signed a request.
type Verifier struct {
	Keys    Keys
	Clock   clock.Clock
	Enforce bool   // prove signatures; developer mode believes them
	Account string // of keys that name none, in developer mode
	Region  string // of requests that name none
}

// Identify tells who calls. payloadHash is what the client has signed for the
// body: its SHA-256 in hexadecimal digits, or one of S3's words in its place.
// Developer mode does not look at it. A *Fault is the caller's error: two answers
// to the question of who calls are one in either mode.
func (v *Verifier) Identify(ctx context.Context, r *http.Request, c *Claim, payloadHash string) (Identity, error) {
	id := Identity{Account: v.Account, Region: c.Region}
	if id.Region == "" {
		id.Region = v.Region
	}
	if c.twice != "" {
		return id, &Fault{Kind: Incomplete, Detail: "The header '" + c.twice + "' is given more than once."}
	}
	if !v.Enforce {
		return id, v.believe(ctx, c, &id)
	}
	if !c.Signed {
		return id, &Fault{Kind: Missing}
	}
	c.finish()
	if c.fault != nil {
		return id, c.fault
	}
	key, err := v.key(ctx, c)
	if err != nil {
		return id, err
	}
	if err := v.checkTime(c); err != nil {
		return id, err
	}
	if err := checkHeaders(r, c); err != nil {
		return id, err
	}
	signer, err := checkSignature(r, c, key.Secret, payloadHash)
	if err != nil {
		return id, err
	}
	id.Principal, id.Account, id.chunks = key.Principal, key.Principal.Account, signer
	return id, nil
}

// believe is developer mode: a key that we have issued is who it was issued
// to; any other is the root of the account that it names.
func (v *Verifier) believe(ctx context.Context, c *Claim, id *Identity) error {
	if !c.Signed {
		id.Principal = call.Principal{Kind: call.Anonymous}
		return nil
	}
	// That a link goes stale is behaviour, not protection: it holds here, too.
	if c.Presigned && c.Service == "s3" && c.fault == nil {
		if err := v.checkTime(c); err != nil {
			return err
		}
	}
	if looksIssued(c.AccessKey) {
		key, ok, err := v.Keys.Lookup(ctx, c.AccessKey)
		if err != nil {
			return fmt.Errorf("look up access key: %w", err)
		}
		if ok {
			id.Principal, id.Account = key.Principal, key.Principal.Account
			return nil
		}
	}
	if IsAccount(c.AccessKey) {
		id.Account = c.AccessKey
	}
	id.Principal = RootPrincipal(id.Account)
	id.Principal.AccessKey = c.AccessKey
	return nil
}

// IsAccount tells whether s is an account's id: 12 digits.
func IsAccount(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// key finds the key of a claim and holds the claim's token against it.
func (v *Verifier) key(ctx context.Context, c *Claim) (Key, error) {
	key, ok, err := v.Keys.Lookup(ctx, c.AccessKey)
	switch {
	case err != nil:
		return Key{}, fmt.Errorf("look up access key: %w", err)
	case !ok || key.Inactive:
		return Key{}, &Fault{Kind: UnknownKey}
	case subtle.ConstantTimeCompare([]byte(key.Token), []byte(c.Token)) != 1:
		return Key{}, &Fault{Kind: BadToken}
	case !key.Expires.IsZero() && !v.Clock.Now().Before(key.Expires):
		return Key{}, &Fault{Kind: Expired}
	}
	return key, nil
}

// How far a request's time may be from ours.
const (
	skew   = 5 * time.Minute
	skewS3 = 15 * time.Minute
)

// checkTime refuses requests that were signed too long ago or in the future.
func (v *Verifier) checkTime(c *Claim) error {
	now := v.Clock.Now()
	allowed, minutes := skew, "5 min."
	if c.Service == "s3" {
		allowed, minutes = skewS3, "15 min."
	}
	if c.time.After(now.Add(allowed)) {
		return &Fault{Kind: Skewed, Detail: fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + %s)",
			c.rawTime, now.Add(allowed).Format(timeFormat), now.Format(timeFormat), minutes)}
	}
	if c.Presigned {
		if now.After(c.time.Add(c.expires)) {
			f := &Fault{Kind: PresignExpired}
			if c.Service != "s3" {
				f.Detail = "Signature expired: " + c.rawTime + " is now earlier than " + now.Add(-c.expires).Format(timeFormat)
			}
			return f
		}
		return nil
	}
	if c.time.Before(now.Add(-allowed)) {
		return &Fault{Kind: Skewed, Detail: fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - %s)",
			c.rawTime, now.Add(-allowed).Format(timeFormat), now.Format(timeFormat), minutes)}
	}
	return nil
}

// checkHeaders demands that the host and every X-Amz- header are signed: an
// unsigned one might have been added on the way.
func checkHeaders(r *http.Request, c *Claim) error {
	if !slices.Contains(c.headers, "host") {
		return &Fault{Kind: NotSigned, Detail: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."}
	}
	for name := range r.Header {
		if !strings.HasPrefix(name, "X-Amz-") || name == "X-Amz-Cf-Id" {
			continue
		}
		if lower := strings.ToLower(name); !slices.Contains(c.headers, lower) {
			return &Fault{Kind: NotSigned, Detail: "'" + lower + "' must be a 'SignedHeader' in the AWS Authorization."}
		}
	}
	return nil
}

// checkSignature computes the signature and compares it in constant time. The
// result continues it over the chunks of a body.
func checkSignature(r *http.Request, c *Claim, secret Secret, payloadHash string) (*chunkSigner, error) {
	key := signingKey(secret, c)
	for _, uri := range canonicalURIs(r, c.Service) {
		want := sign(key, stringToSign(c, canonicalRequest(r, c, uri, payloadHash)))
		if hmac.Equal([]byte(want), []byte(c.signature)) {
			return &chunkSigner{key: key, time: c.rawTime, scope: c.scope(), previous: want}, nil
		}
	}
	return nil, &Fault{Kind: Mismatch}
}
