package events_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"maru.dev/maru/internal/testenv"
)

// site is an HTTP server that keeps what it is sent.
type site struct {
	*httptest.Server

	mu       sync.Mutex
	requests []string // method, address, header, body
	tokens   int
	refuse   int // how many requests are still answered with status
	status   int
	after    string // and with this Retry-After
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.URL.Path == "/token" {
			s.tokens++
			if !strings.Contains(string(body), "client_secret=hush") {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			fmt.Fprintf(w, `{"access_token":"t%d","token_type":"bearer","expires_in":3600}`, s.tokens)
			return
		}
		s.requests = append(s.requests, fmt.Sprintf("%s %s %s %s %s", r.Method, r.URL, r.Header.Get("Authorization"), r.Header.Get("X-Extra"), body))
		if s.refuse > 0 {
			s.refuse--
			if s.after != "" {
				w.Header().Set("Retry-After", s.after)
			}
			w.WriteHeader(s.status)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// await waits for n requests and returns them.
func (s *site) await(t *testing.T, n int) (got []string) {
	t.Helper()
	testenv.Eventually(t, fmt.Sprintf("%d requests have come", n), func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		got = s.requests
		return len(got) >= n
	})
	return got
}

// destination makes a connection and a destination at a path of a site.
func (b *bench) destination(name, endpoint string, auth types.ConnectionAuthorizationType, p *types.CreateConnectionAuthRequestParameters) string {
	b.t.Helper()
	c, err := b.events.CreateConnection(b.t.Context(), &client.CreateConnectionInput{Name: &name, AuthorizationType: auth, AuthParameters: p})
	b.no(err)
	d, err := b.events.CreateApiDestination(b.t.Context(), &client.CreateApiDestinationInput{
		Name: &name, ConnectionArn: c.ConnectionArn, InvocationEndpoint: &endpoint, HttpMethod: types.ApiDestinationHttpMethodPost,
	})
	b.no(err)
	return *d.ApiDestinationArn
}

func basic() *types.CreateConnectionAuthRequestParameters {
	return &types.CreateConnectionAuthRequestParameters{
		BasicAuthParameters: &types.CreateConnectionBasicAuthRequestParameters{Username: aws.String("me"), Password: aws.String("pass")},
	}
}

func TestAPIDestinationsAreCalledAsTheirConnectionsSay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	web := newSite(t)
	key := &types.CreateConnectionAuthRequestParameters{
		ApiKeyAuthParameters: &types.CreateConnectionApiKeyAuthRequestParameters{ApiKeyName: aws.String("X-Extra"), ApiKeyValue: aws.String("key")},
		InvocationHttpParameters: &types.ConnectionHttpParameters{
			QueryStringParameters: []types.ConnectionQueryStringParameter{{Key: aws.String("from"), Value: aws.String("bus")}},
			BodyParameters:        []types.ConnectionBodyParameter{{Key: aws.String("more"), Value: aws.String("b"), IsValueSecret: true}},
		},
	}
	oauth := &types.CreateConnectionAuthRequestParameters{OAuthParameters: &types.CreateConnectionOAuthRequestParameters{
		AuthorizationEndpoint: aws.String(web.URL + "/token"), HttpMethod: types.ConnectionOAuthHttpMethodPost,
		ClientParameters: &types.CreateConnectionOAuthClientRequestParameters{ClientID: aws.String("id"), ClientSecret: aws.String("hush")},
	}}
	tests := map[string]struct {
		auth   types.ConnectionAuthorizationType
		params *types.CreateConnectionAuthRequestParameters
		path   string
		http   *types.HttpParameters
		want   string
	}{
		"basic": {types.ConnectionAuthorizationTypeBasic, basic(), "/basic", nil, `POST /basic Basic bWU6cGFzcw==  {"x":1}`},
		"key":   {types.ConnectionAuthorizationTypeApiKey, key, "/key", nil, `POST /key?from=bus  key {"more":"b","x":1}`},
		"parameters": {types.ConnectionAuthorizationTypeBasic, basic(), "/of/*/is/*", &types.HttpParameters{
			PathParameterValues: []string{"a b", "$.detail.x"}, HeaderParameters: map[string]string{"X-Extra": "h"}, QueryStringParameters: map[string]string{"q": "$.source"},
		}, `POST /of/a%20b/is/1?q=shop Basic bWU6cGFzcw== h {"x":1}`},
		"oauth": {types.ConnectionAuthorizationTypeOauthClientCredentials, oauth, "/oauth", nil, `POST /oauth Bearer t`},
	}
	n := 0
	for name, tt := range tests {
		arn := b.destination(name, web.URL+tt.path, tt.auth, tt.params)
		b.rule("", "r", anyOrder, types.Target{Id: aws.String("a"), Arn: &arn, RoleArn: aws.String(someRole), InputPath: aws.String("$.detail"), HttpParameters: tt.http})
		b.put(entry("order", `{"x":1}`))
		n++
		if got := web.await(t, n)[n-1]; !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

// A token that is refused is fetched anew, and one that is good is used again.
func TestOAuthTokensAreRenewed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	web := newSite(t)
	arn := b.destination("d", web.URL+"/in", types.ConnectionAuthorizationTypeOauthClientCredentials, &types.CreateConnectionAuthRequestParameters{
		OAuthParameters: &types.CreateConnectionOAuthRequestParameters{
			AuthorizationEndpoint: aws.String(web.URL + "/token"), HttpMethod: types.ConnectionOAuthHttpMethodPost,
			ClientParameters: &types.CreateConnectionOAuthClientRequestParameters{ClientID: aws.String("id"), ClientSecret: aws.String("hush")},
		},
	})
	testenv.Eventually(t, "the connection is authorized", func() bool {
		c, err := b.events.DescribeConnection(t.Context(), &client.DescribeConnectionInput{Name: aws.String("d")})
		b.no(err)
		return c.ConnectionState == types.ConnectionStateAuthorized
	})
	b.rule("", "r", anyOrder, types.Target{Arn: &arn, RoleArn: aws.String(someRole), Input: aws.String("{}")})
	for i := range 2 {
		b.put(entry("order", `{}`))
		web.await(t, i+1)
	}
	web.mu.Lock()
	web.refuse, web.status = 1, 401
	web.mu.Unlock()
	b.put(entry("order", `{}`))
	got := web.await(t, 4)
	want := []string{"POST /in Bearer t1  {}", "POST /in Bearer t1  {}", "POST /in Bearer t1  {}", "POST /in Bearer t2  {}"}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("request %d: %s, want %s", i, got[i], want[i])
		}
	}
}

