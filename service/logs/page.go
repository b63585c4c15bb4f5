package logs

import (
	"crypto/sha256"
	"encoding/base64"

	"maru.dev/maru/kv"
)

// sealSize is how many bytes of a page's token tell whose it is.
const sealSize = 8

// seal is what only tokens of one list have in front.
func seal(folder kv.Key, last string) string {
	sum := sha256.Sum256(append(append([]byte("logs page\x00"), folder...), last...))
	return string(sum[:sealSize])
}

// pageToken leads to what comes behind the last one of a page, in the list of a
// folder.
func pageToken(folder kv.Key, last string) *string {
	return new(base64.RawURLEncoding.EncodeToString([]byte(seal(folder, last) + last)))
}

// readPage reads the token of a page. One that was not given for this list leads
// nowhere, and is refused.
func readPage(folder kv.Key, token string) (last string, err error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) < sealSize || string(b[:sealSize]) != seal(folder, string(b[sealSize:])) {
		return "", noPage()
	}
	return string(b[sealSize:]), nil
}

// noPage is the answer to a token that leads nowhere.
func noPage() error { return invalid("The specified nextToken is invalid.") }
