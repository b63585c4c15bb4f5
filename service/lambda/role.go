package lambda

import (
	"context"
	"errors"
	"strings"
	"time"

	"maru.dev/maru/api/iam"
	"maru.dev/maru/api/sts"
	"maru.dev/maru/call"
	"maru.dev/maru/compute"
	"maru.dev/maru/wire"
)

// credentials are those of the version's role where STS gives any. Where it
// does not (developer mode lets a function name a role that is not there), a
// session of the account's root stands in for them; where keys are proved the
// function does not run.
func (s *Service) credentials(ctx context.Context, f *function, v *version) (compute.Credentials, time.Time, error) {
	ctx = call.As(ctx, "lambda.amazonaws.com", f.functionARN(f.Name, ""), f.Account, f.Region)
	session := f.Name
	switch {
	case len(session) > 64:
		session = session[:64]
	case len(session) < 2:
		session += "_" // a session's name has two letters or more, a function's has one
	}
	out, err := call.Do[*sts.AssumeRoleOutput](ctx, s.Caller, "sts", "AssumeRole", &sts.AssumeRoleInput{
		RoleArn: v.Role, RoleSessionName: session, DurationSeconds: new(int32(3600)),
	})
	if err != nil || out.Credentials == nil || strings.TrimSpace(out.Credentials.AccessKeyId) == "" {
		s.Log.Debug("no session of the function's role", "function", f.Name, "role", v.Role, "err", err)
		if s.Enforcing {
			return compute.Credentials{}, time.Time{}, unassumable()
		}
		given, ends := s.rootCredentials(ctx, f.Account)
		return given, ends, nil
	}
	given, ends := sessionKeys(out.Credentials)
	return given, ends, nil
}

// rootCredentials are a session of an account's root. They are of one environment
// alone, so that its calls are known as its own: see bind. Without STS the
// account's number stands for the account.
func (s *Service) rootCredentials(ctx context.Context, account string) (compute.Credentials, time.Time) {
	info := call.From(ctx)
	info.Principal = call.Principal{Kind: call.Root, Account: account, UserID: account, ARN: "arn:aws:iam::" + account + ":root"}
	out, err := call.Do[*sts.GetSessionTokenOutput](call.With(ctx, info), s.Caller, "sts", "GetSessionToken", &sts.GetSessionTokenInput{})
	if err != nil || out.Credentials == nil {
		return compute.Credentials{AccessKeyID: account, SecretAccessKey: "maru", SessionToken: "maru"}, time.Time{}
	}
	return sessionKeys(out.Credentials)
}

// sessionKeys are a session's credentials as an environment has them, and when they
// end.
func sessionKeys(c *sts.Credentials) (compute.Credentials, time.Time) {
	return compute.Credentials{AccessKeyID: c.AccessKeyId, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}, c.Expiration
}

// noRole is what AWS says of a role that Lambda cannot assume.
const noRole = "The role defined for the function cannot be assumed by Lambda."

// unassumable is the answer to an invocation of a function whose role is gone.
func unassumable() error {
	return &wire.APIError{Code: "AccessDeniedException", Status: 403, Message: noRole}
}

// checkRole refuses a role that cannot be assumed, where keys are proved: with
// one that nobody issued a function could do nothing.
func (s *Service) checkRole(ctx context.Context, t target, role *string) error {
	if !s.Enforcing || role == nil {
		return nil
	}
	name := (*role)[strings.LastIndexByte(*role, '/')+1:]
	ctx = call.As(ctx, "lambda.amazonaws.com", t.functionARN(t.name, ""), t.Account, t.Region)
	out, err := call.Do[*iam.GetRoleOutput](ctx, s.Caller, "iam", "GetRole", &iam.GetRoleInput{RoleName: name})
	if _, ok := errors.AsType[wire.Error](err); ok || err == nil && out.Role.Arn != *role {
		return invalid(noRole)
	}
	return err
}
