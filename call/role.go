package call

import (
	"context"
	"strings"

	"maru.dev/maru/arn"
)

// AssumedRole returns who calls in a role that a service of AWS has assumed for
// one of its resources. session tells who has assumed it; what the name of a
// session cannot hold becomes a dash. ok is false where role is no role's ARN.
func AssumedRole(role, session string) (p Principal, ok bool) {
	session = strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("_+=,.@-", c) {
			return c
		}
		return '-'
	}, session)
	session = session[:min(len(session), 64)]
	if a, err := arn.Parse(role); err == nil && a.Service == "iam" {
		p.Account, p.Issuer, ok = a.Account, role, true
	}
	name := role[strings.LastIndexByte(role, '/')+1:]
	p.Kind, p.UserID, p.ARN = Role, name+":"+session, "arn:aws:sts::"+p.Account+":assumed-role/"+name+"/"+session
	return p, ok
}

// InRole returns a context in which a service of AWS (named as
// "scheduler.amazonaws.com") calls in a role that it has assumed for one of its
// resources, in that account and region. session tells who has assumed the role.
func InRole(ctx context.Context, service, role, session, account, region string) context.Context {
	info := From(ctx)
	info.Account, info.Region = account, region
	if info.Partition == "" {
		info.Partition = "aws"
	}
	info.Principal, _ = AssumedRole(role, session)
	info.Behalf = ""
	info.UserAgent, info.SourceIP = service, service
	return With(ctx, info)
}
