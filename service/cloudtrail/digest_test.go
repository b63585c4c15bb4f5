package cloudtrail_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/internal/testenv"
)

// digest is a digest file, as far as it matters to its chain.
type digest struct {
	DigestEndTime              string
	DigestS3Bucket             string
	DigestS3Object             string
	DigestPublicKeyFingerprint string
	PreviousDigestS3Object     *string
	PreviousDigestHashValue    *string
	PreviousDigestSignature    *string
	LogFiles                   []struct{ S3Object, HashValue string }
}

func TestDigestsVouchForTheFilesAndForEachOther(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	c := env.CloudTrail()
	bucket(t, env.S3(), "audit", "")
	logTo(t, c, &cloudtrail.CreateTrailInput{Name: new("main"), S3BucketName: new("audit"), EnableLogFileValidation: new(true)})
	for _, name := range []string{"first", "second"} {
		must[*sqs.CreateQueueOutput](t)(env.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name}))
		testenv.Eventually(t, "the file", func() bool {
			env.Rest()
			env.Advance(time.Minute)
			return slices.ContainsFunc(delivered(t, env.S3(), "audit", "AWSLogs/"), func(e entry) bool { return e.RequestParameters["queueName"] == name })
		})
		env.Rest()
		env.Advance(time.Hour)
	}
	var list []string
	testenv.Eventually(t, "two digests", func() bool {
		list = keys(t, env.S3(), "audit", "AWSLogs/000000000000/CloudTrail-Digest/us-east-1/")
		return len(list) >= 2
	})
	public := map[string]*rsa.PublicKey{}
	for _, k := range must[*cloudtrail.ListPublicKeysOutput](t)(c.ListPublicKeys(t.Context(), &cloudtrail.ListPublicKeysInput{})).PublicKeyList {
		public[*k.Fingerprint] = must[*rsa.PublicKey](t)(x509.ParsePKCS1PublicKey(k.Value))
	}
	var files []string
	var before *digest
	var beforeHash, beforeSignature string
	for _, key := range list {
		raw, metadata := content(t, env.S3(), "audit", key)
		var d digest
		if err := json.Unmarshal(raw, &d); err != nil {
			t.Fatal(err)
		}
		previous := "null"
		if before != nil {
			if d.PreviousDigestS3Object == nil || *d.PreviousDigestS3Object != before.DigestS3Object || *d.PreviousDigestHashValue != beforeHash || *d.PreviousDigestSignature != beforeSignature {
				t.Errorf("the chain is broken at %s", key)
			}
			previous = beforeSignature
		}
		hash := sha256.Sum256(raw)
		signed := sha256.Sum256([]byte(d.DigestEndTime + "\n" + d.DigestS3Bucket + "/" + d.DigestS3Object + "\n" + hex.EncodeToString(hash[:]) + "\n" + previous))
		if err := rsa.VerifyPKCS1v15(public[d.DigestPublicKeyFingerprint], crypto.SHA256, signed[:], must[[]byte](t)(hex.DecodeString(metadata["signature"]))); err != nil || metadata["signature-algorithm"] != "SHA256withRSA" {
			t.Errorf("%s: %v", key, err)
		}
		for _, f := range d.LogFiles {
			inside, _ := content(t, env.S3(), "audit", f.S3Object)
			if sum := sha256.Sum256(inside); hex.EncodeToString(sum[:]) != f.HashValue {
				t.Errorf("%s is not what its digest says", f.S3Object)
			}
			files = append(files, f.S3Object)
		}
		before, beforeHash, beforeSignature = &d, hex.EncodeToString(hash[:]), metadata["signature"]
	}
	for _, key := range keys(t, env.S3(), "audit", "AWSLogs/000000000000/CloudTrail/") {
		if slices.Contains(files, key) || !strings.HasSuffix(key, ".json.gz") {
			continue
		}
		raw, _ := content(t, env.S3(), "audit", key)
		if strings.Contains(string(raw), `"queueName":"first"`) {
			t.Errorf("no digest vouches for %s", key)
		}
	}
}
