// Package wiretest is what the codecs' tests share.
package wiretest

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"maru.dev/maru/wire"
)

// Operation finds an operation, which must be there.
func Operation(tb testing.TB, svc *wire.Service, name string) *wire.Operation {
	tb.Helper()
	for i := range svc.Operations {
		if svc.Operations[i].Name == name {
			return &svc.Operations[i]
		}
	}
	tb.Fatalf("%s has no %s", svc.ID, name)
	return nil
}

// Request is what the edge would make of an HTTP request.
func Request(tb testing.TB, method, target, body string, header ...string) *wire.Request {
	tb.Helper()
	u, err := url.Parse(target)
	if err != nil {
		tb.Fatal(err)
	}
	r := &wire.Request{
		Method: method, URL: u, Query: u.Query(), Header: http.Header{},
		Body: strings.NewReader(body), ContentLength: int64(len(body)),
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

// Fault returns the code and message of a fault of the caller's, or "".
func Fault(err error) string {
	var fault wire.Error
	if errors.As(err, &fault) {
		return fault.ErrorCode() + ": " + fault.ErrorMessage()
	}
	return ""
}

// Response is an empty reply.
func Response() *wire.Response {
	return &wire.Response{Header: http.Header{}, RequestID: "request-id", HostID: "host-id"}
}

// Struct is what a pointer to a generated structure points to.
func Struct(in any) reflect.Value { return reflect.ValueOf(in).Elem() }
