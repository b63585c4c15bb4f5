package sns_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/sns"

	"maru.dev/maru/service/sns"
)

// verify checks a message's signature as a subscriber would, by the served
// certificate.
func verify(t *testing.T, s *sns.Service, m map[string]any) {
	t.Helper()
	raw, err := s.Certificate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path, err := s.CertificatePath(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	url, _ := m["SigningCertURL"].(string)
	if url == "" {
		url, _ = m["SigningCertUrl"].(string)
	}
	if !strings.HasSuffix(url, path) || !strings.HasPrefix(path, "/SimpleNotificationService-") {
		t.Errorf("certificate at %s, served at %s", url, path)
	}
	block, _ := pem.Decode(raw)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	fields := []string{"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"}
	if m["Type"] != "Notification" {
		fields = []string{"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"}
	}
	var text strings.Builder
	for _, f := range fields {
		if v, ok := m[f].(string); ok {
			text.WriteString(f + "\n" + v + "\n")
		}
	}
	sig, err := base64.StdEncoding.DecodeString(m["Signature"].(string))
	if err != nil {
		t.Fatal(err)
	}
	hash, sum := crypto.SHA1, func() []byte { h := sha1.Sum([]byte(text.String())); return h[:] }()
	if m["SignatureVersion"] == "2" {
		h := sha256.Sum256([]byte(text.String()))
		hash, sum = crypto.SHA256, h[:]
	}
	if err := rsa.VerifyPKCS1v15(cert.PublicKey.(*rsa.PublicKey), hash, sum, sig); err != nil {
		t.Errorf("signature: %v", err)
	}
}

// posted is a request that an endpoint got.
type posted struct {
	header http.Header
	body   map[string]any
	raw    string
}

// endpoint is an HTTP server that keeps what is posted to it.
func endpoint(t *testing.T) (string, chan posted) {
	t.Helper()
	got := make(chan posted, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		p := posted{header: r.Header, raw: string(raw)}
		_ = json.Unmarshal(raw, &p.body)
		got <- p
	}))
	t.Cleanup(server.Close)
	return server.URL, got
}

// next waits for a request.
func next(t *testing.T, got chan posted) posted {
	t.Helper()
	select {
	case p := <-got:
		return p
	case <-time.After(2 * time.Minute):
		t.Fatal("nothing was posted")
		panic("unreachable")
	}
}

func TestHTTPEndpointConfirmsReceivesAndLeaves(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	topic := b.topic("t")
	url, got := endpoint(t)
	out, err := b.sns.Subscribe(t.Context(), &client.SubscribeInput{TopicArn: topic, Protocol: aws.String("http"), Endpoint: &url})
	if err != nil {
		t.Fatal(err)
	}
	if *out.SubscriptionArn != "pending confirmation" {
		t.Errorf("ARN %s", *out.SubscriptionArn)
	}
	ask := next(t, got)
	if ask.header.Get("x-amz-sns-message-type") != "SubscriptionConfirmation" || ask.header.Get("Content-Type") != "text/plain; charset=UTF-8" {
		t.Errorf("headers %v", ask.header)
	}
	verify(t, b.service, ask.body)
	b.publish(topic, "too early")

	visit(t, ask.body["SubscribeURL"].(string))
	visit(t, ask.body["SubscribeURL"].(string)) // confirming twice is confirming once
	subs, err := b.sns.ListSubscriptionsByTopic(t.Context(), &client.ListSubscriptionsByTopicInput{TopicArn: topic})
	if err != nil || len(subs.Subscriptions) != 1 {
		t.Fatal(subs, err)
	}
	arn := subs.Subscriptions[0].SubscriptionArn
	attrs, err := b.sns.GetSubscriptionAttributes(t.Context(), &client.GetSubscriptionAttributesInput{SubscriptionArn: arn})
	if err != nil || attrs.Attributes["PendingConfirmation"] != "false" || !strings.Contains(attrs.Attributes["EffectiveDeliveryPolicy"], `"numRetries":3`) {
		t.Errorf("%v %v", attrs, err)
	}

	b.publish(topic, "hi")
	m := next(t, got)
	if m.header.Get("x-amz-sns-subscription-arn") != *arn || m.header.Get("x-amz-sns-topic-arn") != *topic || m.header.Get("x-amz-sns-message-id") != m.body["MessageId"] {
		t.Errorf("headers %v", m.header)
	}
	if m.body["Message"] != "hi" {
		t.Errorf("body %v", m.body)
	}
	verify(t, b.service, m.body)

	if _, err := b.sns.SetSubscriptionAttributes(t.Context(), &client.SetSubscriptionAttributesInput{SubscriptionArn: arn, AttributeName: aws.String("RawMessageDelivery"), AttributeValue: aws.String("true")}); err != nil {
		t.Fatal(err)
	}
	b.publish(topic, "raw")
	if m := next(t, got); m.raw != "raw" || m.header.Get("x-amz-sns-rawdelivery") != "true" {
		t.Errorf("%q %v", m.raw, m.header)
	}

	// Leaving by the link is told, and can be taken back.
	visit(t, m.body["UnsubscribeURL"].(string))
	bye := next(t, got)
	if bye.body["Type"] != "UnsubscribeConfirmation" {
		t.Fatalf("body %v", bye.body)
	}
	verify(t, b.service, bye.body)
	b.publish(topic, "unheard")
	visit(t, bye.body["SubscribeURL"].(string))
	b.publish(topic, "back")
	if m := next(t, got); m.raw != "back" {
		t.Errorf("%q", m.raw)
	}
	if _, err := b.sns.Unsubscribe(t.Context(), &client.UnsubscribeInput{SubscriptionArn: arn}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.sns.Unsubscribe(t.Context(), &client.UnsubscribeInput{SubscriptionArn: arn}); err != nil {
		t.Errorf("unsubscribe twice: %v", err)
	}
}

// visit follows a link as a browser would: without a signature.
func visit(t *testing.T, url string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(reply.Body)
		t.Fatalf("GET %s: %s %s", url, reply.Status, body)
	}
}
