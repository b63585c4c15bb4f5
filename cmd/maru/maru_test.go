package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"maru.dev/maru/internal/awshttp"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/internal/transcript"
)

// start runs a command until stop is called or the test ends, and waits until
// it has printed what.
func start(t *testing.T, what string, args ...string) (out *transcript.Text, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out = new(transcript.Text)
	ended := make(chan error, 1)
	go func() {
		ended <- run(&terminal{Context: ctx, in: strings.NewReader(""), out: out, env: variables(nil)}, args)
	}()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { _ = stop() })
	testenv.Eventually(t, "maru prints "+what, func() bool { return strings.Contains(out.String(), what) })
	return out, stop
}

// tell runs a command to its end and returns what it printed.
func tell(t *testing.T, args ...string) (string, error) {
	t.Helper()
	return tellWith(t, nil, args...)
}

// tellWith is tell where variables of the environment are set.
func tellWith(t *testing.T, env map[string]string, args ...string) (string, error) {
	t.Helper()
	out := new(transcript.Text)
	err := run(&terminal{Context: t.Context(), in: strings.NewReader(""), out: out, env: variables(env)}, args)
	return out.String(), err
}

// variables are an environment: no test sees the machine's.
func variables(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, set := env[name]
		return value, set
	}
}

// addressOf finds the address that a command printed.
func addressOf(t *testing.T, out *transcript.Text) string {
	t.Helper()
	found := regexp.MustCompile(`address +(\S+)`).FindStringSubmatch(out.String())
	if found == nil {
		t.Fatalf("no address in %q", out)
	}
	return found[1]
}

func TestUpServesItsClientsAndCommands(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	out, stop := start(t, "Ctrl-C", "up", "--listen", "127.0.0.1:0", "--data", data, "--account", "123456789012", "--region", "eu-west-1")
	url := addressOf(t, out)
	for _, want := range []string{"export AWS_ENDPOINT_URL=" + url, "curl " + url, data, "123456789012"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the greeting lacks %q: %s", want, out)
		}
	}
	tests := map[string]struct {
		args []string
		want string
	}{
		"status":  {[]string{"status"}, "ok, developer mode"},
		"json":    {[]string{"status", "--json"}, `"region": "eu-west-1"`},
		"env":     {[]string{"env"}, "export AWS_REGION=eu-west-1\n"},
		"mail":    {[]string{"mail"}, "No mail yet."},
		"clock":   {[]string{"clock"}, "20"},
		"advance": {[]string{"clock", "advance", "1h"}, "It is now "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := tell(t, append(tt.args, "--endpoint", url)...)
			if err != nil || !strings.Contains(got, tt.want) {
				t.Errorf("got %q (%v), want %q", got, err, tt.want)
			}
		})
	}
	if got, err := tell(t, "reset", "--yes", "--endpoint", url); err != nil || !strings.Contains(got, "gone") {
		t.Errorf("reset: %q, %v", got, err)
	}
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	log, err := os.ReadFile(filepath.Join(data, "maru.log"))
	if err != nil || bytes.Contains(log, []byte(`"level":"ERROR"`)) {
		t.Errorf("log %s: %v", log, err)
	}
	if _, err := tell(t, "status", "--endpoint", url); err == nil || !strings.Contains(err.Error(), "maru up") {
		t.Errorf("without a maru: %v", err)
	}
}

func TestTheClockStandsWhereItStoodAfterARestart(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	out, stop := start(t, "Ctrl-C", "up", "--listen", "127.0.0.1:0", "--data", data)
	if _, err := tell(t, "clock", "advance", "48h", "--endpoint", addressOf(t, out)); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	out, _ = start(t, "Ctrl-C", "up", "--listen", "127.0.0.1:0", "--data", data)
	got, err := tell(t, "clock", "--endpoint", addressOf(t, out))
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(got))
	if err != nil || time.Until(at) < 47*time.Hour {
		t.Errorf("the clock says %q", got)
	}
}

func TestDeveloperModeServesThisMachineAlone(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0"} {
		_, err := tell(t, "up", "--ephemeral", "--listen", address)
		if err == nil || !strings.Contains(err.Error(), "maru serve") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestServePrintsTheRootKeyOnceAndChecksSignatures(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	args := []string{"serve", "--plain-http", "--listen", "127.0.0.1:0", "--data", data}
	out, stop := start(t, "Ctrl-C", args...)
	find := func(name string) string {
		found := regexp.MustCompile(`export ` + name + `=(\S+)`).FindStringSubmatch(out.String())
		if found == nil {
			t.Fatalf("no %s in %s", name, out)
		}
		return found[1]
	}
	id, secret := find("AWS_ACCESS_KEY_ID"), find("AWS_SECRET_ACCESS_KEY")
	identity := func(url, id, secret string) error {
		client := sts.New(sts.Options{
			Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
			Retryer: aws.NopRetryer{}, HTTPClient: awshttp.Client(http.DefaultTransport),
		})
		_, err := client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		return err
	}
	if err := identity(addressOf(t, out), id, secret); err != nil {
		t.Errorf("root: %v", err)
	}
	if err := identity(addressOf(t, out), "test", "test"); testenv.ErrorCode(err) != "InvalidClientTokenId" {
		t.Errorf("a stranger: %v", err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	out, _ = start(t, "Ctrl-C", args...)
	if strings.Contains(out.String(), secret) || !strings.Contains(out.String(), id) {
		t.Errorf("the second start prints %s", out)
	}
	if err := identity(addressOf(t, out), id, secret); err != nil {
		t.Errorf("root, after a restart: %v", err)
	}
}

func TestServeMakesItsCertificateOnce(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	args := []string{"serve", "--listen", "127.0.0.1:0", "--data", data, "--hostname", "maru.example"}
	out, stop := start(t, "Ctrl-C", args...)
	if url := addressOf(t, out); !strings.HasPrefix(url, "https://") {
		t.Errorf("address %s", url)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(filepath.Join(data, "tls", "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	_, stop = start(t, "Ctrl-C", args...)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(filepath.Join(data, "tls", "cert.pem"))
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("the certificate changed (%v)", err)
	}
}
