package task

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	sts "maru.dev/maru/api/sts"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
)

// Signature is in whose name a Request is signed.
type Signature struct {
	Service   string // signing name: "execute-api"
	Role      string // ARN
	Session   string // who has assumed it
	Principal string // the service that assumes it: "states.amazonaws.com"
	SourceARN string // on whose behalf
	Account   string
	Region    string
}

// sign signs a request with keys of the role. Where there are none (developer
// mode lets one name a role that is not there), the account's own number stands
// for the account, as anywhere; where keys are proved that is good for nothing.
func (q *Queue) sign(ctx context.Context, req *http.Request, r Request) error {
	s := r.Sign
	keys := aws.Credentials{AccessKeyID: s.Account, SecretAccessKey: "maru"}
	as := call.As(ctx, s.Principal, s.SourceARN, s.Account, s.Region)
	out, err := call.Do[*sts.AssumeRoleOutput](as, q.caller, "sts", "AssumeRole", &sts.AssumeRoleInput{RoleArn: s.Role, RoleSessionName: s.Session})
	if err == nil && out.Credentials != nil {
		c := out.Credentials
		keys = aws.Credentials{AccessKeyID: c.AccessKeyId, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}
	} else {
		q.log.Debug("no session of the role", "role", s.Role, "err", err)
	}
	sum := sha256.Sum256(r.Body)
	if err := v4.NewSigner().SignHTTP(ctx, keys, req, hex.EncodeToString(sum[:]), s.Service, s.Region, q.clock.Now()); err != nil {
		return permanent{fmt.Errorf("sign request: %w", err)}
	}
	return nil
}

// MethodOf is how a method of an API of API Gateway is called at this platform's
// endpoint, by the method's ARN: api/stage/method/path. A method that may be any
// is POST.
func MethodOf(endpoint string, a arn.ARN) (method, url string, ok bool) {
	parts := strings.SplitN(a.Resource, "/", 4)
	if len(parts) < 3 {
		return "", "", false
	}
	path := ""
	if len(parts) == 4 {
		path = parts[3]
	}
	if method = parts[2]; method == "*" {
		method = http.MethodPost
	}
	return method, APIAddress(endpoint, parts[0], parts[1], path), true
}

// APIAddress is where a path of an API's stage is at this platform's endpoint.
func APIAddress(endpoint, api, stage, path string) string {
	address := endpoint + "/_aws/execute-api/" + api
	if stage != "" && stage != "$default" {
		address += "/" + stage
	}
	return address + "/" + path
}
