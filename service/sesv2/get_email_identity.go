package sesv2

import (
	"context"

	api "maru.dev/maru/api/sesv2"
)

// GetEmailIdentity describes an identity.
//
// Spec: Amazon SES API v2 Reference, GetEmailIdentity.
func (s *Service) GetEmailIdentity(ctx context.Context, in *api.GetEmailIdentityInput) (*api.GetEmailIdentityOutput, error) {
	i, ok, err := s.box.Identity(ctx, in.EmailIdentity)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, noIdentity(in.EmailIdentity)
	}
	return &api.GetEmailIdentityOutput{
		IdentityType: new(kind(i)), FeedbackForwardingStatus: new(true), VerifiedForSendingStatus: new(true),
		VerificationStatus: new("SUCCESS"), DkimAttributes: dkim(i), Policies: map[string]string{}, Tags: tagList(i.Tags),
		VerificationInfo: &api.VerificationInfo{LastCheckedTimestamp: &i.Made, LastSuccessTimestamp: &i.Made},
	}, nil
}

// noIdentity is of an identity that is not there.
func noIdentity(name string) error {
	return &api.NotFoundException{Message: "Email identity " + name + " does not exist."}
}
