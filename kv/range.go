package kv

import "bytes"

// Range is a span of keys: From is included, To is not.
type Range struct {
	From, To Key // nil is the first, or behind the last, key of the store
	Reverse  bool
	Limit    int // rows; 0 is no limit
}

// Prefix returns the range of all keys that continue key by at least one part.
func Prefix(key Key) Range {
	return Range{
		From: append(bytes.Clone(key), typeFirst),
		To:   append(bytes.Clone(key), typeEnd),
	}
}

// After returns r without the keys up to and including key, in r's direction:
// where a page of a scan left off.
func (r Range) After(key Key) Range {
	if r.Reverse {
		if r.To == nil || bytes.Compare(key, r.To) < 0 {
			r.To = bytes.Clone(key)
		}
		return r
	}
	if bytes.Compare(key, r.From) >= 0 {
		r.From = successor(key)
	}
	return r
}

// Holds tells whether key is in r: a place that somebody else names need not be.
func (r Range) Holds(key Key) bool {
	return bytes.Compare(key, r.From) >= 0 && (r.To == nil || bytes.Compare(key, r.To) < 0)
}

// span returns the bounds of r with the store's own ends filled in.
func (r Range) span() span {
	s := span{from: r.From, to: r.To}
	if len(s.from) == 0 {
		s.from = userFrom
	}
	if r.To == nil {
		s.to = userTo
	}
	return s
}

// successor returns the first key behind key.
func successor(key []byte) []byte {
	next := make([]byte, len(key)+1)
	copy(next, key)
	return next
}

// span is a half-open interval of encoded keys.
type span struct{ from, to []byte }

// empty says whether no key can be in s.
func (s span) empty() bool { return bytes.Compare(s.from, s.to) >= 0 }

// holds says whether key is in s.
func (s span) holds(key []byte) bool {
	return bytes.Compare(key, s.from) >= 0 && bytes.Compare(key, s.to) < 0
}

// overlaps says whether a key can be in both.
func (s span) overlaps(t span) bool {
	return bytes.Compare(s.from, t.to) < 0 && bytes.Compare(t.from, s.to) < 0
}
