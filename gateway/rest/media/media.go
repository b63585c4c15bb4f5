// Package media knows content types and compressions: what a body is, and as what
// a client takes it.
package media

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strings"
)

// Type is a content type without its parameters.
func Type(s string) string {
	kind, _, _ := strings.Cut(s, ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// Choose chooses among content types, in their order: the first that an Accept
// header names, else JSON, else any; "" where there are none.
func Choose(accept string, kinds []string) string {
	for part := range strings.SplitSeq(accept, ",") {
		wanted := Type(part)
		for _, kind := range kinds {
			if Type(kind) == wanted {
				return kind
			}
		}
	}
	for _, kind := range kinds {
		if Type(kind) == "application/json" {
			return kind
		}
	}
	if len(kinds) > 0 {
		return kinds[0]
	}
	return ""
}

// Among tells whether a content type is one of a list, in which image/* and */*
// stand for many.
func Among(list []string, contentType string) bool {
	kind := Type(contentType)
	for _, b := range list {
		b = Type(b)
		major, any := strings.CutSuffix(b, "/*")
		if b == "*/*" || b == kind && kind != "" || any && strings.HasPrefix(kind, major+"/") {
			return true
		}
	}
	return false
}

// ErrTooLong is why a body is not inflated.
var ErrTooLong = errors.New("the body is too long when it is inflated")

// Inflate takes a body out of the compression that a Content-Encoding header
// tells; known is false for one that is none of ours.
func Inflate(body []byte, encoding string, limit int) (out []byte, known bool, err error) {
	var from io.ReadCloser
	switch strings.ToLower(encoding) {
	case "gzip":
		from, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate":
		from, err = zlib.NewReader(bytes.NewReader(body))
	default:
		return body, false, nil
	}
	if err != nil {
		return nil, true, err
	}
	defer from.Close()
	out, err = io.ReadAll(io.LimitReader(from, int64(limit)+1))
	if len(out) > limit {
		err = ErrTooLong
	}
	return out, true, err
}

// Compress puts a body into the first compression of ours that an Accept-Encoding
// header names, and names it; "" for none.
func Compress(body []byte, accept string) (out []byte, encoding string) {
	var b bytes.Buffer
	var to io.WriteCloser
	switch encoding = encodingOf(accept); encoding {
	case "gzip":
		to = gzip.NewWriter(&b)
	case "deflate":
		to = zlib.NewWriter(&b)
	default:
		return body, ""
	}
	if _, err := to.Write(body); err != nil || to.Close() != nil {
		return body, "" // a buffer takes everything
	}
	return b.Bytes(), encoding
}

// encodingOf is the first compression of ours that an Accept-Encoding header
// names.
func encodingOf(accept string) string {
	for part := range strings.SplitSeq(accept, ",") {
		name, q, _ := strings.Cut(part, ";")
		if strings.ReplaceAll(q, " ", "") == "q=0" {
			continue
		}
		switch name = strings.ToLower(strings.TrimSpace(name)); name {
		case "gzip", "deflate":
			return name
		case "*":
			return "gzip"
		}
	}
	return ""
}
