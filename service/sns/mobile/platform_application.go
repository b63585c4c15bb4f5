package mobile

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/names"
)

// applicationRef names a platform application.
type applicationRef struct {
	names.Home
	platform, name string
}

func (a applicationRef) ARN() string        { return a.Resource("app/" + a.platform + "/" + a.name) }
func (a applicationRef) rowKey() kv.Key     { return a.Key("app", a.platform, a.name) }
func (a applicationRef) devicesKey() kv.Key { return a.Key("device", a.platform, a.name) }
func (a applicationRef) tokenKey(token string) kv.Key {
	return a.Key("devtoken", a.platform, a.name, token)
}

// applicationName is what a platform application may be called.
var applicationName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,256}$`)

// platforms are the push services that applications may be for.
func platforms() []string {
	return []string{"ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "APNS_MACOS", "APNS_MACOS_SANDBOX", "BAIDU", "FCM", "GCM", "MPNS", "WNS"}
}

// parseApplication reads a platform application's ARN.
func parseApplication(text string) (applicationRef, error) {
	const parameter = "PlatformApplicationArn"
	a, err := names.ParseARN(text, parameter)
	if err != nil {
		return applicationRef{}, err
	}
	parts := strings.Split(a.Resource, "/")
	if len(parts) != 3 || parts[0] != "app" {
		return applicationRef{}, names.Invalid("%s", parameter)
	}
	return applicationRef{names.Home{Account: a.Account, Region: a.Region}, parts[1], parts[2]}, nil
}

// CreatePlatformApplication records an application of a push service. Its
// credentials are not tried, and not told again.
//
// Spec: SNS API Reference, CreatePlatformApplication.
func (s *Service) CreatePlatformApplication(ctx context.Context, in *api.CreatePlatformApplicationInput) (*api.CreatePlatformApplicationOutput, error) {
	ref := applicationRef{names.HomeOf(call.From(ctx)), in.Platform, in.Name}
	switch {
	case !applicationName.MatchString(in.Name):
		return nil, names.Invalid("%s Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.' and be 1 to 256 characters long", in.Name)
	case !slices.Contains(platforms(), in.Platform):
		return nil, names.Invalid("Platform Reason: %s is not supported", in.Platform)
	case in.Attributes["PlatformCredential"] == "":
		return nil, names.Invalid("Attributes Reason: PlatformCredential attribute is required")
	}
	app := application{Attributes: map[string]string{"Enabled": "true"}}
	maps.Copy(app.Attributes, visible(in.Attributes))
	err := s.Store.Update(ctx, func(tx *kv.Tx) error { return kv.Put(tx, ref.rowKey(), app) })
	if err != nil {
		return nil, err
	}
	return &api.CreatePlatformApplicationOutput{PlatformApplicationArn: new(ref.ARN())}, nil
}

// visible returns attributes without the secrets among them.
func visible(attributes map[string]string) map[string]string {
	out := maps.Clone(attributes)
	delete(out, "PlatformCredential")
	delete(out, "PlatformPrincipal")
	return out
}

// loadApplication reads an application.
func loadApplication(tx *kv.Tx, ref applicationRef) (application, error) {
	app, ok, err := kv.Get[application](tx, ref.rowKey())
	if err != nil {
		return app, fmt.Errorf("load platform application: %w", err)
	}
	if !ok {
		return app, names.NotFound("PlatformApplication")
	}
	return app, nil
}

// DeletePlatformApplication removes an application with its endpoints.
//
// Spec: SNS API Reference, DeletePlatformApplication.
func (s *Service) DeletePlatformApplication(ctx context.Context, in *api.DeletePlatformApplicationInput) (*api.DeletePlatformApplicationOutput, error) {
	ref, err := parseApplication(in.PlatformApplicationArn)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := tx.DeleteRange(kv.Prefix(ref.devicesKey())); err != nil {
			return err
		}
		if err := tx.DeleteRange(kv.Prefix(ref.Key("devtoken", ref.platform, ref.name))); err != nil {
			return err
		}
		return tx.Delete(ref.rowKey())
	})
	if err != nil {
		return nil, err
	}
	return &api.DeletePlatformApplicationOutput{}, nil
}

// GetPlatformApplicationAttributes tells an application's attributes.
//
// Spec: SNS API Reference, GetPlatformApplicationAttributes.
func (s *Service) GetPlatformApplicationAttributes(ctx context.Context, in *api.GetPlatformApplicationAttributesInput) (*api.GetPlatformApplicationAttributesOutput, error) {
	ref, err := parseApplication(in.PlatformApplicationArn)
	if err != nil {
		return nil, err
	}
	var app application
	err = s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		app, err = loadApplication(tx, ref)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.GetPlatformApplicationAttributesOutput{Attributes: app.Attributes}, nil
}

// SetPlatformApplicationAttributes changes an application's attributes.
//
// Spec: SNS API Reference, SetPlatformApplicationAttributes.
func (s *Service) SetPlatformApplicationAttributes(ctx context.Context, in *api.SetPlatformApplicationAttributesInput) (*api.SetPlatformApplicationAttributesOutput, error) {
	ref, err := parseApplication(in.PlatformApplicationArn)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		app, err := loadApplication(tx, ref)
		if err != nil {
			return err
		}
		maps.Copy(app.Attributes, visible(in.Attributes))
		return kv.Put(tx, ref.rowKey(), app)
	})
	if err != nil {
		return nil, err
	}
	return &api.SetPlatformApplicationAttributesOutput{}, nil
}

// ListPlatformApplications lists the caller's applications.
//
// Spec: SNS API Reference, ListPlatformApplications.
func (s *Service) ListPlatformApplications(ctx context.Context, in *api.ListPlatformApplicationsInput) (*api.ListPlatformApplicationsOutput, error) {
	h := names.HomeOf(call.From(ctx))
	var out *api.ListPlatformApplicationsOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out = &api.ListPlatformApplicationsOutput{PlatformApplications: []api.PlatformApplication{}}
		out.NextToken, err = names.Page(tx, h.Key("app"), in.NextToken, func(row kv.Row[application]) error {
			ref := applicationRef{Home: h}
			err := row.Key.Scan(4, &ref.platform, &ref.name)
			out.PlatformApplications = append(out.PlatformApplications, api.PlatformApplication{
				PlatformApplicationArn: new(ref.ARN()), Attributes: row.Value.Attributes,
			})
			return err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
