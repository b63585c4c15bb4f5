package sns

import (
	"context"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/service"
	"maru.dev/maru/service/sns/mobile"
	"maru.dev/maru/service/sns/signing"
	"maru.dev/maru/telemetry"
)

// Service implements SNS. What is for telephones is in the service that it
// embeds.
type Service struct {
	mobile.Service

	keys    *signing.Keys
	filters *filterCache
	metrics *telemetry.Family
}

// New returns the service.
func New(d service.Deps) *Service {
	s := &Service{
		Service: mobile.Service{Deps: d},
		keys:    signing.NewKeys(d.Store, d.Clock),
		filters: newFilterCache(),
		metrics: newMetrics(d.Metrics),
	}
	d.Tasks.Observe(principal, s.observe)
	d.Tasks.Handle(fanOutKind, s.runFanOut, nil)
	d.Tasks.Handle(expireKind, s.runExpire, nil)
	return s
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// Reset forgets the signing key: the emptied store will get another.
func (s *Service) Reset(context.Context) error {
	s.keys.Forget()
	return nil
}

// Certificate returns the certificate, in PEM, of the key that signs messages.
// It is served at CertificatePath.
func (s *Service) Certificate(ctx context.Context) ([]byte, error) {
	k, err := s.keys.Signer(ctx)
	if err != nil {
		return nil, err
	}
	return k.Certificate, nil
}

// CertificatePath returns the path, from a slash on, at which messages say that
// the certificate is to be found.
func (s *Service) CertificatePath(ctx context.Context) (string, error) {
	k, err := s.keys.Signer(ctx)
	if err != nil {
		return "", err
	}
	return k.Path, nil
}
