package service

import (
	"encoding/base64"
	"unicode/utf8"
)

// NameToken is a page token for lists by name: the page goes on after that name.
func NameToken(last string) string { return base64.RawURLEncoding.EncodeToString([]byte(last)) }

// ReadNameToken is the name in a token. ok is false where no list can have given
// the token, as far as can be told.
func ReadNameToken(token string) (last string, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	return string(raw), err == nil && utf8.Valid(raw)
}
