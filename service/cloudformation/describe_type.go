package cloudformation

import (
	"context"
	"strings"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/wire"
)

// DescribeType describes a resource type that templates may have here.
//
// Spec: CloudFormation API Reference, DescribeType.
func (s *Service) DescribeType(ctx context.Context, in *api.DescribeTypeInput) (*api.DescribeTypeOutput, error) {
	h := homeOf(ctx)
	name := wire.Value(in.TypeName)
	switch {
	case in.Arn != nil:
		_, last, _ := strings.Cut(*in.Arn, ":type/resource/")
		name = strings.ReplaceAll(last, "-", "::")
	case name == "" || in.Type == nil:
		return nil, invalid("Either Arn or Type and TypeName must be specified")
	}
	t, ok := s.types[name]
	if !ok || in.Arn == nil && *in.Type != api.RegistryTypeResource || wire.Value(in.VersionId) != "" || wire.Value(in.PublisherId) != "" {
		return nil, &api.TypeNotFoundException{Message: "The type '" + name + "' cannot be found."}
	}
	schema, err := t.Document()
	if err != nil {
		return nil, err
	}
	return &api.DescribeTypeOutput{
		Arn: new(h.typeARN(name)), Type: new(api.RegistryTypeResource), TypeName: &name, Description: new("Resource Type definition for " + name),
		Schema: &schema, ProvisioningType: new(provisioning(t)), DeprecatedStatus: new(api.DeprecatedStatusLive),
		Visibility: new(api.VisibilityPublic), IsDefaultVersion: new(true),
	}, nil
}
