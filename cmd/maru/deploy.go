package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"golang.org/x/term"

	"maru.dev/maru/deploy"
	"maru.dev/maru/internal/awshttp"
)

// deployCommand deploys a template.
type deployCommand struct {
	remote

	Template     string            `arg:"" help:"CloudFormation or SAM template." type:"existingfile"`
	Stack        string            `help:"Name of the stack." required:"" env:"MARU_STACK" placeholder:"NAME"`
	Parameter    map[string]string `help:"Value of a template's parameter; repeat it for more." placeholder:"KEY=VALUE" mapsep:"none"`
	Tag          map[string]string `help:"Tag of the stack and its resources; repeat it for more." placeholder:"KEY=VALUE" mapsep:"none"`
	Capabilities []string          `help:"Capabilities to acknowledge; all of them where none is given." placeholder:"NAME"`
	Bucket       string            `help:"Bucket for code; one is made where none is given." env:"MARU_DEPLOY_BUCKET"`
	Region       string            `help:"Region." default:"us-east-1" env:"MARU_REGION,AWS_REGION,AWS_DEFAULT_REGION"`
}

// Help is the long text of maru deploy --help.
func (deployCommand) Help() string {
	return `Deploys a template to a running maru: local code folders are zipped (Go functions are built first) and uploaded, a change set is made and executed, and every resource is shown as it changes. Deploying again changes only what differs.

Examples:
  maru deploy template.yaml --stack shop
  maru deploy template.yaml --stack shop --parameter Stage=prod --parameter Size=2`
}

// Run deploys and tells the outputs.
func (c *deployCommand) Run(t *terminal) error {
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
