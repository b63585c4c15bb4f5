package auth

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Words of the signature scheme.
const (
	algorithm       = "AWS4-HMAC-SHA256"
	algorithmV4A    = "AWS4-ECDSA-P256-SHA256"
	timeFormat      = "20060102T150405Z"
	unsignedPayload = "UNSIGNED-PAYLOAD"
	emptySHA256     = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// Claim is what a request says of its signature. Nothing of it is proved.
type Claim struct {
	Signed    bool // false: the request carries no signature at all
	Presigned bool // in the query string
	AccessKey string
	Date      string // of the scope: "20150830"
	Region    string
	Service   string // signing name
	Token     string // session token

	listed    string   // signed header names as they were given
	headers   []string // the same in lower case and in that order, once finish has been called
	signature string
	time      time.Time
	rawTime   string
	expires   time.Duration // of a presigned request
	fault     *Fault        // why it cannot be right
	twice     string        // a header that decides who calls, and is there more than once
}

// Parse reads the signature of a request. A malformed one still has the parts
// that could be read, since developer mode routes by them; Identify refuses it.
func Parse(r *http.Request) Claim {
	c := parse(r)
	if c.twice = Repeated(r.Header, "Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256", "Date"); c.twice != "" {
		c.Signed = true // be it well or not: it is nobody's anonymous request
	}
	return c
}

// Repeated is the first of names, in their canonical form, that is there more than
// once, or "". Of a header that decides something, whoever has passed the request on
// may have believed another one than we.
func Repeated(h http.Header, names ...string) string {
	for _, name := range names {
		if len(h[name]) > 1 {
			return name
		}
	}
	return ""
}

// parse reads the signature wherever it is.
func parse(r *http.Request) Claim {
	authorization := get(r.Header, "Authorization")
	switch {
	case strings.HasPrefix(authorization, algorithm):
		return parseHeader(r, authorization[len(algorithm):])
	case strings.HasPrefix(authorization, "AWS4-"):
		c := parseHeader(r, strings.TrimPrefix(authorization, algorithmV4A))
		c.fault = &Fault{Kind: Incomplete, Detail: "Only " + algorithm + " is supported by maru: SigV4A and other algorithms are not."}
		return c
	case strings.HasPrefix(authorization, "AWS "):
		return parseV2(authorization)
	case !strings.Contains(r.URL.RawQuery, "X-Amz-"):
		return Claim{}
	}
	query := r.URL.Query()
	if query.Get("X-Amz-Algorithm") == "" {
		return Claim{}
	}
	return parseQuery(query)
}

// get is h.Get for a name that is written as Go writes it.
func get(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// parseV2 keeps the key of a signature of the old scheme, for developer mode.
func parseV2(authorization string) Claim {
	id, _, _ := strings.Cut(strings.TrimPrefix(authorization, "AWS "), ":")
	return Claim{
		Signed: true, AccessKey: id, Service: "s3",
		fault: &Fault{Kind: Incomplete, Detail: "Signature Version 2 is not supported. Please use " + algorithm + "."},
	}
}

// parseHeader reads " Credential=…, SignedHeaders=…, Signature=…".
func parseHeader(r *http.Request, rest string) Claim {
	c := Claim{Signed: true, Token: get(r.Header, "X-Amz-Security-Token")}
	var missing []string
	var credential, signedHeaders string
	seen := make([]string, 0, 8)
	for part := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			continue
		}
		if slices.Contains(seen, name) {
			c.fault = &Fault{Kind: Incomplete, Detail: "'" + name + "' is given more than once in Authorization header."}
		}
		seen = append(seen, name)
		switch name {
		case "Credential":
			credential = value
		case "Signature":
			c.signature = value
		case "SignedHeaders":
			signedHeaders = value
		}
	}
	for _, part := range [...]struct{ name, value string }{
		{"Credential", credential}, {"Signature", c.signature}, {"SignedHeaders", signedHeaders},
	} {
		if part.value == "" {
			missing = append(missing, "Authorization header requires '"+part.name+"' parameter.")
		}
	}
	c.rawTime = get(r.Header, "X-Amz-Date")
	if c.rawTime == "" {
		c.rawTime = dateHeader(r.Header.Get("Date"))
	}
	if c.rawTime == "" {
		missing = append(missing, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	c.readCredential(credential)
	if len(missing) > 0 {
		c.fault = &Fault{Kind: Incomplete, Detail: strings.Join(missing, " ") + " Authorization=" + algorithm}
	}
	c.listed = signedHeaders
	return c
}

// finish reads what only a proof needs of a claim in a header.
func (c *Claim) finish() {
	if !c.Presigned {
		c.headers = strings.Split(strings.ToLower(c.listed), ";")
		c.readTime()
	}
}

// dateHeader turns an HTTP Date, which may stand in for X-Amz-Date, into that
// header's form.
func dateHeader(date string) string {
	if date == "" {
		return ""
	}
	if t, err := http.ParseTime(date); err == nil {
		return t.UTC().Format(timeFormat)
	}
	return date
}

// parseQuery reads the X-Amz-… parameters of a presigned request.
func parseQuery(query url.Values) Claim {
	c := Claim{
		Signed: true, Presigned: true,
		Token:     query.Get("X-Amz-Security-Token"),
		rawTime:   query.Get("X-Amz-Date"),
		signature: query.Get("X-Amz-Signature"),
		headers:   strings.Split(strings.ToLower(query.Get("X-Amz-SignedHeaders")), ";"),
	}
	c.readCredential(query.Get("X-Amz-Credential"))
	for _, name := range []string{"X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature"} {
		if values := query[name]; len(values) != 1 || values[0] == "" {
			c.fault = &Fault{Kind: BadQuery, Detail: "AWS query-string parameters must include '" + name + "' once. Re-examine the query-string parameters."}
		}
	}
	c.readExpires(query.Get("X-Amz-Expires"))
	if name := query.Get("X-Amz-Algorithm"); name != algorithm {
		c.fault = &Fault{Kind: BadQuery, Detail: `X-Amz-Algorithm only supports "` + algorithm + `"; SigV4A and other algorithms are not supported by maru.`}
	}
	c.readTime()
	return c
}

// week is how long a presigned request may be good for.
const week = 7 * 24 * time.Hour

// readExpires reads how long a presigned request is good for. Only S3 demands
// that it says so; other services give it 15 minutes.
func (c *Claim) readExpires(text string) {
	if text == "" {
		c.expires = 15 * time.Minute
		if c.Service == "s3" {
			c.fault = &Fault{Kind: BadQuery, Detail: "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."}
		}
		return
	}
	seconds, err := strconv.ParseInt(text, 10, 32)
	switch {
	case err != nil:
		c.fault = &Fault{Kind: BadQuery, Detail: "X-Amz-Expires should be a number"}
	case seconds < 0:
		c.fault = &Fault{Kind: BadQuery, Detail: "X-Amz-Expires must be non-negative"}
	case time.Duration(seconds)*time.Second > week:
		c.fault = &Fault{Kind: BadQuery, Detail: "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"}
	}
	c.expires = time.Duration(seconds) * time.Second
}

// readCredential reads "AKID/20150830/us-east-1/iam/aws4_request".
func (c *Claim) readCredential(text string) {
	// An access key may not hold a slash, but a developer's may: read from the end.
	rest, end, ok := cutLast(text, true)
	rest, c.Service, ok = cutLast(rest, ok)
	rest, c.Region, ok = cutLast(rest, ok)
	c.AccessKey, c.Date, ok = cutLast(rest, ok)
	if !ok {
		c.AccessKey, _, _ = strings.Cut(text, "/")
		c.Date, c.Region, c.Service = "", "", ""
		c.fault = &Fault{Kind: Incomplete, Detail: "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '" + text + "'"}
		return
	}
	if end != "aws4_request" {
		c.fault = &Fault{Kind: Mismatch, Detail: "Credential should be scoped with a valid terminator: 'aws4_request', not '" + end + "'."}
	}
}

// cutLast cuts text at its last slash, if all cuts before succeeded.
func cutLast(text string, before bool) (head, tail string, ok bool) {
	i := strings.LastIndexByte(text, '/')
	if !before || i < 0 {
		return "", "", false
	}
	return text[:i], text[i+1:], true
}

// readTime reads the time of signing, which must be of the scope's day.
func (c *Claim) readTime() {
	t, err := time.Parse(timeFormat, c.rawTime)
	switch {
	case c.fault != nil:
	case err != nil:
		c.fault = &Fault{Kind: Incomplete, Detail: "Date must be in ISO-8601 'basic format'. Got '" + c.rawTime + "'. See http://en.wikipedia.org/wiki/ISO_8601"}
	case c.rawTime[:8] != c.Date:
		c.fault = &Fault{Kind: Mismatch, Detail: "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" + c.Date + "' != '" + c.rawTime[:8] + "', from '" + c.rawTime + "'."}
	}
	c.time = t
}
