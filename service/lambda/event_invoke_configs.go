package lambda

import (
	"context"
	"fmt"
	"time"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// retries is how often a failing event is run again.
func (c invokeConfig) retries() int { return int(wire.Or(c.Retries, defaultRetries)) }

// maxAge is how long an event may wait.
func (c invokeConfig) maxAge() time.Duration {
	if c.MaxAge == nil {
		return defaultMaxAge
	}
	return time.Duration(*c.MaxAge) * time.Second
}

// qualifierOf is the qualifier under which a target's configuration is kept.
func qualifierOf(t target) string { return wire.Or(wire.Optional(t.qualifier), latest) }

// loadInvokeConfig reads a target's asynchronous configuration, or the default.
func loadInvokeConfig(tx *kv.Tx, t target) (invokeConfig, error) {
	c, _, err := kv.Get[invokeConfig](tx, t.invokeConfigKey(t.name, qualifierOf(t)))
	if err != nil {
		return c, fmt.Errorf("load event invoke config: %w", err)
	}
	return c, nil
}

// describe is a configuration as clients see it.
func (c invokeConfig) describe(f *function) *api.FunctionEventInvokeConfig {
	out := &api.FunctionEventInvokeConfig{
		FunctionArn: new(f.functionARN(f.Name, c.Qualifier)), LastModified: new(c.LastModified),
		MaximumRetryAttempts: c.Retries, MaximumEventAgeInSeconds: c.MaxAge,
	}
	if c.Destinations {
		out.DestinationConfig = &api.DestinationConfig{
			OnSuccess: &api.OnSuccess{Destination: wire.Optional(c.OnSuccess)}, OnFailure: &api.OnFailure{Destination: wire.Optional(c.OnFailure)},
		}
	}
	return out
}

// apply sets what a request gives.
func (c *invokeConfig) apply(f *function, retries, maxAge *int32, to *api.DestinationConfig) error {
	if retries == nil && maxAge == nil && to == nil {
		return invalid("You must specify at least one of error handling or destination setting.")
	}
	if retries != nil {
		c.Retries = retries
	}
	if maxAge != nil {
		c.MaxAge = maxAge
	}
	if to == nil {
		return nil
	}
	c.Destinations = true
	if to.OnSuccess != nil {
		c.OnSuccess = wire.Value(to.OnSuccess.Destination)
	}
	if to.OnFailure != nil {
		c.OnFailure = wire.Value(to.OnFailure.Destination)
	}
	for _, destination := range []string{c.OnSuccess, c.OnFailure} {
		if err := checkDestination(f, destination); err != nil {
			return err
		}
	}
	return nil
}

// checkDestination says whether a destination is of a kind that can be sent to.
func checkDestination(f *function, destination string) error {
	if destination == "" {
		return nil
	}
	a, err := arn.Parse(destination)
	if err != nil {
		return invalid("The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=%s)) is invalid.", destination)
	}
	switch a.Service {
	case "sqs", "sns":
		return nil
	case "lambda":
		if destination == f.functionARN(f.Name, "") {
			return invalid("You can't specify the function as a destination for itself.")
		}
		return nil
	}
	return invalid("maru does not send records to %s destinations: use SQS, SNS or Lambda.", a.Service)
}

// changeInvokeConfig runs change on the configuration of a request's target
// and stores what comes of it.
func (s *Service) changeInvokeConfig(ctx context.Context, name string, qualifier *string, change func(f *function, c *invokeConfig, found bool) error) (out *api.FunctionEventInvokeConfig, err error) {
	t, err := locate(ctx, name, qualifier)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		f, _, err := resolve(tx, t, 1)
		if err != nil {
			return err
		}
		key := t.invokeConfigKey(t.name, qualifierOf(t))
		c, found, err := kv.Get[invokeConfig](tx, key)
		if err != nil {
			return fmt.Errorf("load event invoke config: %w", err)
		}
		if err := change(f, &c, found); err != nil {
			return err
		}
		c.Qualifier, c.LastModified = qualifierOf(t), s.Clock.Now()
		out = c.describe(f)
		return kv.Put(tx, key, c)
	})
	return out, err
}

// PutFunctionEventInvokeConfig sets how asynchronous events are retried and
// where their records go; what is not given takes its default.
//
// Spec: Lambda API Reference, PutFunctionEventInvokeConfig.
func (s *Service) PutFunctionEventInvokeConfig(ctx context.Context, in *api.PutFunctionEventInvokeConfigInput) (*api.PutFunctionEventInvokeConfigOutput, error) {
	return s.changeInvokeConfig(ctx, in.FunctionName, in.Qualifier, func(f *function, c *invokeConfig, _ bool) error {
		*c = invokeConfig{}
		return c.apply(f, in.MaximumRetryAttempts, in.MaximumEventAgeInSeconds, in.DestinationConfig)
	})
}

