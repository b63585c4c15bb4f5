package iam

import (
	"context"
	"strings"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/call"
)

// GetUser describes a user, or the caller when no name is given.
//
// Spec: IAM API Reference, GetUser.
func (s *Service) GetUser(ctx context.Context, in *api.GetUserInput) (*api.GetUserOutput, error) {
	var out api.User
	err := s.view(ctx, func(t *table) error {
		name, root := s.callerOr(ctx, in.UserName)
		if root {
			out = api.User{Path: "/", UserName: t.account, UserId: t.account, Arn: "arn:aws:iam::" + t.account + ":root"}
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
// of the account has none.
func (s *Service) callerOr(ctx context.Context, given *string) (name string, root bool) {
	if given != nil {
		return *given, false
	}
	p := call.From(ctx).Principal
	if p.Kind != call.User {
		return "", true
	}
	return p.ARN[strings.LastIndexByte(p.ARN, '/')+1:], false
}
