package ecr

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"testing"

	api "maru.dev/maru/api/ecr"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
)

// A lifecycle policy and a repository's policy that are in order.
const (
	goodLifecycle = `{"rules": [{"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14}, "action": {"type": "expire"}}]}`
	goodPolicy    = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": ["ecr:BatchGetImage"]}]}`
)

func TestEachChangeSurvivesACrashWhole(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	resource := registry{"000000000000", "us-east-1"}.arnOf("r")
	kvtest.History(t, func(st *kv.Store, steps *kvtest.Steps) {
		s := New(service.Deps{Store: st, Clock: clock.System{}, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler)})
		steps.Did(s.CreateRepository(ctx, &api.CreateRepositoryInput{RepositoryName: "r"}))
		steps.Did(s.CreateRepository(ctx, &api.CreateRepositoryInput{RepositoryName: "other"}))
		steps.Did(s.PutImageScanningConfiguration(ctx, &api.PutImageScanningConfigurationInput{
			RepositoryName: "r", ImageScanningConfiguration: &api.ImageScanningConfiguration{ScanOnPush: new(true)},
		}))
		steps.Did(s.PutImageTagMutability(ctx, &api.PutImageTagMutabilityInput{RepositoryName: "r", ImageTagMutability: api.ImageTagMutabilityImmutable}))
		steps.Did(s.TagResource(ctx, &api.TagResourceInput{ResourceArn: resource, Tags: []api.Tag{{Key: "a", Value: "b"}}}))
		steps.Did(s.UntagResource(ctx, &api.UntagResourceInput{ResourceArn: resource, TagKeys: []string{"a"}}))
		steps.Did(s.PutLifecyclePolicy(ctx, &api.PutLifecyclePolicyInput{RepositoryName: "r", LifecyclePolicyText: goodLifecycle}))
		steps.Did(s.DeleteLifecyclePolicy(ctx, &api.DeleteLifecyclePolicyInput{RepositoryName: "r"}))
		steps.Did(s.SetRepositoryPolicy(ctx, &api.SetRepositoryPolicyInput{RepositoryName: "r", PolicyText: goodPolicy}))
		steps.Did(s.DeleteRepositoryPolicy(ctx, &api.DeleteRepositoryPolicyInput{RepositoryName: "r"}))
		steps.Did(s.PutLifecyclePolicy(ctx, &api.PutLifecyclePolicyInput{RepositoryName: "r", LifecyclePolicyText: goodLifecycle}))
		steps.Did(s.SetRepositoryPolicy(ctx, &api.SetRepositoryPolicyInput{RepositoryName: "r", PolicyText: goodPolicy}))
		steps.Did(s.DeleteRepository(ctx, &api.DeleteRepositoryInput{RepositoryName: "r", Force: new(true)}))
	})
}

// The quota is counted, so that repositories need not be.
func TestAFullRegistryTakesNoMore(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	st := kvtest.Open(t)
	s := New(service.Deps{Store: st, Clock: clock.System{}, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler)})
	full := func(tx *kv.Tx) error {
		return tx.Add(registry{"000000000000", "us-east-1"}.counterKey(), maxRepositories-1)
	}
	if err := st.Update(ctx, full); err != nil {
		t.Fatal(err)
	}
	create := func(name string) error {
		_, err := s.CreateRepository(ctx, &api.CreateRepositoryInput{RepositoryName: name})
		return err
	}
	if err := create("last"); err != nil {
		t.Fatal(err)
	}
	err := create("more")
	if _, full := errors.AsType[*api.LimitExceededException](err); !full {
		t.Errorf("%v", err)
	}
	if _, err := s.DeleteRepository(ctx, &api.DeleteRepositoryInput{RepositoryName: "last"}); err != nil {
		t.Fatal(err)
	}
	if err := create("more"); err != nil {
		t.Error(err)
	}
}
