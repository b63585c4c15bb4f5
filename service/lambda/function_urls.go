package lambda

import (
	"context"
	"fmt"
	"net/url"
	"time"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// urlTimeForm is how Lambda writes the times of function URLs.
const urlTimeForm = "2006-01-02T15:04:05.000000Z"

// address is a URL as clients reach it: <id>.lambda-url.<region>.localhost on
// the platform's own port.
func (s *Service) address(ctx context.Context, u *functionURL) string {
	endpoint := wire.Or(wire.Optional(call.From(ctx).Endpoint), s.Endpoint)
	base, err := url.Parse(endpoint)
	if err != nil || base.Host == "" {
		base = &url.URL{Scheme: "http", Host: "localhost"}
	}
	host := u.ID + ".lambda-url." + u.Region + ".localhost"
	if port := base.Port(); port != "" {
		host += ":" + port
	}
	return base.Scheme + "://" + host + "/"
}

// arn is the ARN of what a URL invokes.
func (u *functionURL) arn() string { return u.functionARN(u.Name, u.Qualifier) }

// describeURL is a URL as clients see it.
func (s *Service) describeURL(ctx context.Context, u *functionURL) *api.GetFunctionUrlConfigOutput {
	return &api.GetFunctionUrlConfigOutput{
		FunctionUrl: s.address(ctx, u), FunctionArn: u.arn(), AuthType: u.AuthType, Cors: u.Cors,
		CreationTime: urlTime(u.Created), LastModifiedTime: urlTime(u.LastModified), InvokeMode: &u.InvokeMode,
	}
}

// urlTime is t as function URLs tell it.
func urlTime(t time.Time) string { return t.UTC().Format(urlTimeForm) }

// CreateFunctionUrlConfig gives a function or an alias an HTTP address.
//
// Spec: Lambda API Reference, CreateFunctionUrlConfig.
func (s *Service) CreateFunctionUrlConfig(ctx context.Context, in *api.CreateFunctionUrlConfigInput) (*api.CreateFunctionUrlConfigOutput, error) {
	t, err := locate(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if t.qualifier != "" && !isAlias(t.qualifier) {
		return nil, invalid("1 validation error detected: Value '%s' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)", t.qualifier)
	}
	now := s.Clock.Now()
	u := functionURL{
		home: t.home, ID: s.IDs.String(32, "abcdefghijklmnopqrstuvwxyz234567"), Name: t.name, Qualifier: t.qualifier,
		AuthType: in.AuthType, InvokeMode: wire.Or(in.InvokeMode, api.InvokeModeBuffered), Cors: in.Cors, Created: now, LastModified: now,
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, _, err := resolve(tx, t, 1); err != nil {
			return err
		}
		if _, taken, err := tx.Get(t.urlKey(t.name, t.qualifier)); err != nil || taken {
			if err == nil {
				err = conflict("Failed to create function url config for [functionArn = %s]. Error message:  FunctionUrlConfig exists for this Lambda function", u.arn())
			}
			return err
		}
		return saveURL(tx, &u)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateFunctionUrlConfigOutput{
		FunctionUrl: s.address(ctx, &u), FunctionArn: u.arn(), AuthType: u.AuthType, Cors: u.Cors,
		CreationTime: urlTime(u.Created), InvokeMode: &u.InvokeMode,
	}, nil
}

// saveURL writes a URL under its function and under its id.
func saveURL(tx *kv.Tx, u *functionURL) error {
	if err := kv.Put(tx, u.urlKey(u.Name, u.Qualifier), *u); err != nil {
		return err
	}
	return kv.Put(tx, urlIDKey(u.ID), *u)
}

// loadURL reads the URL of a target.
func loadURL(tx *kv.Tx, t target) (*functionURL, error) {
	u, ok, err := kv.Get[functionURL](tx, t.urlKey(t.name, t.qualifier))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load function URL: %w", err)
	case !ok:
		return nil, notFound("The resource you requested does not exist.")
	}
	return &u, nil
}

// GetFunctionUrlConfig describes a URL.
//
// Spec: Lambda API Reference, GetFunctionUrlConfig.
func (s *Service) GetFunctionUrlConfig(ctx context.Context, in *api.GetFunctionUrlConfigInput) (out *api.GetFunctionUrlConfigOutput, err error) {
	t, err := locate(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		u, err := loadURL(tx, t)
		if err == nil {
			out = s.describeURL(ctx, u)
		}
		return err
	})
	return out, err
}

// UpdateFunctionUrlConfig changes a URL's access.
//
// Spec: Lambda API Reference, UpdateFunctionUrlConfig.
func (s *Service) UpdateFunctionUrlConfig(ctx context.Context, in *api.UpdateFunctionUrlConfigInput) (*api.UpdateFunctionUrlConfigOutput, error) {
	t, err := locate(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	var u *functionURL
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if u, err = loadURL(tx, t); err != nil {
			return err
		}
		set(&u.AuthType, in.AuthType)
		set(&u.InvokeMode, in.InvokeMode)
		if in.Cors != nil {
			u.Cors = in.Cors
		}
		u.LastModified = s.Clock.Now()
		return saveURL(tx, u)
	})
	if err != nil {
		return nil, err
	}
	d := s.describeURL(ctx, u)
	return (*api.UpdateFunctionUrlConfigOutput)(d), nil
}

