package gateway

import (
	"net/http"
	"strings"

	"maru.dev/maru/gateway/event"
)

// authorizeIAM knows the caller by a signature. How it is proved is the
// platform's affair: without Options.Admit, as in developer mode, any key
// is good, but there has to be one.
func (g *Gateway) authorizeIAM(x *exchange) *reply {
	key := accessKey(x.r)
	if key == "" {
		return forbidden()
	}
	account := x.api.Account
	if isAccount(key) {
		account = key
	}
	x.caller.iam = &event.IAM{
		AccessKey: key, AccountID: account, CallerID: account, UserID: account, UserARN: "arn:aws:iam::" + account + ":root",
	}
	if g.options.Admit == nil {
		return nil
	}
	if answer := x.readBody(); answer != nil {
		return answer // the signature is over the body, too
	}
	who, err := g.options.Admit(x.r, x.body, Route{ARN: x.routeARN(), Account: x.api.Account})
	if err != nil {
		x.caller.iam = nil
		x.authorizerError = err.Error()
		return forbidden()
	}
	x.caller.iam = &event.IAM{AccessKey: key, AccountID: who.Account, CallerID: who.UserID, UserID: who.UserID, UserARN: who.ARN}
	return nil
}

// routeARN names what is invoked, as policies do.
func (x *exchange) routeARN() string {
	return "arn:aws:execute-api:" + x.api.Region + ":" + x.api.Account + ":" + x.api.ID + "/" + x.stage.StageName + "/" + x.r.Method + x.path
}

// accessKey is the key that a request is signed with, in its header or its
// query.
func accessKey(r *http.Request) string {
	credential := r.URL.Query().Get("X-Amz-Credential")
	if auth := r.Header.Get("Authorization"); strings.HasPrefix(auth, "AWS4-") {
		_, rest, _ := strings.Cut(auth, "Credential=")
		credential, _, _ = strings.Cut(rest, ",")
	}
	key, _, _ := strings.Cut(credential, "/")
	return strings.TrimSpace(key)
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
