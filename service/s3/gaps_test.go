package s3_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"maru.dev/maru/internal/testenv"
)

func TestGapKeysOfObjectsAreNotLookedFor(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	testenv.KnownGap(t, "service/s3/doc.go", func(t testing.TB) {
		_, err := b.s3.PutObject(t.Context(), &client.PutObjectInput{
			Bucket: b.bucket, Key: aws.String("k"), Body: strings.NewReader("x"), ServerSideEncryption: types.ServerSideEncryptionAwsKms,
			SSEKMSKeyId: aws.String("arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000"),
		})
		if err == nil {
			t.Error("there is no such key")
		}
	})
}

// site stores a page in a bucket that is a website.
func site(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	b.store("index.html", 1, "")
	_, err := b.s3.PutBucketWebsite(t.Context(), &client.PutBucketWebsiteInput{
		Bucket: b.bucket, WebsiteConfiguration: &types.WebsiteConfiguration{IndexDocument: &types.IndexDocument{Suffix: aws.String("index.html")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGapWebsitesHaveNoAddress(t *testing.T) {
	t.Parallel()
	b := site(t)
	testenv.KnownGap(t, "service/s3/doc.go", func(t testing.TB) {
		if status, _, body := b.page("GET", "/", nil); status != 200 || strings.Contains(body, "<ListBucketResult") {
			t.Errorf("the root of the site: %d %.80s", status, body)
		}
	})
}

func TestGapRefusedFeatures(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	put := func(change func(in *client.PutObjectInput)) error {
		in := &client.PutObjectInput{Bucket: b.bucket, Key: aws.String("k"), Body: strings.NewReader("x")}
		change(in)
		_, err := b.s3.PutObject(ctx, in)
		return err
	}
	tests := map[string]func() error{
		"customer-provided keys": func() error {
			return put(func(in *client.PutObjectInput) {
				in.SSECustomerAlgorithm, in.SSECustomerKey = aws.String("AES256"), aws.String("01234567890123456789012345678901")
				in.SSECustomerKeyMD5 = aws.String("KSeqrj5iWsCJ0xnLRzcZpA==")
			})
		},
		"object lock": func() error {
			_, err := b.s3.CreateBucket(ctx, &client.CreateBucketInput{Bucket: aws.String("locked-bucket"), ObjectLockEnabledForBucket: aws.Bool(true)})
			return err
		},
		"grants by header": func() error {
			return put(func(in *client.PutObjectInput) {
				in.GrantRead = aws.String(`uri="http://acs.amazonaws.com/groups/global/AllUsers"`)
			})
		},
		"replication": func() error {
			_, err := b.s3.PutBucketReplication(ctx, &client.PutBucketReplicationInput{Bucket: b.bucket, ReplicationConfiguration: &types.ReplicationConfiguration{
				Role: aws.String("arn:aws:iam::000000000000:role/r"), Rules: []types.ReplicationRule{{Status: "Enabled", Destination: &types.Destination{Bucket: aws.String("arn:aws:s3:::other-bucket")}}},
			}})
			return err
		},
		"logging": func() error {
			_, err := b.s3.PutBucketLogging(ctx, &client.PutBucketLoggingInput{Bucket: b.bucket, BucketLoggingStatus: &types.BucketLoggingStatus{
				LoggingEnabled: &types.LoggingEnabled{TargetBucket: b.bucket, TargetPrefix: aws.String("log/")},
			}})
			return err
		},
		"acceleration": func() error {
			_, err := b.s3.PutBucketAccelerateConfiguration(ctx, &client.PutBucketAccelerateConfigurationInput{
				Bucket: b.bucket, AccelerateConfiguration: &types.AccelerateConfiguration{Status: types.BucketAccelerateStatusEnabled},
			})
			return err
		},
		"requesters that pay": func() error {
			_, err := b.s3.PutBucketRequestPayment(ctx, &client.PutBucketRequestPaymentInput{
				Bucket: b.bucket, RequestPaymentConfiguration: &types.RequestPaymentConfiguration{Payer: types.PayerRequester},
			})
			return err
		},
	}
	for name, ask := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testenv.KnownGap(t, "service/s3/doc.go", func(t testing.TB) {
				if err := ask(); code(err) == "NotImplemented" {
					t.Error(err)
				}
			})
		})
	}
}
