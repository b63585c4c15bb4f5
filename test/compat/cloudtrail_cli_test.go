package compat_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"maru.dev/maru/internal/testenv"
)

// trailPolicy lets CloudTrail deliver into the tour's bucket, as the guide has it.
const trailPolicy = `{"Version":"2012-10-17","Statement":[
{"Sid":"AWSCloudTrailAclCheck","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::cli-trail",
 "Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:us-east-1:000000000000:trail/cli"}}},
{"Sid":"AWSCloudTrailWrite","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::cli-trail/AWSLogs/000000000000/*",
 "Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control","aws:SourceArn":"arn:aws:cloudtrail:us-east-1:000000000000:trail/cli"}}}]}`

// trailTour is what an auditor does with CloudTrail through the AWS CLI.
func trailTour() []step {
	const validate = `aws cloudtrail validate-logs --trail-arn arn:aws:cloudtrail:us-east-1:000000000000:trail/cli --start-time $START --end-time $END --verbose`
	advance := func(by string) string {
		return `curl -sS $AWS_ENDPOINT_URL/_maru/clock -d '{"advance":"` + by + `"}' >/dev/null; `
	}
	until := func(test, then string) string {
		return `for i in $(seq 60); do ` + test + ` && break; sleep 0.2; done; ` + then
	}
	digests := func(n string) string {
		return `[ $(aws s3 ls s3://cli-trail/AWSLogs/000000000000/CloudTrail-Digest/ --recursive | wc -l) -ge ` + n + ` ]`
	}
	return []step{
		{run: `date -u -d '-1 hour' +%Y-%m-%dT%H:%M:%SZ`, save: "START"},
		{run: `date -u -d '+1 day' +%Y-%m-%dT%H:%M:%SZ`, save: "END"},
		{run: `aws s3 mb s3://cli-trail`, want: "make_bucket"},
		{run: `aws cloudtrail create-trail --name cli --s3-bucket-name cli-trail`, fails: "InsufficientS3BucketPolicyException"},
		{run: `aws s3api put-bucket-policy --bucket cli-trail --policy file://policy.json`},
		{run: `aws cloudtrail create-trail --name cli --s3-bucket-name cli-trail --enable-log-file-validation --query TrailARN --output text`, want: ":trail/cli"},
		{run: `aws cloudtrail start-logging --name cli`},
		{run: `aws cloudtrail get-trail-status --name cli --query IsLogging`, want: "true"},
		{run: `aws cloudtrail put-event-selectors --trail-name cli --advanced-event-selectors '[{"Name":"writes","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},{"Field":"readOnly","Equals":["false"]}]}]' --query 'AdvancedEventSelectors[0].Name' --output text`, want: "writes"},
		{run: `aws sns create-topic --name audited --query TopicArn --output text`, want: ":audited"},
		{run: `aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=CreateTopic --query 'Events[0].[EventSource,Username,Resources[0].ResourceName]' --output text`, want: "sns.amazonaws.com\troot\t"},
		{run: advance("1m") + until(`aws s3 ls s3://cli-trail/AWSLogs/000000000000/CloudTrail/us-east-1/ --recursive | grep -q json.gz`, `aws s3 ls s3://cli-trail/ --recursive`), want: "000000000000_CloudTrail_us-east-1_"},
		{run: advance("1h") + until(digests("1"), `echo there`), want: "there"},
		{run: advance("1h") + until(digests("2"), `echo there`), want: "there"},
		{run: validate, want: "digest files valid"},
		{run: validate + ` | grep 'Log file'`, want: "\tvalid"},
		{run: `aws s3 ls s3://cli-trail/AWSLogs/000000000000/CloudTrail/ --recursive | awk '{print $4}' | head -1`, save: "FILE"},
		{run: `echo '{"Records":[]}' | gzip > forged && aws s3 cp forged s3://cli-trail/$FILE --only-show-errors`},
		{run: validate + ` 2>&1 || true`, want: "INVALID: hash value doesn't match"},
		{run: `aws cloudtrail list-public-keys --query 'length(PublicKeyList)'`, want: "1"},
		{run: `aws cloudtrail delete-trail --name cli`},
		{run: `aws cloudtrail get-trail --name cli`, fails: "Unknown trail: cli for the user: 000000000000"},
		{run: `aws cloudtrail list-event-data-stores`, fails: "is not implemented by maru"},
	}
}

func TestCloudTrailWorksWithTheAWSCLI(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs some commands of half a second each")
	}
	if err := exec.CommandContext(t.Context(), "aws", "--version").Run(); err != nil {
		t.Skipf("there is no AWS CLI here: %v", err)
	}
	p := testenv.Process(t)
	dir := folder(t)
	if err := os.WriteFile(filepath.Join(dir, "policy.json"), []byte(trailPolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := environment(p, dir)
	for _, s := range trailTour() {
		environ = s.do(t, dir, environ)
	}
}