func TestEndpointsThatRefuse(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	web := newSite(t)
	arn, dead := b.destination("d", web.URL+"/in", types.ConnectionAuthorizationTypeBasic, basic()), b.queue("dead")
	b.rule("", "r", anyOrder, types.Target{Arn: &arn, RoleArn: aws.String(someRole), DeadLetterConfig: &types.DeadLetterConfig{Arn: &dead}})
	web.refuse, web.status = 1, 400
	b.put(entry("order", `{}`))
	if m := b.receive("dead"); *m.MessageAttributes["ERROR_CODE"].StringValue != "ERROR_FROM_TARGET" || *m.MessageAttributes["TARGET_ARN"].StringValue != arn {
		t.Errorf("dead letter of %v", m.MessageAttributes)
	}
	web.mu.Lock()
	web.refuse, web.status = 1, 503
	web.mu.Unlock()
	b.put(entry("order", `{}`))
	web.await(t, 2)
	b.Advance(2e9)
	web.await(t, 3) // a fault is tried again
	b.empty("dead")
}

// An endpoint may say when to come back, or that it is no use.
func TestEndpointsAreLeftAloneAsLongAsTheyAsk(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	web := newSite(t)
	arn, dead := b.destination("d", web.URL+"/in", types.ConnectionAuthorizationTypeBasic, basic()), b.queue("dead")
	b.rule("", "r", anyOrder, types.Target{Arn: &arn, RoleArn: aws.String(someRole), DeadLetterConfig: &types.DeadLetterConfig{Arn: &dead}})
	web.refuse, web.status, web.after = 1, 503, "7200"
	b.put(entry("order", `{}`))
	web.await(t, 1)
	b.Rest()
	b.Advance(time.Hour) // the policy alone would have it tried by now
	b.put(entry("order", `{"second":true}`))
	if got := web.await(t, 2); !strings.Contains(got[1], "second") {
		t.Errorf("it has been called: %s", got[1])
	}
	b.Advance(time.Hour)
	testenv.Eventually(t, "it is tried again", func() bool {
		b.Rest()
		b.Advance(time.Minute) // how long it took to note the answer counts, too
		web.mu.Lock()
		defer web.mu.Unlock()
		return len(web.requests) >= 3
	})
	b.empty("dead")
	web.mu.Lock()
	web.refuse, web.after = 1, "-1"
	web.mu.Unlock()
	b.put(entry("order", `{}`))
	b.receive("dead")
}