// DeleteFunctionUrlConfig takes a URL away.
//
// Spec: Lambda API Reference, DeleteFunctionUrlConfig.
func (s *Service) DeleteFunctionUrlConfig(ctx context.Context, in *api.DeleteFunctionUrlConfigInput) (*api.DeleteFunctionUrlConfigOutput, error) {
	t, err := locate(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := loadURL(tx, t); err != nil {
			return err
		}
		return deleteURL(tx, &function{home: t.home, Name: t.name}, t.qualifier)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteFunctionUrlConfigOutput{}, nil
}

// ListFunctionUrlConfigs returns the URLs of a function and its aliases.
//
// Spec: Lambda API Reference, ListFunctionUrlConfigs.
func (s *Service) ListFunctionUrlConfigs(ctx context.Context, in *api.ListFunctionUrlConfigsInput) (*api.ListFunctionUrlConfigsOutput, error) {
	out := &api.ListFunctionUrlConfigsOutput{FunctionUrlConfigs: []api.FunctionUrlConfig{}}
	next, err := listOwned(ctx, s, in.FunctionName, "u", in.Marker, in.MaxItems, func(_ *function, u functionURL) {
		out.FunctionUrlConfigs = append(out.FunctionUrlConfigs, api.FunctionUrlConfig{
			FunctionUrl: s.address(ctx, &u), FunctionArn: u.arn(), AuthType: u.AuthType, Cors: u.Cors,
			CreationTime: urlTime(u.Created), LastModifiedTime: urlTime(u.LastModified), InvokeMode: &u.InvokeMode,
		})
	})
	if err != nil {
		return nil, err
	}
	out.NextMarker = next
	return out, nil
}

// FunctionURL finds what the id of a function URL stands for: the ARN of what
// it invokes, "" when there is no such URL, and who may call it how. It is what
// the data plane of function URLs asks.
func (s *Service) FunctionURL(ctx context.Context, id string) (functionARN, authType, invokeMode string, cors *api.Cors, err error) {
	var u functionURL
	var ok bool
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		u, ok, err = kv.Get[functionURL](tx, urlIDKey(id))
		return err
	})
	if err != nil {
		return "", "", "", nil, fmt.Errorf("find function URL: %w", err)
	}
	if !ok {
		return "", "", "", nil, nil
	}
	return u.arn(), u.AuthType, u.InvokeMode, u.Cors, nil
}

// deleteURL removes the function URL of a qualifier, if there is one.
func deleteURL(tx *kv.Tx, f *function, qualifier string) error {
	u, ok, err := kv.Get[functionURL](tx, f.urlKey(f.Name, qualifier))
	if err != nil {
		return fmt.Errorf("load function URL: %w", err)
	}
	if !ok {
		return nil
	}
	if err := tx.Delete(urlIDKey(u.ID)); err != nil {
		return err
	}
	return tx.Delete(f.urlKey(f.Name, qualifier))
}
