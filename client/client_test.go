package client_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	logsapi "maru.dev/maru/api/logs"
	sqsapi "maru.dev/maru/api/sqs"
	"maru.dev/maru/auth"
	"maru.dev/maru/client"
	"maru.dev/maru/clock"
	"maru.dev/maru/console"
	"maru.dev/maru/edge"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/platform"
	"maru.dev/maru/service"
	"maru.dev/maru/service/logs"
	"maru.dev/maru/service/sqs"
	"maru.dev/maru/wire"
)

// now is when the tests are.
var now = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// newEnv is a server with two services, of different protocols.
func newEnv(t *testing.T, mode platform.Mode) *testenv.Env {
	t.Helper()
	return testenv.NewWith(t, testenv.Options{Mode: mode, Clock: clock.NewFake(now), Mounts: func(d service.Deps, _ func(string) any) []edge.Mount {
		return []edge.Mount{{Path: console.Path, Keep: true, Handler: console.New(console.Options{
			Caller: d.Caller, Store: d.Store, Clock: d.Clock, IDs: d.IDs, Log: d.Log, Enforcing: d.Enforcing,
		})}}
	}}, sqs.Registration(), logs.Registration())
}

// newClient calls env with a key.
func newClient(env *testenv.Env, key, secret string) *client.Client {
	return &client.Client{Endpoint: env.URL(), Key: key, Secret: secret, Region: testenv.Region, HTTP: env.HTTP(), Clock: clock.NewFake(now)}
}

func TestOperationsAreCalledByModelAndName(t *testing.T) {
	t.Parallel()
	env := newEnv(t, platform.Developer)
	c := newClient(env, "111122223333", "any")
	if _, err := client.Do[logsapi.CreateLogGroupOutput](t.Context(), c, logsapi.Model, "CreateLogGroup", &logsapi.CreateLogGroupInput{LogGroupName: "g"}); err != nil {
		t.Fatal(err)
	}
	groups, err := client.Do[logsapi.DescribeLogGroupsOutput](t.Context(), c, logsapi.Model, "DescribeLogGroups", &logsapi.DescribeLogGroupsInput{})
	if err != nil {
		t.Fatal(err)
	}
	if len(groups.LogGroups) != 1 || *groups.LogGroups[0].Arn != "arn:aws:logs:us-east-1:111122223333:log-group:g:*" {
		t.Errorf("groups %v", groups.LogGroups)
	}
}

func TestARefusalIsAnErrorWithItsCode(t *testing.T) {
	t.Parallel()
	c := newClient(newEnv(t, platform.Developer), "test", "test")
	_, err := client.Do[sqsapi.GetQueueUrlOutput](t.Context(), c, sqsapi.Model, "GetQueueUrl", &sqsapi.GetQueueUrlInput{QueueName: "none"})
	if refused, ok := errors.AsType[*wire.APIError](err); !ok || refused.Code == "" || refused.Status != 400 {
		t.Errorf("%#v", err)
	}
}

func TestInEnforcingModeASignatureIsProved(t *testing.T) {
	t.Parallel()
	env := newEnv(t, platform.Enforcing)
	key, _, err := auth.RootKey(t.Context(), env.Store(), ids.New(rand.Reader), testenv.Account)
	if err != nil {
		t.Fatal(err)
	}
	list := func(c *client.Client) error {
		_, err := client.Do[sqsapi.ListQueuesOutput](t.Context(), c, sqsapi.Model, "ListQueues", &sqsapi.ListQueuesInput{})
		return err
	}
	if err := list(newClient(env, key.ID, string(key.Secret))); err != nil {
		t.Errorf("with the key: %v", err)
	}
	if err := list(newClient(env, key.ID, "wrong")); err == nil {
		t.Error("a wrong secret was accepted")
	}
	stale := newClient(env, key.ID, string(key.Secret))
	stale.Clock = clock.NewFake(now.Add(-time.Hour))
	if err := list(stale); err == nil {
		t.Error("a signature of an hour ago was accepted")
	}
}
