package account

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/patch"
	"maru.dev/maru/service/apigateway/record"
)

// GenerateClientCertificate makes a certificate by which gateways prove to
// backends who they are.
//
// Spec: API Gateway API Reference, GenerateClientCertificate.
func (s *Service) GenerateClientCertificate(ctx context.Context, in *api.GenerateClientCertificateInput) (*api.GenerateClientCertificateOutput, error) {
	if err := record.CheckTags(in.Tags); err != nil {
		return nil, err
	}
	c, err := newCertificate(record.ID(s.IDs, 6), *s.now())
	if err != nil {
		return nil, err
	}
	c.Certificate.Description, c.Certificate.Tags = in.Description, in.Tags
	err = s.Store.Update(ctx, func(tx *kv.Tx) error { return insertCertificate(tx, record.Home(ctx), c) })
	if err != nil {
		return nil, err
	}
	return &c.Certificate, nil
}

// GetClientCertificate returns a client certificate.
//
// Spec: API Gateway API Reference, GetClientCertificate.
func (s *Service) GetClientCertificate(ctx context.Context, in *api.GetClientCertificateInput) (*api.GetClientCertificateOutput, error) {
	c, err := read(ctx, s, certificates(), in.ClientCertificateId)
	if err != nil {
		return nil, err
	}
	return &c.Certificate, nil
}

// GetClientCertificates lists an account's client certificates.
//
// Spec: API Gateway API Reference, GetClientCertificates.
func (s *Service) GetClientCertificates(ctx context.Context, in *api.GetClientCertificatesInput) (*api.GetClientCertificatesOutput, error) {
	out := &api.GetClientCertificatesOutput{Items: []api.ClientCertificate{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		list, next, err := record.Page(tx, in.Limit, in.Position, certificates(), record.Home(ctx))
		out.Position = next
		for _, c := range list {
			out.Items = append(out.Items, c.Certificate)
		}
		return err
	})
	return out, err
}

// UpdateClientCertificate describes a client certificate.
//
// Spec: API Gateway API Reference, UpdateClientCertificate, PatchOperation.
func (s *Service) UpdateClientCertificate(ctx context.Context, in *api.UpdateClientCertificateInput) (*api.UpdateClientCertificateOutput, error) {
	c, err := change(ctx, s, certificates(), in.ClientCertificateId, func(_ *kv.Tx, _ service.Home, c *certificate) error {
		return patch.Rules{patch.Only("/description", &c.Certificate.Description)}.Apply(in.PatchOperations)
	})
	if err != nil {
		return nil, err
	}
	return &c.Certificate, nil
}

// DeleteClientCertificate removes a client certificate that no stage shows.
//
// Spec: API Gateway API Reference, DeleteClientCertificate.
func (s *Service) DeleteClientCertificate(ctx context.Context, in *api.DeleteClientCertificateInput) (*api.DeleteClientCertificateOutput, error) {
	err := remove(ctx, s, certificates(), in.ClientCertificateId, func(tx *kv.Tx, at service.Home) error {
		by, err := s.apis.Showing(tx, at, in.ClientCertificateId)
		if err == nil && by != "" {
			err = fault.Conflict("Client Certificate %s is in use by stage %s", in.ClientCertificateId, by)
		}
		return err
	})
	return &api.DeleteClientCertificateOutput{}, err
}
