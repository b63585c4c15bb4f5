package sts_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/sts"

	"maru.dev/maru/internal/testenv"
)

func TestGapMessagesAboutRefusalsAreNotDecoded(t *testing.T) {
	t.Parallel()
	env := start(t)
	testenv.KnownGap(t, "service/sts/doc.go", func(t testing.TB) {
		_, err := env.STS().DecodeAuthorizationMessage(t.Context(), &sdk.DecodeAuthorizationMessageInput{EncodedMessage: aws.String("none")})
		if code := testenv.ErrorCode(err); code != "InvalidAuthorizationMessageException" {
			t.Error(code)
		}
	})
}

func TestGapThereAreNoMFADevices(t *testing.T) {
	t.Parallel()
	env := start(t)
	testenv.KnownGap(t, "service/sts/doc.go", func(t testing.TB) {
		_, err := env.STS().GetSessionToken(t.Context(), &sdk.GetSessionTokenInput{
			SerialNumber: aws.String("arn:aws:iam::000000000000:mfa/nobody"), TokenCode: aws.String("123456"),
		})
		if code := testenv.ErrorCode(err); code != "AccessDenied" {
			t.Errorf("a code of no device: %q", code)
		}
	})
}
