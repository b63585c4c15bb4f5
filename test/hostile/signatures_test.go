package hostile_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"maru.dev/maru/auth"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/platform"
	queues "maru.dev/maru/service/sqs"
)

// overheard is a request that somebody has listened to, and can send again.
type overheard struct {
	method, path, host, body string
	header                   http.Header
}

// overhear signs a SendMessage as its rightful sender does.
func overhear(t *testing.T, env *testenv.Env, key aws.Credentials, url string) overheard {
	t.Helper()
	body := fmt.Sprintf(`{"QueueUrl":%q,"MessageBody":"rightful"}`, url)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, env.URL()+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "AmazonSQS.SendMessage")
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	if err := v4.NewSigner().SignHTTP(t.Context(), key, r, digest(body), "sqs", testenv.Region, env.Now()); err != nil {
		t.Fatal(err)
	}
	return overheard{method: http.MethodPost, path: "/", host: r.URL.Host, body: body, header: r.Header}
}

// digest is a body's, as signatures have it.
func digest(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// send sends the request, changed, and returns the answer.
func (o overheard) send(t *testing.T, env *testenv.Env, change func(o *overheard)) (status int, text string) {
	t.Helper()
	o.header = o.header.Clone()
	change(&o)
	got := env.Ask(t, o.method, o.path, o.body, func(r *http.Request) { r.Header, r.Host = o.header, o.host })
	return got.Status, got.Body
}

// in replaces a part of a header.
func in(name, part, by string) func(o *overheard) {
	return func(o *overheard) { o.header.Set(name, strings.Replace(o.header.Get(name), part, by, 1)) }
}

// Who has listened to a signed request can change nothing in it, and send it
// again only for the minutes in which it is good (as on AWS, where a request that
// must not come twice says so itself).
func TestSignaturesThatAreForgedOrReplayedAreRefused(t *testing.T) {
	t.Parallel()
	env := testenv.NewWith(t, testenv.Options{Mode: platform.Enforcing, Clock: clock.NewAdjustable(0)}, queues.Registration())
	key, _, err := auth.RootKey(t.Context(), env.Store(), ids.New(rand.Reader), testenv.Account)
	if err != nil {
		t.Fatal(err)
	}
	config := env.Config()
	config.Credentials = credentials.NewStaticCredentialsProvider(key.ID, string(key.Secret), "")
	client := sqs.NewFromConfig(config)
	queue, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("overheard")})
	if err != nil {
		t.Fatal(err)
	}
	o := overhear(t, env, aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: string(key.Secret)}, *queue.QueueUrl)
	if status, text := o.send(t, env, func(*overheard) {}); status != http.StatusOK {
		t.Fatalf("the rightful request: %d %s", status, text)
	}
	today := env.Now().UTC().Format("20060102")
	for name, change := range map[string]func(o *overheard){
		"another body":                    func(o *overheard) { o.body = strings.Replace(o.body, "rightful", "wrongful", 1) },
		"another body, and its digest":    func(o *overheard) { o.body += " "; o.header.Set("X-Amz-Content-Sha256", digest(o.body)) },
		"a body that is not signed":       func(o *overheard) { o.body += " "; o.header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") },
		"a body in chunks":                func(o *overheard) { o.header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER") },
		"another operation":               in("X-Amz-Target", "SendMessage", "PurgeQueue"),
		"another operation, by its query": func(o *overheard) { o.path = "/?Action=PurgeQueue&Version=2012-11-05" },
		"another host":                    func(o *overheard) { o.host = "s3.us-east-1.localhost" },
		"another method":                  func(o *overheard) { o.method = http.MethodPut },
		"another service":                 in("Authorization", "/sqs/", "/s3/"),
		"another region":                  in("Authorization", "/us-east-1/", "/eu-west-1/"),
		"another day":                     in("Authorization", today, "20200101"),
		"another time": func(o *overheard) {
			o.header.Set("X-Amz-Date", env.Now().Add(time.Minute).UTC().Format("20060102T150405Z"))
		},
		"no time":          func(o *overheard) { o.header.Del("X-Amz-Date") },
		"another key":      in("Authorization", key.ID, "AKIAAAAAAAAAAAAAAAAA"),
		"no key":           in("Authorization", key.ID, ""),
		"no signature":     func(o *overheard) { o.header.Del("Authorization") },
		"half a signature": func(o *overheard) { a := o.header.Get("Authorization"); o.header.Set("Authorization", a[:len(a)-32]) },
		"a signature of zeros": func(o *overheard) {
			a := o.header.Get("Authorization")
			o.header.Set("Authorization", a[:len(a)-64]+strings.Repeat("0", 64))
		},
		"a host that is not signed":  in("Authorization", ";host;", ";"),
		"nothing that is signed":     func(o *overheard) { cutSigned(o) },
		"a token that was not there": func(o *overheard) { o.header.Set("X-Amz-Security-Token", "forged") },
		"a second signature": func(o *overheard) {
			o.header.Add("Authorization", strings.Replace(o.header.Get("Authorization"), key.ID, "AKIAAAAAAAAAAAAAAAAA", 1))
		},
		"a second operation": func(o *overheard) { o.header.Add("X-Amz-Target", "AmazonSQS.PurgeQueue") },
		"a second time":      func(o *overheard) { o.header.Add("X-Amz-Date", o.header.Get("X-Amz-Date")) },
		"the oldest kind":    func(o *overheard) { o.header.Set("Authorization", "AWS "+key.ID+":AAAAAAAAAAAAAAAAAAAAAAAAAAA=") },
	} {
		if status, text := o.send(t, env, change); status < 400 || status >= 500 {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	out, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: queue.QueueUrl, AttributeNames: []types.QueueAttributeName{"ApproximateNumberOfMessages"}})
	if err != nil || out.Attributes["ApproximateNumberOfMessages"] != "1" {
		t.Errorf("%v messages are there (%v), of which the rightful sender has sent one", out, err)
	}
	env.Advance(16 * time.Minute)
	if status, text := o.send(t, env, func(*overheard) {}); status != http.StatusForbidden && status != http.StatusBadRequest {
		t.Errorf("replayed after a quarter of an hour: %d %s", status, text)
	}
}

// cutSigned has the signature name no headers.
func cutSigned(o *overheard) {
	before, rest, _ := strings.Cut(o.header.Get("Authorization"), "SignedHeaders=")
	_, after, _ := strings.Cut(rest, ",")
	o.header.Set("Authorization", before+"SignedHeaders=,"+after)
}