func TestConnectionsKeepTheirSecrets(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	b.destination("d", "https://example.com/", types.ConnectionAuthorizationTypeBasic, &types.CreateConnectionAuthRequestParameters{
		BasicAuthParameters: basic().BasicAuthParameters,
		InvocationHttpParameters: &types.ConnectionHttpParameters{HeaderParameters: []types.ConnectionHeaderParameter{
			{Key: aws.String("A"), Value: aws.String("open")}, {Key: aws.String("B"), Value: aws.String("hush"), IsValueSecret: true},
		}},
	})
	c, err := b.events.DescribeConnection(ctx, &client.DescribeConnectionInput{Name: aws.String("d")})
	b.no(err)
	h := c.AuthParameters.InvocationHttpParameters.HeaderParameters
	if *c.AuthParameters.BasicAuthParameters.Username != "me" || *h[0].Value != "open" || h[1].Value != nil || c.ConnectionState != types.ConnectionStateAuthorized {
		t.Errorf("described as %+v", c.AuthParameters)
	}
	_, err = b.events.UpdateConnection(ctx, &client.UpdateConnectionInput{Name: aws.String("d"), AuthParameters: &types.UpdateConnectionAuthRequestParameters{
		BasicAuthParameters: &types.UpdateConnectionBasicAuthRequestParameters{Username: aws.String("you")},
	}})
	b.no(err)
	_, err = b.events.DeauthorizeConnection(ctx, &client.DeauthorizeConnectionInput{Name: aws.String("d")})
	b.no(err)
	d, err := b.events.DescribeApiDestination(ctx, &client.DescribeApiDestinationInput{Name: aws.String("d")})
	b.no(err)
	if d.ApiDestinationState != types.ApiDestinationStateInactive || *d.InvocationRateLimitPerSecond != 300 {
		t.Errorf("destination %+v", d)
	}
	_, err = b.events.DeleteConnection(ctx, &client.DeleteConnectionInput{Name: aws.String("d")})
	b.no(err)
	_, err = b.events.DescribeConnection(ctx, &client.DescribeConnectionInput{Name: aws.String("d")})
	if testenv.ErrorMessage(err) != "Connection 'd' does not exist." {
		t.Errorf("deleted: %v", err)
	}
}

// A transformed input that is too large for any target goes to no target, not even
// in part: the event itself is the dead letter.
func TestATransformedInputThatIsTooLargeIsNotCut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	web := newSite(t)
	arn, taken, dead := b.destination("d", web.URL+"/in", types.ConnectionAuthorizationTypeBasic, basic()), b.queue("taken"), b.queue("dead")
	large := &types.InputTransformer{
		InputPathsMap: map[string]string{"text": "$.detail.text"}, InputTemplate: aws.String(`{"all":"` + strings.Repeat("<text>", 5) + `"}`),
	}
	b.rule("", "r", anyOrder,
		types.Target{Id: aws.String("web"), Arn: &arn, RoleArn: aws.String(someRole), InputTransformer: large, DeadLetterConfig: &types.DeadLetterConfig{Arn: &dead}},
		types.Target{Id: aws.String("queue"), Arn: &taken, InputTransformer: large, DeadLetterConfig: &types.DeadLetterConfig{Arn: &dead}},
	)
	b.put(entry("order", `{"text":"`+strings.Repeat("x", 250_000)+`"}`))
	for range 2 {
		m := b.receive("dead")
		if code := *m.MessageAttributes["ERROR_CODE"].StringValue; code != "ERROR_FROM_TARGET" || len(*m.Body) < 250_000 || !strings.HasSuffix(*m.Body, `xxx"}}`) {
			t.Errorf("dead letter of %s: %.100s", code, *m.Body)
		}
		if why := *m.MessageAttributes["ERROR_MESSAGE"].StringValue; !strings.Contains(why, "more than 1048576 bytes") {
			t.Error(why)
		}
	}
	b.empty("taken")
	b.put(entry("order", `{"text":"small"}`))
	if got := web.await(t, 1); len(got) != 1 || !strings.Contains(got[0], "smallsmallsmallsmallsmall") {
		t.Errorf("%.200s", got)
	}
	b.receive("taken")
}
