package jwks

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"math/big"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"maru.dev/maru/clock"
)

const issuer = "https://issuer.example.com/"

// testKey is an issuer's private key. It is small, so that much can be tried.
var testKey = sync.OnceValues(func() (*rsa.PrivateKey, error) {
	text, err := os.ReadFile("testdata/key.pem")
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	return x509.ParsePKCS1PrivateKey(block.Bytes)
})

// site answers as an issuer that publishes a document.
type site string

func (s site) RoundTrip(r *http.Request) (*http.Response, error) {
	body := string(s)
	if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
		body = `{"jwks_uri":"` + issuer + `keys"}`
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// published is the document of an issuer with one key.
func published(kid string, key *rsa.PublicKey) string {
	n, e := base64.RawURLEncoding.EncodeToString(key.N.Bytes()), base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())
	return `{"keys":[{"kty":"RSA","alg":"RS256","use":"sig","kid":"` + kid + `","n":"` + n + `","e":"` + e + `"}]}`
}

// signed is a token of claims.
func signed(tb testing.TB, claims jwt.MapClaims) string {
	tb.Helper()
	key, err := testKey()
	if err != nil {
		tb.Fatal(err)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = "k1"
	text, err := token.SignedString(key)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// told are claims that hold at the clock's time.
func told(now time.Time) jwt.MapClaims {
	return jwt.MapClaims{"iss": issuer, "sub": "u", "aud": []string{"a", "b"}, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "scope": "read write"}
}

// An issuer may publish anything: what of it counts as a key is one that a
// signature can be held against in a short time, and none of ours.
func FuzzKeys(f *testing.F) {
	key, err := testKey()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(published("k1", &rsa.PublicKey{N: big.NewInt(3233), E: 17}))
	f.Add(published("", &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2048), E: 65537}))
	f.Add(`{"keys":[{"kty":"EC","crv":"P-256","kid":"k1","x":"AA","y":"AA"},null,{"kty":"RSA","kid":"k1","n":"","e":"AQAB"},{"kty":"RSA","kid":"k1","n":"AAAA====","e":"_____w"}]}`)
	f.Add(`{"keys":null}`)
	f.Add(`{"keys":[{"KTY":"RSA","Kid":"k1","N":"` + base64.RawURLEncoding.EncodeToString(key.N.Bytes()) + `","E":"Ag"}]}`)
	c := clock.NewFake(time.Unix(1_700_000_000, 0))
	token := signed(f, told(c.Now()))
	f.Fuzz(func(t *testing.T, document string) {
		ring := New(site(document), c)
		keys, err := ring.fetch(t.Context(), issuer)
		if err != nil {
			return
		}
		for kid, k := range keys {
			if k.N.BitLen() > maxBits || k.E < 0 {
				t.Errorf("key %q has %d bits and the exponent %d", kid, k.N.BitLen(), k.E)
			}
		}
		claims, err := ring.Claims(t.Context(), issuer, token)
		if k := keys["k1"]; err == nil && (k == nil || k.N.Cmp(key.N) != 0 || k.E != key.E) {
			t.Errorf("%v are believed for %s", claims, document)
		}
	})
}

// A signature under a key of a million bits would take minutes to refuse.
func TestAKeyThatIsTooLargeIsNone(t *testing.T) {
	t.Parallel()
	for bits, want := range map[uint]int{2048: 1, maxBits: 1, maxBits + 1: 0, 500_000: 0} {
		modulus := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), bits), big.NewInt(1))
		ring := New(site(published("k1", &rsa.PublicKey{N: modulus, E: 65537})), clock.System{})
		if keys, err := ring.fetch(t.Context(), issuer); err != nil || len(keys) != want {
			t.Errorf("of a key of %d bits, %d are kept: %v", bits, len(keys), err)
		}
	}
}

// Nothing is believed that the issuer has not signed, however it is written.
func FuzzToken(f *testing.F) {
	c := clock.NewFake(time.Unix(1_700_000_000, 0))
	key, err := testKey()
	if err != nil {
		f.Fatal(err)
	}
	ring := New(site(published("k1", &key.PublicKey)), c)
	want := told(c.Now())
	token := signed(f, want)
	if _, err := ring.Claims(f.Context(), issuer, token); err != nil {
		f.Fatal(err)
	}
	header, rest, _ := strings.Cut(token, ".")
	body, signature, _ := strings.Cut(rest, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"k1"}`))
	for _, text := range []string{
		token, token + "=", header + "." + body + ".", none + "." + body + ".", none + "." + rest, header + ".." + signature, "..", "", "....",
		base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","kid":"k1"}`)) + "." + rest,
		base64.RawURLEncoding.EncodeToString([]byte(`{"alg":7,"kid":["k1"]}`)) + "." + rest,
		base64.RawURLEncoding.EncodeToString([]byte(`null`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(`null`)) + ".",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		claims, err := ring.Claims(t.Context(), issuer, text)
		if err != nil {
			return
		}
		if head, _, _ := strings.Cut(text, "."); head != header || claims["sub"] != want["sub"] || len(claims) != len(want) {
			t.Errorf("%v are believed for %q", claims, text)
		}
	})
}

// An issuer may claim anything: scopes are words or the texts of a list, and a
// claim's text is not much longer than the claim.
func FuzzClaims(f *testing.F) {
	for _, text := range []string{
		`{"scope":"read write","aud":["a","b"],"n":12345678901234567890,"t":true,"o":{"a":[null,"<"]}}`,
		`{"scp":["read",7,null,["write"]],"scope":null}`, `{"a":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`, `{"a":"\u0000\ud800"}`, `null`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var claims map[string]any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if d.Decode(&claims) != nil {
			return
		}
		texts := Texts(claims)
		if !slices.Equal(slices.Sorted(maps.Keys(texts)), slices.Sorted(maps.Keys(claims))) {
			t.Errorf("%v are not the claims of %s", texts, text)
		}
		size := 0
		for _, v := range texts {
			size += len(v)
		}
		if size > 6*len(text) { // a character may be escaped where it was not
			t.Errorf("%d bytes of %d", size, len(text))
		}
		for _, s := range Scopes(claims) {
			if !strings.Contains(texts["scope"]+" "+texts["scp"], s) {
				t.Errorf("the scope %q is not in %s", s, text)
			}
		}
	})
}
