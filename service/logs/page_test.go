package logs

import (
	"strings"
	"testing"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// A token leads on in the list that gave it, and in no other.
func TestPageTokensAreOfOneList(t *testing.T) {
	t.Parallel()
	h := home{"000000000000", "us-east-1"}
	token := service.PageToken(h.key("g"), "last\x00one")
	if last, err := readPage(h.key("g"), *token); err != nil || last != "last\x00one" {
		t.Errorf("%q, %v", last, err)
	}
	for name, tt := range map[string]struct {
		folder kv.Key
		token  string
	}{
		"another list":    {h.key("d"), *token},
		"another account": {home{"111111111111", "us-east-1"}.key("g"), *token},
		"letters":         {h.key("g"), strings.Repeat("A", 2000)},
		"too short":       {h.key("g"), "AAAA"},
		"changed":         {h.key("g"), *token + "AAAA"},
		"no base64":       {h.key("g"), "!!"},
	} {
		if _, err := readPage(tt.folder, tt.token); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}
