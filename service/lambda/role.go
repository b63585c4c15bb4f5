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
// does not (developer mode lets a function name a role that is not there), the
// account's own number stands for the account; where keys are proved that is
// good for nothing, and the function does not run.
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
		return compute.Credentials{AccessKeyID: f.Account, SecretAccessKey: "maru", SessionToken: "maru"}, time.Time{}, nil
	}
	c := out.Credentials
	return compute.Credentials{AccessKeyID: c.AccessKeyId, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}, c.Expiration, nil
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
