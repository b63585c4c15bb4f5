package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"maru.dev/maru/clock"
	"maru.dev/maru/deploy"
	"maru.dev/maru/internal/awshttp"
)

// demoStack is the demo's stack.
const demoStack = "demo"

// demoTemplate is where the demo's template is, from the project's folder.
const demoTemplate = "examples/m15-choreography/template.yaml"

// demo deploys an example on a running maru and uses it, as a client from
// outside would.
type demo struct {
	*terminal

	url, region string
}

// run deploys the application and, the first time, signs up a few customers.
func (d *demo) run() error {
	path, err := findTemplate()
	if err != nil {
		return err
	}
	parameters := d.parameters()
	d.printf("\nDeploying %s as the stack %q, through CloudFormation:\n\n", demoTemplate, demoStack)
	width, live := terminalSize(d.terminal)
	result, err := deploy.Run(d, d.config(), deploy.Options{
		Template: path, Stack: demoStack, Parameters: parameters,
		Built:    func(resource, what string) { d.printf("  %s: %s\n", resource, what) },
		Progress: deploy.NewLive(d.out, live, width).Event,
	})
	if err != nil {
		return fmt.Errorf("deploy the demo: %w", err)
	}
	api := d.url + "/_maru/execute-api/" + output(result, "ApiId") + "/$default"
	if result.Unchanged {
		d.printf("  It is there already; nothing was deployed.\n")
	} else {
		d.printf("\nDeployed in %s. Three customers sign up; each service knows only the event:\n\n", result.Took.Round(time.Millisecond))
		for _, name := range []string{"Ada Lovelace", "Grace Hopper", "Alan Turing"} {
			if err := d.signUp(api, name); err != nil {
				return err
			}
		}
	}
	d.printf(`
Sign up somebody yourself, see what was done, and read the mail:

  curl -d '{"name":"Barbara Liskov","email":"barbara@example.com"}' '%[1]s/customers'
  curl '%[1]s/customers/ID'
  maru mail

`, api)
	return nil
}

// config is the SDK's configuration for this maru.
func (d *demo) config() aws.Config {
	return aws.Config{
		Region: d.region, BaseEndpoint: aws.String(d.url), HTTPClient: awshttp.Client(http.DefaultTransport),
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
}

// parameters leave out the services whose interpreter this machine lacks.
func (d *demo) parameters() map[string]string {
	parameters := make(map[string]string)
	for _, part := range []struct{ program, parameter, service string }{
		{"python3", "WithMail", "mail"}, {"node", "WithPoints", "points"},
	} {
		if _, err := exec.LookPath(part.program); err != nil {
			parameters[part.parameter] = "no"
			d.printf("\nThere is no %s on this machine: the %s service is left out.\n", part.program, part.service)
		}
	}
	return parameters
}

// findTemplate looks for the demo in this folder and those above it.
func findTemplate() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the demo: %w", err)
	}
	for {
		path := filepath.Join(dir, filepath.FromSlash(demoTemplate))
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("the demo's source, " + demoTemplate + ", is not in this folder nor above it: run maru up --demo in a clone of maru")
		}
		dir = parent
	}
}

// output returns a stack's output by its key.
func output(r *deploy.Result, key string) string {
	for _, o := range r.Outputs {
		if o.Key == key {
			return o.Value
		}
	}
	return ""
}

// patience is how long the demo waits until every service has done its part.
const patience = 30 * time.Second

// signUp signs one customer up and tells what every service did.
func (d *demo) signUp(api, name string) error {
	first, _, _ := strings.Cut(name, " ")
	var customer struct {
		ID string    `json:"id"`
		At time.Time `json:"at"`
	}
	event := map[string]string{"name": name, "email": strings.ToLower(first) + "@example.com"}
	if err := d.ask(http.MethodPost, api+"/customers", event, &customer); err != nil {
		return fmt.Errorf("sign up %s: %w", name, err)
	}
	deadline := clock.System{}.Now().Add(patience)
	for {
		var done map[string]map[string]string
		if err := d.ask(http.MethodGet, api+"/customers/"+customer.ID, nil, &done); err != nil {
			return fmt.Errorf("ask about %s: %w", name, err)
		}
		waiting := slices.Sorted(func(yield func(string) bool) {
			for service, row := range done {
				if row == nil && !yield(service) {
					return
				}
			}
		})
		if len(waiting) == 0 {
			d.printf("  %-14s %s\n", name, story(customer.At, done))
			return nil
		}
		if (clock.System{}).Now().After(deadline) {
			return fmt.Errorf("%s has waited %v for %s; see maru logs", name, patience, strings.Join(waiting, " and "))
		}
		select {
		case <-clock.System{}.NewTimer(50 * time.Millisecond).C():
		case <-d.Done():
			return d.Err()
		}
	}
}

// story tells what the services did for a customer, in the order in which they
// did it, and how long after the sign-up.
func story(signedUp time.Time, done map[string]map[string]string) string {
	type deed struct {
		what  string
		after time.Duration
	}
	var deeds []deed
	for service, row := range done {
		at, err := time.Parse(time.RFC3339Nano, row["at"])
		if err != nil {
			continue
		}
		what := map[string]string{"profile": "profile saved", "mail": "mail sent", "points": row["points"] + " points granted"}[service]
		deeds = append(deeds, deed{what, at.Sub(signedUp)})
	}
	slices.SortFunc(deeds, func(a, b deed) int { return cmp.Compare(a.after, b.after) })
	var parts []string
	for _, one := range deeds {
		parts = append(parts, fmt.Sprintf("%s after %d ms", one.what, one.after.Milliseconds()))
	}
	return strings.Join(parts, ", ")
}

// ask makes one request to the application.
func (d *demo) ask(method, url string, body, into any) error {
	var b bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&b).Encode(body); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(d, method, url, &b)
	if err != nil {
		return err
	}
	reply, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if reply.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s answered %s", url, reply.Status)
	}
	return json.NewDecoder(reply.Body).Decode(into)
}
