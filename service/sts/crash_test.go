package sts

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"testing"
	"time"

	iamapi "maru.dev/maru/api/iam"
	api "maru.dev/maru/api/sts"
	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

const crashRole = "arn:aws:iam::000000000000:role/r"

// oneRole stands in for IAM: it has crashRole.
type oneRole struct{}

// Call answers GetRole.
func (oneRole) Call(context.Context, string, string, any) (any, error) {
	return &iamapi.GetRoleOutput{Role: &iamapi.Role{RoleName: "r", RoleId: "AROA", Arn: crashRole}}, nil
}

// CallJSON is not needed.
func (oneRole) CallJSON(_ context.Context, svc, operation string, _ json.RawMessage) (json.RawMessage, error) {
	return nil, wire.NotImplemented(svc, operation)
}

// Credentials that were handed out are good after any crash.
func TestSessionsSurviveCrashes(t *testing.T) {
	t.Parallel()
	ctx := call.With(t.Context(), call.Info{Account: "000000000000", Region: "us-east-1", Principal: auth.RootPrincipal("000000000000")})
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		c := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		s := New(service.Deps{Store: st, Clock: c, IDs: ids.New(rand.Reader), Caller: oneRole{}})
		h.Did(s.AssumeRole(ctx, &api.AssumeRoleInput{RoleArn: crashRole, RoleSessionName: "session"}))
		h.Did(s.GetSessionToken(ctx, &api.GetSessionTokenInput{}))
		h.Did(s.GetFederationToken(ctx, &api.GetFederationTokenInput{Name: "bob"}))
	})
}
