// Package signed knows the callers of data planes by the keys that their requests
// are signed with.
package signed

import (
	"net/http"
	"strings"

	"maru.dev/maru/call"
	"maru.dev/maru/gateway/event"
)

// Route is what a caller wants to invoke.
type Route struct {
	ARN     string // arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>
	Account string
	Action  string // "execute-api:Invoke"
	Policy  string // the API's own; "" for none
}

// Admit proves who has signed a request with a body, and whether they may do to a
// route what they ask. A nil one accepts any key.
type Admit func(r *http.Request, body []byte, route Route) (call.Principal, error)

// AccessKey is the key that a request is signed with, in its header or its
// query; "" for none.
func AccessKey(r *http.Request) string {
	credential := ""
	if auth := r.Header.Get("Authorization"); strings.HasPrefix(auth, "AWS4-") {
		_, rest, _ := strings.Cut(auth, "Credential=")
		credential, _, _ = strings.Cut(rest, ",")
	} else if strings.Contains(r.URL.RawQuery, "X-Amz-Credential") {
		credential = r.URL.Query().Get("X-Amz-Credential")
	}
	key, _, _ := strings.Cut(credential, "/")
	return strings.TrimSpace(key)
}

// Believed is the caller that a key names where nothing is proved: the root of the
// account whose digits it is, or of the resource's own account.
func Believed(key, account string) *event.IAM {
	if isAccount(key) {
		account = key
	}
	return &event.IAM{
		AccessKey: key, AccountID: account, CallerID: account, UserID: account, UserARN: "arn:aws:iam::" + account + ":root",
	}
}

// Proved is a caller whose key is.
func Proved(key string, who call.Principal) *event.IAM {
	return &event.IAM{AccessKey: key, AccountID: who.Account, CallerID: who.UserID, UserID: who.UserID, UserARN: who.ARN}
}

// isAccount tells an account's 12 digits.
func isAccount(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) == 12
}
