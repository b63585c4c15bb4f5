package account

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/wire"
)

// ImportApiKeys makes the API keys of a file, and puts them into usage plans. What
// cannot be made is told in warnings; if these are failures, nothing is made.
//
// Spec: API Gateway API Reference, ImportApiKeys; Developer Guide, "API Gateway API
// key file format".
func (s *Service) ImportApiKeys(ctx context.Context, in *api.ImportApiKeysInput) (*api.ImportApiKeysOutput, error) {
	if in.Format != api.ApiKeysFormatCsv {
		return nil, fault.BadRequest("Invalid API Key format specified: %s. Must be one of: [csv]", in.Format)
	}
	lines, wrong, err := readKeys(bytes.NewReader(in.Body))
	if err != nil {
		return nil, err
	}
	fresh := make([]*api.ApiKey, len(lines))
	for i, l := range lines {
		fresh[i] = s.newKey(&l.Value)
		fresh[i].Name, fresh[i].Enabled = new(l.Name), new(l.Enabled)
		if l.Description != "" {
			fresh[i].Description = new(l.Description)
		}
	}
	at := record.Home(ctx)
	out := &api.ImportApiKeysOutput{}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		out.Ids, out.Warnings = []string{}, append([]string{}, wrong...)
		for i, l := range lines {
			made, warnings, err := importKey(tx, at, fresh[i], l)
			if err != nil {
				return err
			}
			if made {
				out.Ids = append(out.Ids, *fresh[i].Id)
			}
			out.Warnings = append(out.Warnings, warnings...)
		}
		if len(out.Warnings) > 0 && wire.Value(in.FailOnWarnings) {
			return fault.BadRequest("Failed to import API Keys: %s", strings.Join(out.Warnings, "; "))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// importKey writes the API key of a line and puts it into the line's usage plans.
// Where it cannot it warns.
func importKey(tx *kv.Tx, at service.Home, k *api.ApiKey, l keyLine) (made bool, warnings []string, err error) {
	steps := []func() error{func() error {
		if err := checkKey(k); err != nil {
			return err
		}
		return insertKey(tx, at, k)
	}}
	for _, id := range l.Plans {
		steps = append(steps, func() error {
			p, err := usagePlans().Need(tx, at, id)
			if err != nil {
				return err
			}
			return join(tx, at, &p, k)
		})
	}
	for _, step := range steps {
		err := step()
		var theirs wire.Error
		switch {
		case err == nil:
			made = true
		case errors.As(err, &theirs):
			warnings = append(warnings, fmt.Sprintf("Line %d: %s", l.Line, theirs.ErrorMessage()))
		default:
			return false, nil, err
		}
		if !made {
			break
		}
	}
	return made, warnings, nil
}
