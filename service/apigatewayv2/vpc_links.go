package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// linkOutput is a VPC link as an output.
func linkOutput(l api.VpcLink) *api.GetVpcLinkOutput {
	return &api.GetVpcLinkOutput{
		CreatedDate: l.CreatedDate, Name: &l.Name, SecurityGroupIds: l.SecurityGroupIds, SubnetIds: l.SubnetIds, Tags: l.Tags,
		VpcLinkId: &l.VpcLinkId, VpcLinkStatus: l.VpcLinkStatus, VpcLinkStatusMessage: l.VpcLinkStatusMessage, VpcLinkVersion: l.VpcLinkVersion,
	}
}

// checkLink holds a VPC link against its rules.
func checkLink(l *api.VpcLink) error {
	if l.Name == "" || len(l.Name) > 128 {
		return badRequest("Name must be between 1 and 128 characters in length.")
	}
	if len(l.SubnetIds) == 0 {
		return badRequest("SubnetIds must have at least one subnet")
	}
	return checkTags(l.Tags)
}

// CreateVpcLink keeps a VPC link. It is there at once, and reaches what this
// machine reaches.
//
// Spec: API Gateway V2 API Reference, CreateVpcLink.
func (s *Service) CreateVpcLink(ctx context.Context, in *api.CreateVpcLinkInput) (*api.CreateVpcLinkOutput, error) {
	l := api.VpcLink{
		CreatedDate: new(s.Clock.Now()), Name: in.Name, SecurityGroupIds: in.SecurityGroupIds, SubnetIds: in.SubnetIds, Tags: in.Tags,
		VpcLinkId: s.newID(6), VpcLinkStatus: new(api.VpcLinkStatusAvailable), VpcLinkStatusMessage: new("VPC link is ready to route traffic"),
		VpcLinkVersion: new(api.VpcLinkVersionV2),
	}
	if err := checkLink(&l); err != nil {
		return nil, err
	}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		return links().Put(tx, l, homeOf(call.From(ctx)), l.VpcLinkId)
	})
	if err != nil {
		return nil, err
	}
	return (*api.CreateVpcLinkOutput)(linkOutput(l)), nil
}

// GetVpcLink returns a VPC link.
//
// Spec: API Gateway V2 API Reference, GetVpcLink.
func (s *Service) GetVpcLink(ctx context.Context, in *api.GetVpcLinkInput) (*api.GetVpcLinkOutput, error) {
	var l api.VpcLink
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		l, err = links().Need(tx, homeOf(call.From(ctx)), in.VpcLinkId)
		return err
	})
	if err != nil {
		return nil, err
	}
	return linkOutput(l), nil
}

// GetVpcLinks lists the VPC links of an account and region.
//
// Spec: API Gateway V2 API Reference, GetVpcLinks.
func (s *Service) GetVpcLinks(ctx context.Context, in *api.GetVpcLinksInput) (*api.GetVpcLinksOutput, error) {
	p, err := newPaging(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.GetVpcLinksOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out.Items, out.NextToken, err = page(tx, p, links(), homeOf(call.From(ctx)))
		return err
	})
	return out, err
}

// UpdateVpcLink renames a VPC link.
//
// Spec: API Gateway V2 API Reference, UpdateVpcLink.
func (s *Service) UpdateVpcLink(ctx context.Context, in *api.UpdateVpcLinkInput) (*api.UpdateVpcLinkOutput, error) {
	h := homeOf(call.From(ctx))
	var l api.VpcLink
	err := s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		if l, err = links().Need(tx, h, in.VpcLinkId); err != nil {
			return err
		}
		if in.Name != nil {
			l.Name = *in.Name
		}
		if err := checkLink(&l); err != nil {
			return err
		}
		return links().Put(tx, l, h, in.VpcLinkId)
	})
	if err != nil {
		return nil, err
	}
	return (*api.UpdateVpcLinkOutput)(linkOutput(l)), nil
}

// DeleteVpcLink removes a VPC link.
//
// Spec: API Gateway V2 API Reference, DeleteVpcLink.
func (s *Service) DeleteVpcLink(ctx context.Context, in *api.DeleteVpcLinkInput) (*api.DeleteVpcLinkOutput, error) {
	h := homeOf(call.From(ctx))
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := links().Need(tx, h, in.VpcLinkId); err != nil {
			return err
		}
		return links().Delete(tx, h, in.VpcLinkId)
	})
	return &api.DeleteVpcLinkOutput{}, err
}
