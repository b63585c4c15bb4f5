package sts

import (
	"context"
	"time"

	api "maru.dev/maru/api/sts"
	"maru.dev/maru/call"
)

// Lives of the sessions of users and root.
const (
	userLife = 12 * time.Hour
	rootLife = time.Hour
)

// GetSessionToken gives temporary credentials of the user, or the root, who
// calls.
//
// Spec: STS API Reference, GetSessionToken.
func (s *Service) GetSessionToken(ctx context.Context, in *api.GetSessionTokenInput) (*api.GetSessionTokenOutput, error) {
	p := call.From(ctx).Principal
	if p.Kind != call.User && p.Kind != call.Root {
		return nil, noSession("GetSessionToken")
	}
	credentials, err := s.issue(ctx, p, lifeOf(p, in.DurationSeconds))
	if err != nil {
		return nil, err
	}
	return &api.GetSessionTokenOutput{Credentials: credentials}, nil
}

// lifeOf is how long a user's session lasts. Root's is an hour at most.
func lifeOf(p call.Principal, given *int32) time.Duration {
	if p.Kind == call.Root {
		return min(seconds(given, rootLife), rootLife)
	}
	return seconds(given, userLife)
}
