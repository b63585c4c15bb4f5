package cloudformation

import (
	"context"
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/cloudformation"
	types "maru.dev/maru/service/cloudformation/resource"
	"maru.dev/maru/wire"
)

// typeARN is a public resource type's ARN: it has no account.
func (h home) typeARN(name string) string {
	return "arn:aws:cloudformation:" + h.Region + "::type/resource/" + strings.ReplaceAll(name, "::", "-")
}

// provisioning tells what happens to a resource of a type when it changes.
func provisioning(t *types.Type) string {
	if t.Mutable() {
		return api.ProvisioningTypeFullyMutable
	}
	return api.ProvisioningTypeImmutable
}

// ListTypes lists the resource types that templates may have here, which are all
// AWS's own. There are no private ones, for which AWS looks unless it is told
// otherwise. The token is the last type of the page before.
//
// Spec: CloudFormation API Reference, ListTypes.
func (s *Service) ListTypes(ctx context.Context, in *api.ListTypesInput) (*api.ListTypesOutput, error) {
	h := homeOf(ctx)
	out := &api.ListTypesOutput{TypeSummaries: []api.TypeSummary{}}
	after, limit := wire.Value(in.NextToken), pageSize
	if _, ok := s.types[after]; !ok && after != "" {
		return nil, &api.CFNRegistryException{Message: "Invalid NextToken"}
	}
	if in.MaxResults != nil {
		limit = int(*in.MaxResults)
	}
	for _, name := range slices.Sorted(maps.Keys(s.types)) {
		if name <= after || !listed(s.types[name], in) {
			continue
		}
		if len(out.TypeSummaries) == limit {
			out.NextToken = out.TypeSummaries[limit-1].TypeName
			break
		}
		out.TypeSummaries = append(out.TypeSummaries, api.TypeSummary{
			Type: new(api.RegistryTypeResource), TypeName: &name, TypeArn: new(h.typeARN(name)), Description: new("Resource Type definition for " + name),
		})
	}
	return out, nil
}

// listed tells whether a type is among those that are asked for.
func listed(t *types.Type, in *api.ListTypesInput) bool {
	category, prefix := "", ""
	if in.Filters != nil {
		category, prefix = wire.Value(in.Filters.Category), wire.Value(in.Filters.TypeNamePrefix)
	}
	visible := wire.Value(in.Visibility)
	switch {
	case visible != api.VisibilityPublic && (visible != "" || category != api.CategoryAwsTypes),
		category != "" && category != api.CategoryAwsTypes,
		in.Type != nil && *in.Type != api.RegistryTypeResource,
		in.ProvisioningType != nil && *in.ProvisioningType != provisioning(t),
		wire.Value(in.DeprecatedStatus) == api.DeprecatedStatusDeprecated:
		return false
	}
	return strings.HasPrefix(t.Name, prefix)
}
