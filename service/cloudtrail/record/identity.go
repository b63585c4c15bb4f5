package record

import (
	"strings"
	"time"

	"maru.dev/maru/arn"
	"maru.dev/maru/call"
)

// userIdentity is who called, in CloudTrail's words.
type userIdentity struct {
	kind                        string
	principal, arn, account     string
	accessKey, user, invokedBy  string
	session                     bool
	began                       time.Time
	issuer, issuerID, issuerARN string
}

// identityOf tells who called. at is the time of the call.
func identityOf(info *call.Info, at time.Time) userIdentity {
	p := &info.Principal
	id := userIdentity{principal: p.UserID, arn: p.ARN, account: p.Account, accessKey: p.AccessKey}
	if strings.HasSuffix(info.SourceIP, ".amazonaws.com") {
		id.invokedBy = info.SourceIP
	}
	id.began = p.Issued
	switch p.Kind {
	case call.Service:
		return userIdentity{kind: "AWSService", invokedBy: p.Service}
	case call.Root:
		id.kind = "Root"
	case call.User:
		id.user = p.ARN[strings.LastIndexByte(p.ARN, '/')+1:]
		id.kind = "IAMUser"
		if strings.Contains(p.ARN, ":federated-user/") {
			id.kind, id.user, id.issuer = "FederatedUser", "", "Root"
		}
	case call.Role:
		id.role(p, at)
	default:
		return userIdentity{kind: "AWSAccount", account: "anonymous"}
	}
	id.session = id.session || strings.HasPrefix(p.AccessKey, "ASIA")
	return id
}

// role describes the session of a role, which its ARN and user id name.
func (id *userIdentity) role(p *call.Principal, at time.Time) {
	id.kind, id.session, id.issuer = "AssumedRole", true, "Role"
	a, err := arn.Parse(p.ARN)
	if err != nil {
		return
	}
	_, rest := a.Split()
	id.user, _, _ = strings.Cut(rest, "/")
	id.issuerID, _, _ = strings.Cut(p.UserID, ":")
	if id.issuerARN = p.Issuer; id.issuerARN == "" {
		id.issuerARN = "arn:" + a.Partition + ":iam::" + a.Account + ":role/" + id.user
	}
	if id.invokedBy != "" && id.began.IsZero() {
		id.began = at // a service takes a role for each piece of work
	}
}

// name is what LookupEvents calls the user: a user's name, "root", or the name
// of a role's session.
func (id *userIdentity) name() string {
	switch id.kind {
	case "Root":
		return "root"
	case "IAMUser":
		return id.user
	case "AssumedRole", "FederatedUser":
		_, name, _ := strings.Cut(id.principal, ":")
		return name
	default:
		return ""
	}
}

// append writes the identity.
func (id *userIdentity) append(dst []byte) []byte {
	o := object{dst: append(dst, '{')}
	o.text("type", id.kind)
	o.filled("principalId", id.principal)
	o.filled("arn", id.arn)
	o.filled("accountId", id.account)
	o.filled("accessKeyId", id.accessKey)
	if id.kind == "IAMUser" {
		o.filled("userName", id.user)
	}
	if id.session {
		o.key("sessionContext")
		o.dst = id.appendSession(o.dst)
	}
	o.filled("invokedBy", id.invokedBy)
	return append(o.dst, '}')
}

// appendSession writes whose session it is, and since when.
func (id *userIdentity) appendSession(dst []byte) []byte {
	o := object{dst: append(dst, '{')}
	if id.issuer == "Role" {
		o.key("sessionIssuer")
		in := object{dst: append(o.dst, '{')}
		in.text("type", "Role")
		in.filled("principalId", id.issuerID)
		in.filled("arn", id.issuerARN)
		in.filled("accountId", id.account)
		in.filled("userName", id.user)
		o.dst = append(in.dst, '}')
	}
	o.key("attributes")
	in := object{dst: append(o.dst, '{')}
	if !id.began.IsZero() {
		in.text("creationDate", id.began.UTC().Format(timeFormat))
	}
	in.text("mfaAuthenticated", "false")
	return append(append(in.dst, '}'), '}')
}
