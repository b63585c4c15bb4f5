package ssm

import (
	"context"
	"strconv"

	api "maru.dev/maru/api/ssm"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// maxHistory is how many versions a page holds.
const maxHistory = 50

// GetParameterHistory returns a parameter's versions, oldest first.
//
// Spec: Systems Manager API Reference, GetParameterHistory.
func (s *Service) GetParameterHistory(ctx context.Context, in *api.GetParameterHistoryInput) (*api.GetParameterHistoryOutput, error) {
	h := homeOf(ctx)
	token, err := readToken(h.key("v", in.Name), in.NextToken)
	if err != nil {
		return nil, err
	}
	after := int64(0)
	if token != "" {
		if after, err = strconv.ParseInt(token, 10, 64); err != nil {
			return nil, &api.InvalidNextToken{Message: "The specified token isn't valid."}
		}
	}
	out := &api.GetParameterHistoryOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		p, err := load(tx, h, in.Name)
		if err != nil {
			return err
		}
		out.Parameters = []api.ParameterHistory{}
		for row, err := range kv.Scan[version](tx, kv.Prefix(h.key("v", p.Name)).After(h.versionKey(p.Name, after))) {
			if err != nil {
				return err
			}
			if n := len(out.Parameters); n == pageSize(in.MaxResults, maxHistory) {
				out.NextToken = service.PageToken(h.key("v", in.Name), strconv.FormatInt(*out.Parameters[n-1].Version, 10))
				return nil
			}
			out.Parameters = append(out.Parameters, p.history(row.Value, in.WithDecryption))
		}
		return nil
	})
	return out, err
}

// history writes a version as the history shows it.
func (p *parameter) history(v version, decrypt *bool) api.ParameterHistory {
	return api.ParameterHistory{
		Name: &p.Name, Type: &v.Type, KeyId: wire.Optional(v.KeyID), LastModifiedDate: &v.Modified, LastModifiedUser: &v.User,
		Description: wire.Optional(v.Description), Value: new(v.shown(p.Name, decrypt)), AllowedPattern: wire.Optional(v.Pattern),
		Version: &v.N, Labels: p.labelsOf(v.N), Tier: &v.Tier, Policies: renderPolicies(v.Policies), DataType: &v.DataType,
	}
}
