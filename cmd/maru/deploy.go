package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"maru.dev/maru/cmd/maru/cli"
	"maru.dev/maru/deploy"
	"maru.dev/maru/internal/awshttp"
)

// deployCommand deploys a template.
type deployCommand struct {
	remote

	Template              string
	Stack, Bucket, Region string
	Parameter, Tag        map[string]string
	Capabilities          []string
}

// newDeploy is maru deploy.
func newDeploy(t *terminal) *cobra.Command {
	var c deployCommand
	cmd := &cobra.Command{
		Use:   "deploy --stack=NAME",
		Short: "Deploy a CloudFormation or SAM template, with its code, to a running maru.",
		Long:  `Deploys a template to a running maru: local code folders are zipped (Go functions are built first) and uploaded, a change set is made and executed, and every resource is shown as it changes. Deploying again changes only what differs.`,
		Example: `  maru deploy template.yaml --stack shop
  maru deploy template.yaml --stack shop --parameter Stage=prod --parameter Size=2`,
		RunE: t.does(c.run),
	}
	cli.Take(cmd, cli.Arg{Name: "<template>", Value: cli.File(&c.Template), Help: "CloudFormation or SAM template."})
	cli.Declare(cmd, c.flags()...)
	return cmd
}

// flags are maru deploy's.
func (c *deployCommand) flags() []cli.Flag {
	return append(c.remote.flags(), []cli.Flag{
		{
			Name: "stack", Shown: "NAME", Value: cli.Text(&c.Stack, ""), Env: "MARU_STACK", Required: true,
			Help: "Name of the stack.",
		}, {
			Name: "parameter", Shown: "KEY=VALUE", Value: cli.Pairs(&c.Parameter, ""),
			Help: "Value of a template's parameter; repeat it for more.",
		}, {
			Name: "tag", Shown: "KEY=VALUE", Value: cli.Pairs(&c.Tag, ""),
			Help: "Tag of the stack and its resources; repeat it for more.",
		}, {
			Name: "capabilities", Shown: "NAME,...", Value: cli.List(&c.Capabilities),
			Help: "Capabilities to acknowledge; all of them where none is given.",
		}, {
			Name: "bucket", Shown: "NAME", Value: cli.Text(&c.Bucket, ""), Env: "MARU_DEPLOY_BUCKET",
			Help: "Bucket for code; one is made where none is given.",
		}, {
			Name: "region", Shown: "NAME", Value: cli.Text(&c.Region, "us-east-1"), Env: "MARU_REGION AWS_REGION AWS_DEFAULT_REGION",
			Help: "Region.",
		},
	}...)
}

// run deploys and tells the outputs.
func (c *deployCommand) run(t *terminal) error {
	width, live := terminalSize(t)
	progress := deploy.NewLive(t.out, live, width)
	result, err := deploy.Run(t, c.config(), deploy.Options{
		Template: c.Template, Stack: c.Stack, Parameters: c.Parameter, Tags: c.Tag, Capabilities: c.Capabilities, Bucket: c.Bucket,
		Built:    func(resource, what string) { t.printf("  %s: %s\n", resource, what) },
		Progress: progress.Event,
	})
	if err != nil {
		return fmt.Errorf("deploy %s: %w", c.Stack, err)
	}
	if result.Unchanged {
		t.printf("No changes to deploy. Stack %s is up to date.\n", c.Stack)
	} else {
		t.printf("Stack %s is %s (%s).\n", c.Stack, result.Status, result.Took.Round(1e6))
	}
	if len(result.Outputs) > 0 {
		t.printf("\nOutputs:\n")
	}
	for _, o := range result.Outputs {
		t.printf("  %s = %s\n", o.Key, o.Value)
	}
	return nil
}

// config is the SDK's configuration for the running maru.
func (c *deployCommand) config() aws.Config {
	key, secret := os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
	if key == "" {
		key, secret = "test", "test"
	}
	return aws.Config{
		Region: c.Region, BaseEndpoint: aws.String(c.Endpoint), HTTPClient: awshttp.Client(http.DefaultTransport),
		Credentials: credentials.NewStaticCredentialsProvider(key, secret, os.Getenv("AWS_SESSION_TOKEN")),
	}
}

// terminalSize tells whether a command writes to a terminal, and how wide it is.
func terminalSize(t *terminal) (width int, live bool) {
	f, ok := t.out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	return width, !errors.Is(err, os.ErrInvalid)
}
