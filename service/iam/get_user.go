package iam

import (
	"context"
	"strings"
	"time"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/call"
)

// GetUser describes a user, or the caller when no name is given.
//
// Spec: IAM API Reference, GetUser.
func (s *Service) GetUser(ctx context.Context, in *api.GetUserInput) (*api.GetUserOutput, error) {
	var out api.User
	err := s.view(ctx, func(t *table) error {
		name, root, err := s.callerOr(ctx, in.UserName)
		if err != nil {
			return err
		}
		if root {
			out = api.User{Path: "/", UserName: t.account, UserId: t.account, Arn: "arn:aws:iam::" + t.account + ":root", CreateDate: founded()}
			return nil
		}
		e, err := t.load(user, name)
		if err != nil {
			return err
		}
		out = userOut(e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.GetUserOutput{User: &out}, nil
}

// callerOr is the name of a user: the one given, or the caller's own. The root
// of the account has none, and a role's session is nobody's.
func (s *Service) callerOr(ctx context.Context, given *string) (name string, root bool, err error) {
	if given != nil {
		return *given, false, nil
	}
	switch p := call.From(ctx).Principal; p.Kind {
	case call.User:
		return p.ARN[strings.LastIndexByte(p.ARN, '/')+1:], false, nil
	case call.Role:
		return "", false, invalid("Must specify userName when calling with non-User credentials")
	default:
		return "", true, nil
	}
}

// founded is when accounts began: nobody has made them.
func founded() time.Time { return time.Date(2006, 3, 14, 0, 0, 0, 0, time.UTC) }
