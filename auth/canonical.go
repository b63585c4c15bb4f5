package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// canonicalRequest writes what the signature is over. uri is the canonical
// path; see canonicalURIs.
func canonicalRequest(r *http.Request, c *Claim, uri, payloadHash string) string {
	var b strings.Builder
	b.WriteString(r.Method)
	b.WriteByte('\n')
	b.WriteString(uri)
	b.WriteByte('\n')
	b.WriteString(canonicalQuery(r.URL.RawQuery, c.Presigned))
	b.WriteByte('\n')
	for _, name := range c.headers {
		b.WriteString(name)
		b.WriteByte(':')
		b.WriteString(headerValue(r, name))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	b.WriteString(strings.Join(c.headers, ";"))
	b.WriteByte('\n')
	b.WriteString(payloadHash)
	return b.String()
}

// canonicalURIs returns the forms of the path that a client may have signed.
// S3 takes the path once encoded, by AWS's rules or as it was sent. Everything
// else encodes what was sent a second time, after resolving dots and doubled
// slashes; some SDKs leave out the resolving. Where two forms differ both are
// good: each binds the path that the request names.
func canonicalURIs(r *http.Request, service string) []string {
	raw := rawPath(r)
	if service == "s3" || service == "s3express" || service == "s3-object-lambda" {
		return distinct(escape(unescape(raw), true), raw)
	}
	plain := escape(raw, true)
	clean := path.Clean("/" + raw)
	if strings.HasSuffix(raw, "/") && clean != "/" {
		clean += "/"
	}
	return distinct(escape(clean, true), plain)
}

// distinct lists both, or one if they are the same.
func distinct(a, b string) []string {
	if a == b {
		return []string{a}
	}
	return []string{a, b}
}

// rawPath is the path as it was sent.
func rawPath(r *http.Request) string {
	uri := r.RequestURI
	if uri == "" || uri[0] != '/' { // a test's request, or the absolute form
		uri = r.URL.EscapedPath()
	}
	raw, _, _ := strings.Cut(uri, "?")
	if raw == "" {
		return "/"
	}
	return raw
}

// unescape decodes percent signs, and leaves malformed ones as they are.
func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// escape percent-encodes all but AWS's unreserved characters, and slashes if
// told to keep them.
func escape(s string, slashes bool) string {
	const digits = "0123456789ABCDEF"
	n := 0
	for i := range len(s) {
		if !unreserved(s[i], slashes) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	b := make([]byte, 0, len(s)+2*n)
	for i := range len(s) {
		if c := s[i]; unreserved(c, slashes) {
			b = append(b, c)
		} else {
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(b)
}

// unreserved tells whether c stays as it is.
func unreserved(c byte, slashes bool) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~' || c == '/' && slashes
}

// canonicalQuery sorts and re-encodes a query string, without the signature of
// a presigned one.
func canonicalQuery(raw string, presigned bool) string {
	if raw == "" {
		return ""
	}
	type pair struct{ name, value string }
	var pairs []pair
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name = queryPart(name)
		if presigned && name == "X-Amz-Signature" {
			continue
		}
		pairs = append(pairs, pair{name, queryPart(value)})
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name)
		b.WriteByte('=')
		b.WriteString(p.value)
	}
	return b.String()
}

// queryPart re-encodes a name or value of a query string.
func queryPart(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		s = plain
	}
	return escape(s, false)
}

// headerValue returns a header as it is signed: trimmed, runs of spaces made
// one, repeated headers joined. net/http keeps some headers elsewhere.
func headerValue(r *http.Request, name string) string {
	switch name {
	case "host":
		return r.Host
	case "content-length":
		if r.ContentLength >= 0 && r.Header.Get("Content-Length") == "" {
			return strconv.FormatInt(r.ContentLength, 10)
		}
	case "transfer-encoding":
		return strings.Join(r.TransferEncoding, ",")
	case "trailer":
		if len(r.Trailer) > 0 && r.Header.Get("Trailer") == "" {
			return strings.ToLower(strings.Join(slices.Sorted(keysOf(r.Trailer)), ","))
		}
	}
	values := r.Header.Values(http.CanonicalHeaderKey(name))
	if len(values) == 1 {
		return squeeze(values[0])
	}
	squeezed := make([]string, len(values))
	for i, v := range values {
		squeezed[i] = squeeze(v)
	}
	return strings.Join(squeezed, ",")
}

// keysOf iterates over the names of a header map.
func keysOf(h http.Header) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name := range h {
			if !yield(name) {
				return
			}
		}
	}
}

// squeeze trims s and makes runs of spaces one.
func squeeze(s string) string {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "  ") {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, func(c rune) bool { return c == ' ' }), " ")
}

// scope is the credential's scope as the string to sign has it.
func (c *Claim) scope() string {
	return c.Date + "/" + c.Region + "/" + c.Service + "/aws4_request"
}

// stringToSign names the canonical request by its hash.
func stringToSign(c *Claim, canonical string) string {
	sum := sha256.Sum256([]byte(canonical))
	return algorithm + "\n" + c.rawTime + "\n" + c.scope() + "\n" + hex.EncodeToString(sum[:])
}

// signingKey derives the day's key of a scope.
func signingKey(secret Secret, c *Claim) []byte {
	key := mac([]byte("AWS4"+string(secret)), c.Date)
	key = mac(key, c.Region)
	key = mac(key, c.Service)
	return mac(key, "aws4_request")
}

// mac is HMAC-SHA256.
func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// sign returns the signature of text in hexadecimal digits.
func sign(key []byte, text string) string { return hex.EncodeToString(mac(key, text)) }
