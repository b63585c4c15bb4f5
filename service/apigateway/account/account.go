package account

import (
	"context"
	"regexp"
	"slices"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/patch"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/service/rows"
	"maru.dev/maru/wire"
)

// usagePlansFeature is the one feature that an account has, and keeps.
const usagePlansFeature = "UsagePlans"

// settings is the table of what an account has set: one row, without an id.
func settings() rows.Table[api.Account] { return record.Table[api.Account]("account", "") }

// loadAccount reads what an account has set, over what every account has.
func loadAccount(tx *kv.Tx, at service.Home) (api.Account, error) {
	a, _, err := settings().Get(tx, at)
	a.ThrottleSettings = &api.ThrottleSettings{BurstLimit: new(int32(5000)), RateLimit: new(10000.0)}
	a.ApiKeyVersion = new("4")
	if !slices.Contains(a.Features, usagePlansFeature) {
		a.Features = append(a.Features, usagePlansFeature)
	}
	return a, err
}

// GetAccount returns the settings of an account in a region.
//
// Spec: API Gateway API Reference, GetAccount.
func (s *Service) GetAccount(ctx context.Context, _ *api.GetAccountInput) (*api.GetAccountOutput, error) {
	var out api.Account
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out, err = loadAccount(tx, record.Home(ctx))
		return err
	})
	return &out, err
}

// roleARN is a role that may write to CloudWatch Logs.
var roleARN = regexp.MustCompile(`^arn:[a-z-]+:iam::\d{12}:role/.+$`)

// UpdateAccount changes the settings of an account in a region.
//
// Spec: API Gateway API Reference, UpdateAccount.
func (s *Service) UpdateAccount(ctx context.Context, in *api.UpdateAccountInput) (*api.UpdateAccountOutput, error) {
	at := record.Home(ctx)
	var out api.Account
	err := s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		if out, err = loadAccount(tx, at); err != nil {
			return err
		}
		rules := patch.Rules{
			patch.Only("/cloudwatchRoleArn", &out.CloudwatchRoleArn),
			{Path: "/features", Add: func(_ []string, v string) error {
				if v != usagePlansFeature {
					return fault.BadRequest("Invalid feature specified: %s", v)
				}
				return nil
			}},
		}
		if err := rules.Apply(in.PatchOperations); err != nil {
			return err
		}
		if role := wire.Value(out.CloudwatchRoleArn); role != "" && !roleARN.MatchString(role) {
			return fault.BadRequest("The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.")
		}
		return settings().Put(tx, out, at)
	})
	return &out, err
}
