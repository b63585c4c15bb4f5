package logs

import (
	"context"
	"slices"
	"strings"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// maxDescribed is how many groups or streams a page holds.
const maxDescribed = 50

// pageSize returns a request's limit.
func pageSize(limit *int32) int {
	if limit == nil {
		return maxDescribed
	}
	return int(*limit)
}

// DescribeLogGroups returns groups by name, a page at a time.
//
// Spec: CloudWatch Logs API Reference, DescribeLogGroups.
func (s *Service) DescribeLogGroups(ctx context.Context, in *api.DescribeLogGroupsInput) (*api.DescribeLogGroupsOutput, error) {
	if in.LogGroupNamePrefix != nil && in.LogGroupNamePattern != nil {
		return nil, invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
	}
	h := homeOf(ctx)
	folder := h.key("g")
	r := kv.Prefix(folder)
	if in.LogGroupNamePrefix != nil && *in.LogGroupNamePrefix != "" {
		r.From = h.groupKey(*in.LogGroupNamePrefix)
	}
	if in.NextToken != nil {
		name, err := readPage(h.key("g"), *in.NextToken)
		if err != nil {
			return nil, err
		}
		r = r.After(h.groupKey(name))
	}
	out := &api.DescribeLogGroupsOutput{LogGroups: []api.LogGroup{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		for row, err := range kv.Scan[group](tx, r) {
			if err != nil {
				return err
			}
			g := row.Value
			if in.LogGroupNamePrefix != nil && !strings.HasPrefix(g.Name, *in.LogGroupNamePrefix) {
				return nil
			}
			if !g.chosen(h, in) {
				continue
			}
			if n := len(out.LogGroups); n == pageSize(in.Limit) {
				out.NextToken = service.PageToken(h.key("g"), *out.LogGroups[n-1].LogGroupName)
				return nil
			}
			rendered, err := g.render(tx, h)
			if err != nil {
				return err
			}
			out.LogGroups = append(out.LogGroups, rendered)
		}
		return nil
	})
	return out, err
}

// chosen says whether a request wants a group.
func (g *group) chosen(h home, in *api.DescribeLogGroupsInput) bool {
	if in.LogGroupNamePattern != nil && !strings.Contains(strings.ToLower(g.Name), strings.ToLower(*in.LogGroupNamePattern)) {
		return false
	}
	if in.LogGroupClass != nil && *in.LogGroupClass != g.Class {
		return false
	}
	return len(in.LogGroupIdentifiers) == 0 || slices.ContainsFunc(in.LogGroupIdentifiers, func(id string) bool {
		where, name, err := groupIdentified(h, id)
		return err == nil && where == h && name == g.Name
	})
}

// render writes a group as clients see it.
func (g *group) render(tx *kv.Tx, h home) (api.LogGroup, error) {
	bytes, err := tx.Count(h.bytesKey(g.ID))
	if err != nil {
		return api.LogGroup{}, err
	}
	out := api.LogGroup{
		LogGroupName: &g.Name, CreationTime: new(g.Created.UnixMilli()), MetricFilterCount: new(int32(g.MetricFilters)),
		Arn: new(h.arnOf(g.Name) + ":*"), LogGroupArn: new(h.arnOf(g.Name)), StoredBytes: &bytes,
		LogGroupClass: &g.Class, DeletionProtectionEnabled: &g.Protected,
	}
	if g.Retention > 0 {
		out.RetentionInDays = &g.Retention
	}
	if g.KMSKey != "" {
		out.KmsKeyId = &g.KMSKey
	}
	return out, nil
}
