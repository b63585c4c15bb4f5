package call

import (
	"context"
	"strings"

	"maru.dev/maru/arn"
)

// InRole returns a context in which a service of AWS (named as
// "scheduler.amazonaws.com") calls in a role that it has assumed for one of its
// resources, in that account and region. session tells who has assumed the role.
func InRole(ctx context.Context, service, role, session, account, region string) context.Context {
	session = strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("_+=,.@-", c) {
			return c
		}
		return '-'
	}, session)
	session = session[:min(len(session), 64)]
	owner := ""
	if a, err := arn.Parse(role); err == nil && a.Service == "iam" {
		owner = a.Account
	}
	name := role[strings.LastIndexByte(role, '/')+1:]
	info := From(ctx)
	info.Account, info.Region = account, region
	if info.Partition == "" {
		info.Partition = "aws"
	}
	info.Principal = Principal{
		Kind: Role, Account: owner, UserID: name + ":" + session, ARN: "arn:aws:sts::" + owner + ":assumed-role/" + name + "/" + session,
	}
	info.UserAgent, info.SourceIP = service, service
	return With(ctx, info)
}
