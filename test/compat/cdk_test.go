package compat_test

import (
	"os"
	"testing"
)

// cdkTour is what a user of the CDK does: prepare the account, deploy, change,
// compare, and remove. The application is written out once in each form, since that is what takes long.
var cdkTour = []step{
	{run: `cdk synth --quiet --no-color --app "node app.js" --output one 2>&1`},
	{run: `DELAY=7 cdk synth --quiet --no-color --app "node app.js" --output two 2>&1`},
	{run: `cdk bootstrap --no-color --app one aws://000000000000/us-east-1 2>&1`, want: "bootstrapped"},
	{run: `cdk deploy --no-color --app one --require-approval never --outputs-file outputs.json Orders 2>&1`, want: "arn:aws:cloudformation:us-east-1:000000000000:stack/Orders/"},
	{run: `node -p 'require("./outputs.json").Orders.WorkerName'`, want: "Orders-Worker"},
	{run: `cdk diff --no-color --app one Orders 2>&1`, want: "There were no differences"},
	{run: `cdk diff --no-color --app two Orders 2>&1`, want: "DelaySeconds"},
	{run: `cdk deploy --no-color --app two --require-approval never Orders 2>&1`, want: "Orders"},
	{run: `cdk diff --no-color --app two Orders 2>&1`, want: "There were no differences"},
	{run: `cdk destroy --no-color --app two --force Orders 2>&1`, want: "destroyed"},
}

func TestTheCDKWorksUnmodified(t *testing.T) {
	t.Parallel()
	needs(t, hasCDK, hasCDKLib)
	app, err := os.ReadFile("cdk_app.js")
	if err != nil {
		t.Fatal(err)
	}
	take(t, cdkTour, map[string]string{
		"app.js":          string(app),
		"worker/index.js": "exports.handler = async (event) => event.Records.length;\n",
	}, "CI=true", "CDK_DISABLE_CLI_TELEMETRY=true", "CDK_DISABLE_VERSION_CHECK=true")
}
