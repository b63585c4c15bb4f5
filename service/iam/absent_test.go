package iam_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// A tool that empties a user before it deletes it asks for all that a user may
// have.
func TestCredentialsThatNobodyHasReadAsAbsent(t *testing.T) {
	t.Parallel()
	c := client(t)
	must[*sdk.CreateUserOutput](t)(c.CreateUser(t.Context(), &sdk.CreateUserInput{UserName: aws.String("bob")}))
	lists := map[string]func(user *string) (int, error){
		"devices": func(user *string) (int, error) {
			out, err := c.ListMFADevices(t.Context(), &sdk.ListMFADevicesInput{UserName: user})
			if err != nil {
				return 0, err
			}
			return len(out.MFADevices), nil
		},
		"keys": func(user *string) (int, error) {
			out, err := c.ListSSHPublicKeys(t.Context(), &sdk.ListSSHPublicKeysInput{UserName: user})
			if err != nil {
				return 0, err
			}
			return len(out.SSHPublicKeys), nil
		},
		"certificates": func(user *string) (int, error) {
			out, err := c.ListSigningCertificates(t.Context(), &sdk.ListSigningCertificatesInput{UserName: user})
			if err != nil {
				return 0, err
			}
			return len(out.Certificates), nil
		},
		"credentials": func(user *string) (int, error) {
			out, err := c.ListServiceSpecificCredentials(t.Context(), &sdk.ListServiceSpecificCredentialsInput{UserName: user})
			if err != nil {
				return 0, err
			}
			return len(out.ServiceSpecificCredentials), nil
		},
	}
	for name, list := range lists {
		for _, user := range []*string{aws.String("bob"), nil} {
			if n, err := list(user); n != 0 || err != nil {
				t.Errorf("%s: %d, %v", name, n, err)
			}
		}
		_, err := list(aws.String("alice"))
		wants(t, err, "NoSuchEntity", "The user with name alice cannot be found.")
	}
	_, err := c.GetLoginProfile(t.Context(), &sdk.GetLoginProfileInput{UserName: aws.String("bob")})
	wants(t, err, "NoSuchEntity", "Login Profile for User bob cannot be found.")
	_, err = c.DeleteLoginProfile(t.Context(), &sdk.DeleteLoginProfileInput{UserName: aws.String("alice")})
	wants(t, err, "NoSuchEntity", "The user with name alice cannot be found.")
	_, err = c.GetAccountPasswordPolicy(t.Context(), &sdk.GetAccountPasswordPolicyInput{})
	wants(t, err, "NoSuchEntity", "The Password Policy with domain name 000000000000 cannot be found.")
	_, err = c.DeleteAccountPasswordPolicy(t.Context(), &sdk.DeleteAccountPasswordPolicyInput{})
	wants(t, err, "NoSuchEntity", "PasswordPolicy")
	must[*sdk.ListVirtualMFADevicesOutput](t)(c.ListVirtualMFADevices(t.Context(), &sdk.ListVirtualMFADevicesInput{}))
	must[*sdk.ListServerCertificatesOutput](t)(c.ListServerCertificates(t.Context(), &sdk.ListServerCertificatesInput{}))
	must[*sdk.ListOpenIDConnectProvidersOutput](t)(c.ListOpenIDConnectProviders(t.Context(), &sdk.ListOpenIDConnectProvidersInput{}))
	must[*sdk.ListSAMLProvidersOutput](t)(c.ListSAMLProviders(t.Context(), &sdk.ListSAMLProvidersInput{}))
}

func TestInstanceProfilesAreTagged(t *testing.T) {
	t.Parallel()
	c := client(t)
	name := aws.String("p")
	tags := func(want string) {
		t.Helper()
		got := ""
		for _, one := range must[*sdk.ListInstanceProfileTagsOutput](t)(c.ListInstanceProfileTags(t.Context(), &sdk.ListInstanceProfileTagsInput{InstanceProfileName: name})).Tags {
			got += *one.Key + "=" + *one.Value + " "
		}
		if got != want {
			t.Errorf("tags %q, want %q", got, want)
		}
	}
	must[*sdk.CreateInstanceProfileOutput](t)(c.CreateInstanceProfile(t.Context(), &sdk.CreateInstanceProfileInput{InstanceProfileName: name}))
	must[*sdk.TagInstanceProfileOutput](t)(c.TagInstanceProfile(t.Context(), &sdk.TagInstanceProfileInput{InstanceProfileName: name, Tags: []types.Tag{
		{Key: aws.String("b"), Value: aws.String("1")}, {Key: aws.String("a"), Value: aws.String("2")},
	}}))
	tags("a=2 b=1 ")
	must[*sdk.UntagInstanceProfileOutput](t)(c.UntagInstanceProfile(t.Context(), &sdk.UntagInstanceProfileInput{InstanceProfileName: name, TagKeys: []string{"a"}}))
	tags("b=1 ")
	_, err := c.ListInstanceProfileTags(t.Context(), &sdk.ListInstanceProfileTagsInput{InstanceProfileName: aws.String("nope")})
	wants(t, err, "NoSuchEntity", "Instance Profile nope cannot be found.")
}
