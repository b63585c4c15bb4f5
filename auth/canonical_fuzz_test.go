package auth

import (
	"bufio"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// What the SDK signs is accepted, whatever path and query it is; and the same
// signature is good for no other query, as services read them.
func FuzzSigned(f *testing.F) {
	for _, path := range []string{"/", "/a b/c+d", "/a/./b/../c", "//a//b/", "/ሴ/\xff", "/%2F%zz", "/a;b,c=d", "/..", "/arn:aws:lambda:us-east-1:1:function:f"} {
		f.Add(path, "b=2&a=1&a=0&empty=&x=a%20b+c", "a=1&b=2&a=0&empty=&x=a+b%20c", true)
		f.Add(path, "X-Amz-Signature=x", "", false)
	}
	for _, query := range []string{"", "a", "a=", "=a", "&&a=1&", "a=1&a", "%61=1", "a=%31", "a=%zz", "a;b=1", "a=1=2", "A=1", "a=1&a=1"} {
		f.Add("/", "a=1", query, false)
		f.Add("/", query, "a=1&a=1", true)
	}
	f.Fuzz(func(t *testing.T, path, query, other string, s3 bool) {
		given, err := url.ParseQuery(query)
		if err != nil || !strings.HasPrefix(path, "/") || len(path)+len(query) > 1000 {
			return // no client sends it
		}
		u := url.URL{Scheme: "http", Host: "localhost:4566", Path: path, RawQuery: strings.ReplaceAll(given.Encode(), "+", "%20")}
		if again, err := url.Parse(u.String()); err != nil || again.Host != u.Host || again.Path != path {
			return
		}
		service := "sqs"
		if s3 {
			service = "s3"
		}
		r := signed(t, testCreds, http.MethodPost, u.String(), "body", service, nil)
		v := verifier(testCreds, testTime)
		c := Parse(r)
		if _, err := v.Identify(t.Context(), r, &c, hashOf("body")); err != nil {
			t.Fatalf("%s %q is refused: %v", service, u.String(), err)
		}
		want, err := url.ParseQuery(other)
		if err != nil {
			return
		}
		r.URL.RawQuery = other
		c = Parse(r)
		_, err = v.Identify(t.Context(), r, &c, hashOf("body"))
		if same := sorted(given) == sorted(want); err == nil && !same || err != nil && same {
			t.Errorf("what was signed for %q is sent with %q: %v", query, other, err)
		}
	})
}

// sorted is a query with the values of each name in order.
func sorted(q url.Values) string {
	for _, values := range q {
		slices.Sort(values)
	}
	return q.Encode()
}

// A canonical query is its own, holds but what AWS leaves unencoded, and says what
// was sent.
func FuzzCanonicalQuery(f *testing.F) {
	for _, query := range []string{"", "a", "=", "b=2&a=1&a=0", "X-Amz-Signature=a&x=1", "X%2DAmz-Signature=a", "a=%zz&%=1", "a=b+c%20d", "&&&", "a=1=2;3", "ሴ=\xff"} {
		f.Add(query, false)
		f.Add(query, true)
	}
	f.Fuzz(func(t *testing.T, query string, presigned bool) {
		got := canonicalQuery(query, presigned)
		if again := canonicalQuery(got, presigned); again != got {
			t.Errorf("%q is %q, and that %q", query, got, again)
		}
		for i := range len(got) {
			if c := got[i]; !unreserved(c, false) && c != '%' && c != '=' && c != '&' {
				t.Fatalf("%q is %q", query, got)
			}
		}
		want, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		if presigned {
			want.Del("X-Amz-Signature")
		}
		read, err := url.ParseQuery(got)
		if err != nil || sorted(want) != sorted(read) {
			t.Errorf("%q says %v, and %q says %v: %v", query, want, got, read, err)
		}
	})
}

// A path that is signed is the one that is served: as it was sent it says what
// net/http reads in it, and each form that a client may sign says it, too.
func FuzzPath(f *testing.F) {
	for _, uri := range []string{
		"/", "/a", "/a%20b", "/a%2Fb", "/a+b", "/%25zz", "/%zz", "/%", "//a//b/", "///", "/a/../b/.", "/..", "/%2e%2e/a", "/a;b,c=d?x=1?y", "/?", "/a#b", "*", "http://h/a%2Fb?c", "http://h", "http://h?x",
		"https://u:p@h:1//a", "/\xe1\x88\xb4", "/%E1%88%b4", "/\xff", "/'()*!$&=:@~", `/a"b\`, "h:1", "a", "?",
	} {
		f.Add(uri, "p%2F+\xff")
	}
	f.Fuzz(func(t *testing.T, uri, text string) {
		if got := unescape(escape(text, true)); got != text {
			t.Errorf("%q comes back as %q", text, got)
		}
		if got := unescape(escape(text, false)); got != text || strings.Contains(escape(text, false), "/") {
			t.Errorf("%q comes back as %q", text, got)
		}
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + uri + " HTTP/1.1\r\nHost: h\r\n\r\n")))
		if err != nil || r.RequestURI != uri {
			return // never comes as far as here
		}
		want := r.URL.Path
		if want == "" {
			want = "/"
		}
		if got := unescape(rawPath(r)); got != want {
			t.Fatalf("%q is read as %q, not %q", uri, got, want)
		}
		for _, signed := range canonicalURIs(r, "s3") {
			if got := unescape(signed); got != want {
				t.Errorf("%q may be signed as %q, which is %q", uri, signed, got)
			}
		}
		forms := canonicalURIs(r, "sqs")
		if got := unescape(unescape(forms[len(forms)-1])); got != want {
			t.Errorf("%q may be signed as %q, which is %q", uri, forms[len(forms)-1], got)
		}
		for _, form := range forms {
			for i := range len(form) {
				if c := form[i]; !unreserved(c, true) && c != '%' {
					t.Fatalf("%q may be signed as %q", uri, form)
				}
			}
		}
		if clean := forms[0]; clean[0] != '/' || strings.Contains(clean, "//") || strings.Contains(clean+"/", "/../") {
			t.Errorf("%q is resolved to %q", uri, clean)
		}
	})
}
