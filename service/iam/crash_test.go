package iam

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
)

const account = "000000000000"

// over is IAM over a store, and a context in which root calls.
func over(t testing.TB, st *kv.Store) (*Service, context.Context) {
	t.Helper()
	s := New(service.Deps{Store: st, Clock: clock.NewFake(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)), IDs: ids.New(rand.Reader)})
	return s, call.With(t.Context(), call.Info{Account: account, Principal: auth.RootPrincipal(account)})
}

const (
	crashTrust  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}`
	crashPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
)

// steps are the mutating operations, each of which needs those before it.
func steps(ctx context.Context, s *Service) []func() error {
	arn := "arn:aws:iam::" + account + ":policy/p"
	var key string
	step := func(_ any, err error) error { return err }
	return []func() error{
		func() error {
			return step(s.CreateRole(ctx, &api.CreateRoleInput{RoleName: "r", AssumeRolePolicyDocument: crashTrust}))
		},
		func() error { return step(s.CreateUser(ctx, &api.CreateUserInput{UserName: "u"})) },
		func() error { return step(s.CreateGroup(ctx, &api.CreateGroupInput{GroupName: "g"})) },
		func() error {
			return step(s.CreatePolicy(ctx, &api.CreatePolicyInput{PolicyName: "p", PolicyDocument: crashPolicy}))
		},
		func() error {
			return step(s.CreatePolicyVersion(ctx, &api.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: crashPolicy, SetAsDefault: new(true)}))
		},
		func() error {
			return step(s.AttachRolePolicy(ctx, &api.AttachRolePolicyInput{RoleName: "r", PolicyArn: arn}))
		},
		func() error {
			return step(s.AttachUserPolicy(ctx, &api.AttachUserPolicyInput{UserName: "u", PolicyArn: arn}))
		},
		func() error {
			return step(s.PutUserPolicy(ctx, &api.PutUserPolicyInput{UserName: "u", PolicyName: "i", PolicyDocument: crashPolicy}))
		},
		func() error {
			return step(s.AddUserToGroup(ctx, &api.AddUserToGroupInput{GroupName: "g", UserName: "u"}))
		},
		func() error {
			out, err := s.CreateAccessKey(ctx, &api.CreateAccessKeyInput{UserName: new("u")})
			if err == nil {
				key = out.AccessKey.AccessKeyId
			}
			return err
		},
		func() error {
			return step(s.UpdateAccessKey(ctx, &api.UpdateAccessKeyInput{UserName: new("u"), AccessKeyId: key, Status: "Inactive"}))
		},
		func() error {
			return step(s.CreateInstanceProfile(ctx, &api.CreateInstanceProfileInput{InstanceProfileName: "ip"}))
		},
		func() error {
			return step(s.AddRoleToInstanceProfile(ctx, &api.AddRoleToInstanceProfileInput{InstanceProfileName: "ip", RoleName: "r"}))
		},
		func() error {
			return step(s.PutRolePermissionsBoundary(ctx, &api.PutRolePermissionsBoundaryInput{RoleName: "r", PermissionsBoundary: arn}))
		},
		func() error {
			return step(s.UpdateUser(ctx, &api.UpdateUserInput{UserName: "u", NewUserName: new("v")}))
		},
		func() error {
			return step(s.DetachRolePolicy(ctx, &api.DetachRolePolicyInput{RoleName: "r", PolicyArn: arn}))
		},
		func() error {
			return step(s.RemoveRoleFromInstanceProfile(ctx, &api.RemoveRoleFromInstanceProfileInput{InstanceProfileName: "ip", RoleName: "r"}))
		},
		func() error { return step(s.DeleteRole(ctx, &api.DeleteRoleInput{RoleName: "r"})) },
		func() error {
			return step(s.DeleteAccessKey(ctx, &api.DeleteAccessKeyInput{UserName: new("v"), AccessKeyId: key}))
		},
		func() error {
			return step(s.RemoveUserFromGroup(ctx, &api.RemoveUserFromGroupInput{GroupName: "g", UserName: "v"}))
		},
		func() error { return step(s.DeleteGroup(ctx, &api.DeleteGroupInput{GroupName: "g"})) },
	}
}

// counts are the entities that there are after so many steps.
func counts(done int) (users, groups, roles int) {
	between := func(from, to int) int {
		if done >= from && done < to {
			return 1
		}
		return 0
	}
	return between(2, 1000), between(3, 21), between(1, 18)
}

// After any crash all acknowledged changes are there, and everything that is
// written in two places is there twice or not at all.
func TestChangesSurviveACrashWhole(t *testing.T) {
	t.Parallel()
	work := func(st *kv.Store, ack func()) {
		s, ctx := over(t, st)
		for i, step := range steps(ctx, s) {
			if err := step(); err != nil {
				t.Errorf("step %d: %v", i, err)
				return
			}
			ack()
		}
	}
	check := func(st *kv.Store, acked int) {
		s, ctx := over(t, st)
		err := s.view(ctx, func(tb *table) error {
			if err := checkTwins(tb); err != nil {
				return err
			}
			return checkCounts(tb, acked)
		})
		if err != nil {
			t.Errorf("after %d acknowledged: %v", acked, err)
		}
	}
	kvtest.Crash(t, work, check)
}

// checkTwins holds the two directions of everything against each other.
func checkTwins(t *table) error {
	pairs := [][2]string{{"attached", "holder"}, {"member", "group-of"}}
	for _, p := range pairs {
		a, err := t.count(t.key(p[0]))
		if err != nil {
			return err
		}
		b, err := t.count(t.key(p[1]))
		if err != nil {
			return err
		}
		if a != b {
			return fmt.Errorf("%d rows of %s, %d of %s", a, p[0], b, p[1])
		}
	}
	keys, err := t.count(t.key("key"))
	if err != nil {
		return err
	}
	signing, err := t.count(kv.NewKey("", "", "auth", "key"))
	if err != nil {
		return err
	}
	if keys != signing {
		return fmt.Errorf("%d keys of users, %d that sign", keys, signing)
	}
	return nil
}

// checkCounts holds what is stored against what was acknowledged, or one step
// more: a change may be on disk without its acknowledgement.
func checkCounts(t *table, acked int) error {
	got := [3]int{}
	for i, k := range []kind{user, group, role} {
		n, err := t.count(t.key(string(k)))
		if err != nil {
			return err
		}
		counted, err := t.tx.Count(t.countKey(string(k)))
		if err != nil {
			return err
		}
		if int64(n) != counted {
			return fmt.Errorf("%d of kind %s, counted as %d", n, k, counted)
		}
		got[i] = n
	}
	for done := acked; done <= acked+1; done++ {
		u, g, r := counts(done)
		if got == [3]int{u, g, r} {
			return nil
		}
	}
	return fmt.Errorf("stored %v", got)
}
