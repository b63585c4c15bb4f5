package service

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"maru.dev/maru/kv"
)

// sealSize is how many bytes of a page's token tell whose it is.
const sealSize = 8

// seal is what only tokens of one list, and of one place in it, have in front. It is no
// secret: whoever forges it goes on at a place in a list that is theirs to read.
func seal(list kv.Key, last string) string {
	sum := sha256.Sum256(append(append([]byte("page\x00"), list...), last...))
	return string(sum[:sealSize])
}

// PageToken leads to what comes behind the last item of a list's page; nil, where
// that is "": nothing does. list is the key that its rows begin with, or another
// that no other list has.
func PageToken(list kv.Key, last string) *string {
	if last == "" {
		return nil
	}
	return new(base64.RawURLEncoding.EncodeToString([]byte(seal(list, last) + last)))
}

// ReadPageToken is the item that a page goes on behind, "" for none. ok is false
// for a token that this list has not given: one that is forged, cut short, or
// another operation's.
func ReadPageToken(list kv.Key, token *string) (last string, ok bool) {
	if token == nil || *token == "" {
		return "", true
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(*token)
	if err != nil || len(b) <= sealSize || string(b[:sealSize]) != seal(list, string(b[sealSize:])) {
		return "", false
	}
	return string(b[sealSize:]), true
}

// RowToken is PageToken for a page that a row ended. Its key begins with list.
func RowToken(list, last kv.Key) *string { return PageToken(list, string(last[len(list):])) }

// AfterToken is what is left of rows behind the one that a token of RowToken is
// of, or all of them. ok is as of ReadPageToken.
func AfterToken(list kv.Key, rows kv.Range, token *string) (rest kv.Range, ok bool) {
	last, ok := ReadPageToken(list, token)
	if last == "" {
		return rows, ok
	}
	return rows.After(append(slices.Clone(list), last...)), true
}
