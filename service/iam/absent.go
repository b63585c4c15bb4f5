package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/call"
)

// Here are the credentials that nobody has, since they cannot be made: passwords,
// devices, keys of other services, providers of identities. They read as those of
// an account without them, for tools that look for all that a user may have
// before they delete it.

// bare checks that a user, or the caller, is there: that is all that there is to say.
func (s *Service) bare(ctx context.Context, name *string) error {
	return s.view(ctx, func(t *table) error {
		found, root, err := s.callerOr(ctx, name)
		if err != nil || root {
			return err
		}
		_, err = t.load(user, found)
		return err
	})
}

// noLogin is the answer to who asks for a user's password.
func (s *Service) noLogin(ctx context.Context, name string) error {
	if err := s.bare(ctx, &name); err != nil {
		return err
	}
	return noEntityf("Login Profile for User %s cannot be found.", name)
}

// GetLoginProfile finds no password.
//
// Spec: IAM API Reference, GetLoginProfile.
func (s *Service) GetLoginProfile(ctx context.Context, in *api.GetLoginProfileInput) (*api.GetLoginProfileOutput, error) {
	return nil, s.noLogin(ctx, in.UserName)
}

// DeleteLoginProfile finds no password.
//
// Spec: IAM API Reference, DeleteLoginProfile.
func (s *Service) DeleteLoginProfile(ctx context.Context, in *api.DeleteLoginProfileInput) (*api.DeleteLoginProfileOutput, error) {
	return nil, s.noLogin(ctx, in.UserName)
}

// GetAccountPasswordPolicy finds no policy of passwords.
//
// Spec: IAM API Reference, GetAccountPasswordPolicy.
func (s *Service) GetAccountPasswordPolicy(ctx context.Context, _ *api.GetAccountPasswordPolicyInput) (*api.GetAccountPasswordPolicyOutput, error) {
	return nil, noEntityf("The Password Policy with domain name %s cannot be found.", call.From(ctx).Account)
}

// DeleteAccountPasswordPolicy finds no policy of passwords.
//
// Spec: IAM API Reference, DeleteAccountPasswordPolicy.
func (s *Service) DeleteAccountPasswordPolicy(context.Context, *api.DeleteAccountPasswordPolicyInput) (*api.DeleteAccountPasswordPolicyOutput, error) {
	return nil, noEntityf("The account policy with name PasswordPolicy cannot be found.")
}

// ListMFADevices lists no devices of a user, or the caller.
//
// Spec: IAM API Reference, ListMFADevices.
func (s *Service) ListMFADevices(ctx context.Context, in *api.ListMFADevicesInput) (*api.ListMFADevicesOutput, error) {
	return &api.ListMFADevicesOutput{MFADevices: []api.MFADevice{}, IsTruncated: new(false)}, s.bare(ctx, in.UserName)
}

// ListSSHPublicKeys lists no keys of a user, or the caller.
//
// Spec: IAM API Reference, ListSSHPublicKeys.
func (s *Service) ListSSHPublicKeys(ctx context.Context, in *api.ListSSHPublicKeysInput) (*api.ListSSHPublicKeysOutput, error) {
	return &api.ListSSHPublicKeysOutput{SSHPublicKeys: []api.SSHPublicKeyMetadata{}, IsTruncated: new(false)}, s.bare(ctx, in.UserName)
}

// ListSigningCertificates lists no certificates of a user, or the caller.
//
// Spec: IAM API Reference, ListSigningCertificates.
func (s *Service) ListSigningCertificates(ctx context.Context, in *api.ListSigningCertificatesInput) (*api.ListSigningCertificatesOutput, error) {
	return &api.ListSigningCertificatesOutput{Certificates: []api.SigningCertificate{}, IsTruncated: new(false)}, s.bare(ctx, in.UserName)
}

// ListServiceSpecificCredentials lists no credentials of a user, or the caller.
//
// Spec: IAM API Reference, ListServiceSpecificCredentials.
func (s *Service) ListServiceSpecificCredentials(ctx context.Context, in *api.ListServiceSpecificCredentialsInput) (*api.ListServiceSpecificCredentialsOutput, error) {
	return &api.ListServiceSpecificCredentialsOutput{ServiceSpecificCredentials: []api.ServiceSpecificCredentialMetadata{}}, s.bare(ctx, in.UserName)
}

// ListVirtualMFADevices lists no devices.
//
// Spec: IAM API Reference, ListVirtualMFADevices.
func (s *Service) ListVirtualMFADevices(context.Context, *api.ListVirtualMFADevicesInput) (*api.ListVirtualMFADevicesOutput, error) {
	return &api.ListVirtualMFADevicesOutput{VirtualMFADevices: []api.VirtualMFADevice{}, IsTruncated: new(false)}, nil
}

// ListServerCertificates lists no certificates.
//
// Spec: IAM API Reference, ListServerCertificates.
func (s *Service) ListServerCertificates(context.Context, *api.ListServerCertificatesInput) (*api.ListServerCertificatesOutput, error) {
	return &api.ListServerCertificatesOutput{ServerCertificateMetadataList: []api.ServerCertificateMetadata{}, IsTruncated: new(false)}, nil
}

// ListOpenIDConnectProviders lists no providers.
//
// Spec: IAM API Reference, ListOpenIDConnectProviders.
func (s *Service) ListOpenIDConnectProviders(context.Context, *api.ListOpenIDConnectProvidersInput) (*api.ListOpenIDConnectProvidersOutput, error) {
	return &api.ListOpenIDConnectProvidersOutput{OpenIDConnectProviderList: []api.OpenIDConnectProviderListEntry{}}, nil
}

// ListSAMLProviders lists no providers.
//
// Spec: IAM API Reference, ListSAMLProviders.
func (s *Service) ListSAMLProviders(context.Context, *api.ListSAMLProvidersInput) (*api.ListSAMLProvidersOutput, error) {
	return &api.ListSAMLProvidersOutput{SAMLProviderList: []api.SAMLProviderListEntry{}}, nil
}
