package mail

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"maps"
	"strings"
	"time"

	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// maxIdentities is how many an account may have in a region.
const maxIdentities = 10_000

// Identity is an address or a domain that mail may be from.
type Identity struct {
	Name   string
	Domain bool
	Made   time.Time
	DKIM   bool              // its signing was asked for
	Tags   map[string]string `cbor:",omitempty"`
	Origin string            `cbor:",omitempty"` // of its DKIM keys: "EXTERNAL" for keys brought along
	Key    string            `cbor:",omitempty"` // length of its DKIM key
}

// VerificationToken is what a domain's owner would put into the DNS.
func (i Identity) VerificationToken() string {
	sum := sha256.Sum256([]byte("verify " + i.Name))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// DKIMTokens are the names of the domain's three DKIM records.
func (i Identity) DKIMTokens() []string { return DKIMTokens(i.Name) }

// DKIMTokens are the names of the DKIM records of an identity's domain. They
// follow from it, so that they never change.
func DKIMTokens(identity string) []string {
	domain := identity[strings.LastIndexByte(identity, '@')+1:]
	tokens := make([]string, 3)
	for n := range tokens {
		sum := sha256.Sum256(fmt.Appendf(nil, "dkim %d %s", n, domain))
		tokens[n] = strings.ToLower(base32.StdEncoding.EncodeToString(sum[:20]))
	}
	return tokens
}

// CheckIdentity refuses what is neither an address nor a domain.
func (b *Box) CheckIdentity(name string) error {
	if isDomain(name) {
		if reason := wrongDomain(name); reason != "" || !strings.Contains(name, ".") {
			return b.Faults.Invalid("Invalid domain name " + name + ".")
		}
		return nil
	}
	if bare, reason := address(name); reason != "" || bare != name {
		return b.Faults.Invalid("Invalid email address<" + name + ">.")
	}
	return nil
}

// ChangeIdentity makes an identity unless there is one, and lets how change it.
func (b *Box) ChangeIdentity(ctx context.Context, name string, how func(i *Identity, found bool) error) error {
	if err := b.CheckIdentity(name); err != nil {
		return err
	}
	h, now := homeOf(ctx), b.Clock.Now()
	return b.Store.Update(ctx, func(tx *kv.Tx) error {
		i, found, err := kv.Get[Identity](tx, h.identityKey(name))
		if err != nil {
			return fmt.Errorf("load identity: %w", err)
		}
		if !found {
			i = Identity{Name: name, Domain: isDomain(name), Made: now}
			n, err := count(tx, h.key("i"), maxIdentities)
			if err != nil {
				return err
			}
			if n >= maxIdentities {
				return b.Faults.TooMany("The account has reached its limit of identities.")
			}
		}
		i.Tags = maps.Clone(i.Tags)
		if err := how(&i, found); err != nil {
			return err
		}
		return kv.Put(tx, h.identityKey(name), i)
	})
}

// Identity reads an identity.
func (b *Box) Identity(ctx context.Context, name string) (i Identity, ok bool, err error) {
	h := homeOf(ctx)
	err = b.Store.View(ctx, func(tx *kv.Tx) error {
		i, ok, err = kv.Get[Identity](tx, h.identityKey(name))
		return err
	})
	return i, ok, err
}

// Identities reads some identities by name; those that do not exist are left
// out.
func (b *Box) Identities(ctx context.Context, names []string) (map[string]Identity, error) {
	h, found := homeOf(ctx), make(map[string]Identity)
	err := b.Store.View(ctx, func(tx *kv.Tx) error {
		for _, name := range names {
			i, ok, err := kv.Get[Identity](tx, h.identityKey(name))
			if err != nil {
				return fmt.Errorf("load identity: %w", err)
			}
			if ok {
				found[name] = i
			}
		}
		return nil
	})
	return found, err
}

// ListIdentities returns a page of the identities that keep says yes to.
func (b *Box) ListIdentities(ctx context.Context, token *string, limit int, keep func(i Identity) bool) (list []Identity, next *string, err error) {
	rows := homeOf(ctx).key("i")
	after, err := b.readToken(rows, token)
	if err != nil {
		return nil, nil, err
	}
	last := ""
	err = b.Store.View(ctx, func(tx *kv.Tx) error {
		list = nil
		last, err = page(tx, rows, after, limit, func(_ string, i Identity) bool {
			if !keep(i) {
				return false
			}
			list = append(list, i)
			return true
		})
		return err
	})
	return list, service.PageToken(rows, last), err
}

// DeleteIdentity removes an identity, and tells whether it was there.
func (b *Box) DeleteIdentity(ctx context.Context, name string) (found bool, err error) {
	h := homeOf(ctx)
	err = b.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, found, err = tx.Get(h.identityKey(name)); err != nil || !found {
			return err
		}
		return tx.Delete(h.identityKey(name))
	})
	return found, err
}

// readToken reads a page token: the name that ended the page before.
func (b *Box) readToken(list kv.Key, token *string) (string, error) {
	name, ok := service.ReadPageToken(list, token)
	if !ok {
		return "", b.Faults.Invalid("The next token is invalid.")
	}
	return name, nil
}

// identityARN is the identity that a message is from: the one the caller named,
// else the sender's address.
func (h home) identityARN(named, from string) string {
	if named != "" {
		return named
	}
	return arn.New("ses", h.Region, h.Account, "identity/"+from)
}