// UpdateFunctionEventInvokeConfig changes what is given.
//
// Spec: Lambda API Reference, UpdateFunctionEventInvokeConfig.
func (s *Service) UpdateFunctionEventInvokeConfig(ctx context.Context, in *api.UpdateFunctionEventInvokeConfigInput) (*api.UpdateFunctionEventInvokeConfigOutput, error) {
	return s.changeInvokeConfig(ctx, in.FunctionName, in.Qualifier, func(f *function, c *invokeConfig, found bool) error {
		if !found {
			return noInvokeConfig(f, in.Qualifier)
		}
		return c.apply(f, in.MaximumRetryAttempts, in.MaximumEventAgeInSeconds, in.DestinationConfig)
	})
}

// noInvokeConfig is the answer where a qualifier has no configuration.
func noInvokeConfig(f *function, qualifier *string) error {
	return notFound("The function %s doesn't have an EventInvokeConfig", f.functionARN(f.Name, wire.Or(qualifier, latest)))
}

// GetFunctionEventInvokeConfig returns how asynchronous events are retried.
//
// Spec: Lambda API Reference, GetFunctionEventInvokeConfig.
func (s *Service) GetFunctionEventInvokeConfig(ctx context.Context, in *api.GetFunctionEventInvokeConfigInput) (out *api.GetFunctionEventInvokeConfigOutput, err error) {
	t, err := locate(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		f, err := loadFunction(tx, target{home: t.home, name: t.name})
		if err != nil {
			return err
		}
		c, found, err := kv.Get[invokeConfig](tx, t.invokeConfigKey(t.name, qualifierOf(t)))
		if err == nil && !found {
			return noInvokeConfig(f, wire.Optional(t.qualifier))
		}
		out = c.describe(f)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteFunctionEventInvokeConfig goes back to the default.
//
// Spec: Lambda API Reference, DeleteFunctionEventInvokeConfig.
func (s *Service) DeleteFunctionEventInvokeConfig(ctx context.Context, in *api.DeleteFunctionEventInvokeConfigInput) (*api.DeleteFunctionEventInvokeConfigOutput, error) {
	t, err := locate(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		f, err := loadFunction(tx, target{home: t.home, name: t.name})
		if err != nil {
			return err
		}
		key := t.invokeConfigKey(t.name, qualifierOf(t))
		if _, found, err := tx.Get(key); err != nil || !found {
			if err == nil {
				err = noInvokeConfig(f, wire.Optional(t.qualifier))
			}
			return err
		}
		return tx.Delete(key)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteFunctionEventInvokeConfigOutput{}, nil
}

// ListFunctionEventInvokeConfigs returns the configurations of all qualifiers.
//
// Spec: Lambda API Reference, ListFunctionEventInvokeConfigs.
func (s *Service) ListFunctionEventInvokeConfigs(ctx context.Context, in *api.ListFunctionEventInvokeConfigsInput) (*api.ListFunctionEventInvokeConfigsOutput, error) {
	out := &api.ListFunctionEventInvokeConfigsOutput{FunctionEventInvokeConfigs: []api.FunctionEventInvokeConfig{}}
	next, err := listOwned(ctx, s, in.FunctionName, "e", in.Marker, in.MaxItems, func(f *function, c invokeConfig) {
		out.FunctionEventInvokeConfigs = append(out.FunctionEventInvokeConfigs, *c.describe(f))
	})
	if err != nil {
		return nil, err
	}
	out.NextMarker = next
	return out, nil
}

// listOwned pages through the rows of a function in one folder.
func listOwned[T any](ctx context.Context, s *Service, name, folder string, marker *string, limit *int32, show func(f *function, row T)) (next *string, err error) {
	t, err := locateBare(ctx, name)
	if err != nil {
		return nil, err
	}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		f, err := loadFunction(tx, t)
		if err != nil {
			return err
		}
		p, err := newPage(kv.Prefix(f.key(folder, f.Name)), marker, limit)
		if err != nil {
			return err
		}
		n := 0
		for row, err := range kv.Scan[T](tx, p.span) {
			if err != nil {
				return fmt.Errorf("list: %w", err)
			}
			if p.full(n) {
				next = p.marker()
				return nil
			}
			p.last = row.Key
			show(f, row.Value)
			n++
		}
		return nil
	})
	return next, err
}
