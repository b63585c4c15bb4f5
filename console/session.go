package console

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

const (
	// signingName is the service that a sign-in is signed for.
	signingName = "maru"
	// cookieName is the session's cookie.
	cookieName = "maru_session"
	// sessionLife is how long a session lasts that is not used.
	sessionLife = time.Hour
	// secretSize is the size of the key of the MAC, in bytes.
	secretSize = 32
)

// secretKey is where the key of the MAC is.
func secretKey() kv.Key { return kv.NewKey("", "", "console", "secret") }

// secret reads the key of the MAC, and makes it the first time.
func (c *Console) secret(ctx context.Context) (key []byte, err error) {
	err = c.options.Store.View(ctx, func(tx *kv.Tx) error {
		key, _, err = tx.Get(secretKey())
		key = append([]byte(nil), key...)
		return err
	})
	if err == nil && len(key) == secretSize {
		return key, nil
	}
	fresh := c.options.IDs.Bytes(secretSize)
	err = c.options.Store.Update(ctx, func(tx *kv.Tx) error {
		old, ok, err := tx.Get(secretKey())
		if err != nil {
			return err
		}
		if ok && len(old) == secretSize {
			key = append([]byte(nil), old...)
			return nil
		}
		key = fresh
		return tx.Put(secretKey(), fresh)
	})
	if err != nil {
		return nil, fmt.Errorf("load the key of sessions: %w", err)
	}
	return key, nil
}

// ticket is what a session's cookie says.
type ticket struct {
	accessKey string
	until     time.Time
}

// seal writes a ticket under a MAC.
func (t ticket) seal(key []byte) string {
	text := t.accessKey + "." + strconv.FormatInt(t.until.Unix(), 10)
	return text + "." + base64.RawURLEncoding.EncodeToString(mac(key, text))
}

// mac is the MAC of a ticket.
func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("console session\n" + text))
	return h.Sum(nil)
}

// maxTicket is how long a cookie's text may be to be looked at.
const maxTicket = 256

// unseal reads a ticket, if it is one of ours.
func unseal(key []byte, text string) (t ticket, ok bool) {
	cut := strings.LastIndexByte(text, '.')
	if cut < 0 || len(text) > maxTicket {
		return t, false
	}
	sum, err := base64.RawURLEncoding.DecodeString(text[cut+1:])
	if err != nil || !hmac.Equal(sum, mac(key, text[:cut])) {
		return t, false
	}
	end := strings.LastIndexByte(text[:cut], '.') // a key's ID may have dots
	if end < 0 {
		return t, false
	}
	seconds, err := strconv.ParseInt(text[end+1:cut], 10, 64)
	return ticket{text[:end], time.Unix(seconds, 0)}, err == nil
}

// session tells who has signed in, and renews a session that is half over.
func (c *Console) session(w http.ResponseWriter, r *http.Request) (call.Principal, error) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return call.Principal{}, signInFirst("Sign in to use the console.")
	}
	secret, err := c.secret(r.Context())
	if err != nil {
		return call.Principal{}, err
	}
	now := c.options.Clock.Now()
	t, ok := unseal(secret, cookie.Value)
	if !ok || !now.Before(t.until) {
		return call.Principal{}, signInFirst("The session is over. Sign in again.")
	}
	key, ok, err := auth.KeyTable{Store: c.options.Store}.Lookup(r.Context(), t.accessKey)
	if err != nil {
		return call.Principal{}, fmt.Errorf("look up access key: %w", err)
	}
	if !ok || key.Inactive || !key.Expires.IsZero() && !now.Before(key.Expires) {
		return call.Principal{}, signInFirst("The access key of this session is no longer good. Sign in with another.")
	}
	if t.until.Sub(now) < sessionLife/2 {
		c.setCookie(w, r, ticket{t.accessKey, now.Add(sessionLife)}.seal(secret), sessionLife)
	}
	who := key.Principal
	who.AccessKey = key.ID
	return who, nil
}

// signInFirst asks the page to show its sign-in form.
func signInFirst(message string) error {
	return &wire.APIError{Code: "SignInRequired", Message: message, Status: http.StatusUnauthorized}
}

// signIn begins a session for whoever has signed the request.
func (c *Console) signIn(w http.ResponseWriter, r *http.Request, body []byte) error {
	if !c.options.Enforcing {
		writeJSON(w, http.StatusOK, struct{}{})
		return nil
	}
	id, err := c.identify(r, body)
	if err != nil {
		return err
	}
	secret, err := c.secret(r.Context())
	if err != nil {
		return err
	}
	t := ticket{id.Principal.AccessKey, c.options.Clock.Now().Add(sessionLife)}
	c.setCookie(w, r, t.seal(secret), sessionLife)
	writeJSON(w, http.StatusOK, map[string]string{"account": id.Account, "principal": id.Principal.Name()})
	return nil
}

// identify proves who has signed a request.
func (c *Console) identify(r *http.Request, body []byte) (auth.Identity, error) {
	claim := auth.Parse(r)
	if claim.Signed && claim.Service != signingName {
		return auth.Identity{}, &wire.APIError{Code: "SignatureDoesNotMatch", Message: "Credential should be scoped to correct service: '" + signingName + "'.", Status: http.StatusForbidden}
	}
	sum := sha256.Sum256(body)
	info := call.From(r.Context())
	v := &auth.Verifier{
		Keys: auth.KeyTable{Store: c.options.Store}, Clock: c.options.Clock, Enforce: c.options.Enforcing, Account: info.Account, Region: info.Region,
	}
	id, err := v.Identify(r.Context(), r, &claim, hex.EncodeToString(sum[:]))
	if refused, ok := errors.AsType[*auth.Fault](err); ok {
		return id, refused.In(auth.JSON)
	}
	id.Principal.AccessKey = claim.AccessKey
	return id, err
}

// signOut ends the browser's session.
func (c *Console) signOut(w http.ResponseWriter, r *http.Request, _ []byte) error {
	c.setCookie(w, r, "", -time.Second)
	writeJSON(w, http.StatusOK, struct{}{})
	return nil
}

// setCookie gives the browser a session, or takes it away.
func (*Console) setCookie(w http.ResponseWriter, r *http.Request, value string, life time.Duration) {
	secure := r.TLS != nil || strings.HasPrefix(r.Header.Get("Origin"), "https:") // behind a proxy, too
	http.SetCookie(w, &http.Cookie{                                               //nolint:gosec // Secure is set wherever the page came by TLS
		Name: cookieName, Value: value, Path: apiPath, MaxAge: int(life / time.Second),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: secure,
	})
}
