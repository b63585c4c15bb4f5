package account

import (
	"context"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/patch"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/service/rows"
	"maru.dev/maru/wire"
)

// maxLinks is how many VPC links an account has in a region.
const maxLinks = 20

// links are an account's VPC links.
func links() rows.Table[api.VpcLink] {
	return record.Table[api.VpcLink]("link", "Invalid Vpc Link identifier specified")
}

// checkLink holds a VPC link against the rules.
func checkLink(l *api.VpcLink) error {
	switch {
	case wire.Value(l.Name) == "" || len(*l.Name) > 1024:
		return fault.BadRequest("VpcLink name must be between 1 and 1024 characters in length")
	case len(l.TargetArns) != 1:
		return fault.BadRequest("VpcLink must have exactly one target ARN")
	}
	target, err := arn.Parse(l.TargetArns[0])
	if err != nil || target.Service != "elasticloadbalancing" || !strings.HasPrefix(target.Resource, "loadbalancer/net/") {
		return fault.BadRequest("Invalid target ARN specified: %s. The target must be a network load balancer", l.TargetArns[0])
	}
	return record.CheckTags(l.Tags)
}

// CreateVpcLink keeps a VPC link. It is there at once, and reaches what this
// machine reaches.
//
// Spec: API Gateway API Reference, CreateVpcLink.
func (s *Service) CreateVpcLink(ctx context.Context, in *api.CreateVpcLinkInput) (*api.CreateVpcLinkOutput, error) {
	l := &api.VpcLink{
		Id: new(record.ID(s.IDs, 6)), Name: &in.Name, Description: in.Description, TargetArns: in.TargetArns, Tags: in.Tags,
		Status: new(api.VpcLinkStatusAvailable), StatusMessage: new("Your vpc link is ready for use"),
	}
	if err := checkLink(l); err != nil {
		return nil, err
	}
	at := record.Home(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		n, err := links().Count(tx, at)
		if err != nil {
			return err
		}
		if n >= maxLinks {
			return fault.LimitExceeded("Maximum number of VPC links for this account in this region has been reached")
		}
		return links().Put(tx, *l, at, *l.Id)
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// GetVpcLink returns a VPC link.
//
// Spec: API Gateway API Reference, GetVpcLink.
func (s *Service) GetVpcLink(ctx context.Context, in *api.GetVpcLinkInput) (*api.GetVpcLinkOutput, error) {
	return read(ctx, s, links(), in.VpcLinkId)
}

// GetVpcLinks lists an account's VPC links.
//
// Spec: API Gateway API Reference, GetVpcLinks.
func (s *Service) GetVpcLinks(ctx context.Context, in *api.GetVpcLinksInput) (*api.GetVpcLinksOutput, error) {
	out := &api.GetVpcLinksOutput{}
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out.Items, out.Position, err = record.Page(tx, in.Limit, in.Position, links(), record.Home(ctx))
		return err
	})
	return out, err
}

// UpdateVpcLink changes what a VPC link is called.
//
// Spec: API Gateway API Reference, UpdateVpcLink, PatchOperation.
func (s *Service) UpdateVpcLink(ctx context.Context, in *api.UpdateVpcLinkInput) (*api.UpdateVpcLinkOutput, error) {
	return change(ctx, s, links(), in.VpcLinkId, func(_ *kv.Tx, _ service.Home, l *api.VpcLink) error {
		rules := patch.Rules{patch.Only("/name", &l.Name), patch.Only("/description", &l.Description)}
		if err := rules.Apply(in.PatchOperations); err != nil {
			return err
		}
		return checkLink(l)
	})
}

// DeleteVpcLink removes a VPC link.
//
// Spec: API Gateway API Reference, DeleteVpcLink.
func (s *Service) DeleteVpcLink(ctx context.Context, in *api.DeleteVpcLinkInput) (*api.DeleteVpcLinkOutput, error) {
	return &api.DeleteVpcLinkOutput{}, remove(ctx, s, links(), in.VpcLinkId, nil)
}
