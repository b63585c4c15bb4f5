package standard

import (
	"encoding/base64"

	"github.com/fxamacker/cbor/v2"

	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/machine"
)

// Token is what a task's token says: which task of which execution it is for,
// and that its holder was given it.
type Token struct {
	Account string `cbor:"1,keyasint"`
	Region  string `cbor:"2,keyasint"`
	Scope   string `cbor:"3,keyasint"`
	Name    string `cbor:"4,keyasint"`
	Thread  int64  `cbor:"5,keyasint"`
	Event   int64  `cbor:"6,keyasint"`
	Nonce   []byte `cbor:"7,keyasint"`
}

// tokenOf returns the token of a thread's task.
func tokenOf(k Key, t *engine.Thread) Token {
	return Token{k.Account, k.Region, k.Scope, k.Name, t.ID, t.Task.Event, t.Task.Nonce}
}

// Key is the execution that the token is for.
func (t Token) Key() Key {
	return Key{machine.Home{Account: t.Account, Region: t.Region}, t.Scope, t.Name}
}

// String writes the token as workers see it.
func (t Token) String() string {
	text, err := cbor.Marshal(t)
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(append([]byte{tokenForm}, text...))
}

// tokenForm is the first byte of every token.
const tokenForm = 0

// ParseToken reads a token.
func ParseToken(text string) (Token, bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) < 2 || raw[0] != tokenForm {
		return Token{}, false
	}
	var t Token
	if err := cbor.Unmarshal(raw[1:], &t); err != nil || len(t.Nonce) == 0 {
		return Token{}, false
	}
	return t, true
}
