package mobile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/names"
)

// deviceRef names a platform endpoint.
type deviceRef struct {
	applicationRef
	id string
}

func (d deviceRef) ARN() string {
	return d.Resource("endpoint/" + d.platform + "/" + d.name + "/" + d.id)
}
func (d deviceRef) rowKey() kv.Key { return d.devicesKey().With(d.id) }

// maxUserData is how long an endpoint's CustomUserData may be.
const maxUserData = 2048

// parseDevice reads a platform endpoint's ARN that stands in a parameter.
func parseDevice(text, parameter string) (deviceRef, error) {
	a, err := names.ParseARN(text, parameter)
	if err != nil {
		return deviceRef{}, err
	}
	parts := strings.Split(a.Resource, "/")
	if len(parts) != 4 || parts[0] != "endpoint" {
		return deviceRef{}, names.Invalid("%s", parameter)
	}
	return deviceRef{applicationRef{names.Home{Account: a.Account, Region: a.Region}, parts[1], parts[2]}, parts[3]}, nil
}

// checkDeviceAttributes tells why attributes cannot be set.
func checkDeviceAttributes(attributes map[string]string) error {
	for name, value := range attributes {
		switch name {
		case "CustomUserData":
			if len(value) > maxUserData {
				return names.Invalid("Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 encoding")
			}
		case "Enabled":
			if v := strings.ToLower(value); v != "true" && v != "false" {
				return names.Invalid("Attributes Reason: Invalid value for attribute: Enabled")
			}
		case "Token":
			if value == "" {
				return names.Invalid("Attributes Reason: Invalid value for attribute: Token: cannot be empty")
			}
		default:
			return names.Invalid("Attributes Reason: Invalid attribute name: %s", name)
		}
	}
	return nil
}

// CreatePlatformEndpoint records a device of an application. One whose token is
// recorded already with the same attributes is as good as made.
//
// Spec: SNS API Reference, CreatePlatformEndpoint.
func (s *Service) CreatePlatformEndpoint(ctx context.Context, in *api.CreatePlatformEndpointInput) (*api.CreatePlatformEndpointOutput, error) {
	app, err := parseApplication(in.PlatformApplicationArn)
	if err != nil {
		return nil, err
	}
	if in.Token == "" {
		return nil, names.Invalid("Token Reason: cannot be empty")
	}
	made := device{Attributes: map[string]string{"Enabled": "true", "Token": in.Token}}
	if in.CustomUserData != nil && *in.CustomUserData != "" {
		made.Attributes["CustomUserData"] = *in.CustomUserData
	}
	maps.Copy(made.Attributes, in.Attributes)
	made.Attributes["Enabled"] = strings.ToLower(made.Attributes["Enabled"])
	if err := checkDeviceAttributes(made.Attributes); err != nil {
		return nil, err
	}
	fresh := deviceRef{app, s.IDs.UUID()}
	var ref deviceRef
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		ref = fresh
		if _, err := loadApplication(tx, app); err != nil {
			return err
		}
		id, ok, err := kv.Get[string](tx, app.tokenKey(in.Token))
		if err != nil {
			return fmt.Errorf("load endpoint of token: %w", err)
		}
		if !ok {
			return errors.Join(kv.Put(tx, app.tokenKey(in.Token), ref.id), kv.Put(tx, ref.rowKey(), made))
		}
		ref.id = id
		old, _, err := kv.Get[device](tx, ref.rowKey())
		if err != nil {
			return fmt.Errorf("load endpoint: %w", err)
		}
		if !maps.Equal(old.Attributes, made.Attributes) {
			return names.Invalid("Token Reason: Endpoint %s already exists with the same Token, but different attributes.", ref.ARN())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.CreatePlatformEndpointOutput{EndpointArn: new(ref.ARN())}, nil
}

// DeleteEndpoint removes a device. One that is not there is no error.
//
// Spec: SNS API Reference, DeleteEndpoint.
func (s *Service) DeleteEndpoint(ctx context.Context, in *api.DeleteEndpointInput) (*api.DeleteEndpointOutput, error) {
	ref, err := parseDevice(in.EndpointArn, "EndpointArn")
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		dev, ok, err := kv.Get[device](tx, ref.rowKey())
		if err != nil || !ok {
			return err
		}
		return errors.Join(tx.Delete(ref.tokenKey(dev.Attributes["Token"])), tx.Delete(ref.rowKey()))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteEndpointOutput{}, nil
}

// loadDevice reads a device.
func loadDevice(tx *kv.Tx, ref deviceRef) (device, error) {
	dev, ok, err := kv.Get[device](tx, ref.rowKey())
	if err != nil {
		return dev, fmt.Errorf("load endpoint: %w", err)
	}
	if !ok {
		return dev, names.NotFound("Endpoint")
	}
	return dev, nil
}

// GetEndpointAttributes tells a device's attributes.
//
// Spec: SNS API Reference, GetEndpointAttributes.
func (s *Service) GetEndpointAttributes(ctx context.Context, in *api.GetEndpointAttributesInput) (*api.GetEndpointAttributesOutput, error) {
	ref, err := parseDevice(in.EndpointArn, "EndpointArn")
	if err != nil {
		return nil, err
	}
	var dev device
	err = s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		dev, err = loadDevice(tx, ref)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.GetEndpointAttributesOutput{Attributes: dev.Attributes}, nil
}

// SetEndpointAttributes changes a device's attributes.
//
// Spec: SNS API Reference, SetEndpointAttributes.
func (s *Service) SetEndpointAttributes(ctx context.Context, in *api.SetEndpointAttributesInput) (*api.SetEndpointAttributesOutput, error) {
	ref, err := parseDevice(in.EndpointArn, "EndpointArn")
	if err != nil {
		return nil, err
	}
	if err := checkDeviceAttributes(in.Attributes); err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		dev, err := loadDevice(tx, ref)
		if err != nil {
			return err
		}
		before := dev.Attributes["Token"]
		maps.Copy(dev.Attributes, in.Attributes)
		dev.Attributes["Enabled"] = strings.ToLower(dev.Attributes["Enabled"])
		if after := dev.Attributes["Token"]; after != before {
			if err := tx.Delete(ref.tokenKey(before)); err != nil {
				return err
			}
			if err := kv.Put(tx, ref.tokenKey(after), ref.id); err != nil {
				return err
			}
		}
		return kv.Put(tx, ref.rowKey(), dev)
	})
	if err != nil {
		return nil, err
	}
	return &api.SetEndpointAttributesOutput{}, nil
}

// ListEndpointsByPlatformApplication lists an application's devices.
//
// Spec: SNS API Reference, ListEndpointsByPlatformApplication.
func (s *Service) ListEndpointsByPlatformApplication(ctx context.Context, in *api.ListEndpointsByPlatformApplicationInput) (*api.ListEndpointsByPlatformApplicationOutput, error) {
	app, err := parseApplication(in.PlatformApplicationArn)
	if err != nil {
		return nil, err
	}
	var out *api.ListEndpointsByPlatformApplicationOutput
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		out = &api.ListEndpointsByPlatformApplicationOutput{Endpoints: []api.Endpoint{}}
		if _, err := loadApplication(tx, app); err != nil {
			return err
		}
		var err error
		out.NextToken, err = names.Page(tx, app.devicesKey(), in.NextToken, func(row kv.Row[device]) error {
			ref := deviceRef{applicationRef: app}
			err := row.Key.Scan(6, &ref.id)
			out.Endpoints = append(out.Endpoints, api.Endpoint{EndpointArn: new(ref.ARN()), Attributes: row.Value.Attributes})
			return err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
