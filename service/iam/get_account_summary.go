package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// GetAccountSummary counts what the account has, and tells its quotas.
//
// Spec: IAM API Reference, GetAccountSummary.
func (s *Service) GetAccountSummary(ctx context.Context, in *api.GetAccountSummaryInput) (*api.GetAccountSummaryOutput, error) {
	out := map[string]int32{
		"UsersQuota": 5000, "GroupsQuota": 300, "RolesQuota": 1000, "PoliciesQuota": policiesQuota, "InstanceProfilesQuota": profilesQuota,
		"GroupsPerUserQuota": groupsQuota, "AccessKeysPerUserQuota": keysQuota, "VersionsPerPolicyQuota": versionsQuota,
		"AttachedPoliciesPerUserQuota": attachQuota, "AttachedPoliciesPerGroupQuota": attachQuota, "AttachedPoliciesPerRoleQuota": attachQuota,
		"UserPolicySizeQuota": 2048, "GroupPolicySizeQuota": 5120, "RolePolicySizeQuota": 10240, "PolicySizeQuota": policyQuota,
		"AssumeRolePolicySizeQuota": trustQuota, "PolicyVersionsInUseQuota": 10000, "ServerCertificatesQuota": 20, "SigningCertificatesPerUserQuota": 2,
		"AccountMFAEnabled": 0, "AccountSigningCertificatesPresent": 0, "AccountPasswordPresent": 0, "MFADevices": 0, "MFADevicesInUse": 0,
		"Providers": 0, "ServerCertificates": 0, "GlobalEndpointTokenVersion": 1,
	}
	err := s.view(ctx, func(t *table) error {
		for name, counter := range map[string]string{"Users": "user", "Groups": "group", "Roles": "role", "Policies": "policy", "InstanceProfiles": "profile"} {
			n, err := t.tx.Count(t.countKey(counter))
			if err != nil {
				return err
			}
			out[name] = int32(n)
		}
		root, err := t.count(t.key("key", rootOwner))
		out["AccountAccessKeysPresent"] = int32(min(root, 1))
		if err != nil {
			return err
		}
		versions, err := t.count(t.key("version"))
		out["PolicyVersionsInUse"] = int32(versions)
		return err
	})
	return &api.GetAccountSummaryOutput{SummaryMap: out}, err
}
