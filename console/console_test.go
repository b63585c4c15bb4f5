package console_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	client "github.com/aws/aws-sdk-go-v2/service/s3"

	logsapi "maru.dev/maru/api/logs"
	"maru.dev/maru/auth"
	"maru.dev/maru/clock"
	"maru.dev/maru/console"
	"maru.dev/maru/edge"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/outbox"
	"maru.dev/maru/platform"
	"maru.dev/maru/service"
	"maru.dev/maru/service/logs"
	"maru.dev/maru/service/s3"
	"maru.dev/maru/service/sqs"
)

// registrations are the services that the tests use.
func registrations() []service.Registration {
	return []service.Registration{
		sqs.Registration(),
		{Model: logsapi.Model, New: func(d service.Deps) any { return logs.New(d) }},
		s3.Registration(),
	}
}

// mount is the console as cmd/maru mounts it.
func mount(d service.Deps, find func(id string) any) []edge.Mount {
	o := console.Options{Caller: d.Caller, Store: d.Store, Clock: d.Clock, IDs: d.IDs, Log: d.Log, Enforcing: d.Enforcing}
	o.Queues, _ = find("sqs").(console.Peeker)
	return []edge.Mount{{Path: console.Path, Keep: true, Handler: console.New(o)}}
}

// newEnv is a server with a console.
func newEnv(t *testing.T, mode platform.Mode) *testenv.Env {
	t.Helper()
	return testenv.NewWith(t, testenv.Options{Mode: mode, Mounts: mount, Clock: clock.NewFake(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC))}, registrations()...)
}

// request is one request to the console.
type request struct {
	method, path, body string
	header             map[string]string
	host               string
	cookie             *http.Cookie
}

// fromPage are the headers that the page sends with every call.
func fromPage(more ...string) map[string]string {
	h := map[string]string{"Content-Type": "application/json", "X-Maru-Console": "1"}
	for i := 0; i < len(more); i += 2 {
		h[more[i]] = more[i+1]
	}
	return h
}

// send makes the request, and returns the reply with its body read.
func send(t *testing.T, env *testenv.Env, in request) (*http.Response, string) {
	t.Helper()
	if in.method == "" {
		in.method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(t.Context(), in.method, env.URL()+in.path, strings.NewReader(in.body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range in.header {
		r.Header.Set(k, v)
	}
	if in.host != "" {
		r.Host = in.host
	}
	if in.cookie != nil {
		r.AddCookie(in.cookie)
	}
	plain := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	reply, err := plain.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply, string(body)
}

func TestPageIsServedWithItsGuards(t *testing.T) {
	t.Parallel()
	env := newEnv(t, platform.Developer)
	reply, body := send(t, env, request{method: http.MethodGet, path: "/_maru/"})
	if reply.StatusCode != http.StatusOK || !strings.Contains(body, "/_maru/console/console.js") {
		t.Fatalf("%s: %s", reply.Status, body)
	}
	policy := reply.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %q", policy, want)
		}
	}
	if strings.Contains(body, "<script>") || strings.Contains(body, "style=") {
		t.Error("the page has something inline")
	}
	for _, file := range []string{"console.js", "console.css", "icon.svg"} {
		reply, body := send(t, env, request{method: http.MethodGet, path: "/_maru/console/" + file})
		if reply.StatusCode != http.StatusOK || len(body) < 100 {
			t.Errorf("%s: %s, %d bytes", file, reply.Status, len(body))
		}
		again, _ := send(t, env, request{method: http.MethodGet, path: "/_maru/console/" + file, header: map[string]string{"If-None-Match": reply.Header.Get("Etag")}})
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: %s", file, again.Status)
		}
	}
	if reply, _ := send(t, env, request{method: http.MethodGet, path: "/_maru"}); reply.Header.Get("Location") != "/_maru/" {
		t.Errorf("/_maru leads to %q", reply.Header.Get("Location"))
	}
	for _, path := range []string{"/_maru/console/../doc.go", "/_maru/console/sources", "/_maru/nothing"} {
		if reply, _ := send(t, env, request{method: http.MethodGet, path: path}); reply.StatusCode == http.StatusOK {
			t.Errorf("%s is served", path)
		}
	}
}

func TestCallsComeFromThePageAlone(t *testing.T) {
	t.Parallel()
	env := newEnv(t, platform.Developer)
	const path = "/_maru/api/sqs/ListQueues"
	tests := map[string]struct {
		in   request
		want int
	}{
		"the page":            {request{path: path, body: "{}", header: fromPage()}, 200},
		"with its origin":     {request{path: path, body: "{}", header: fromPage("Origin", env.URL(), "Sec-Fetch-Site", "same-origin")}, 200},
		"a form":              {request{path: path, body: "{}", header: map[string]string{"Content-Type": "text/plain"}}, 403},
		"no header":           {request{path: path, body: "{}", header: map[string]string{"Content-Type": "application/json"}}, 403},
		"another type":        {request{path: path, body: "{}", header: fromPage("Content-Type", "text/plain")}, 403},
		"another origin":      {request{path: path, body: "{}", header: fromPage("Origin", "http://localhost:1")}, 403},
		"another site":        {request{path: path, body: "{}", header: fromPage("Sec-Fetch-Site", "same-site")}, 403},
		"a name bound anew":   {request{path: path, body: "{}", header: fromPage(), host: "evil.example"}, 403},
		"AWS's own name":      {request{path: path, body: "{}", header: fromPage(), host: "sqs.us-east-1.amazonaws.com"}, 403},
		"a GET":               {request{method: http.MethodGet, path: path, header: fromPage()}, 405},
		"a download by whom?": {request{method: http.MethodGet, path: "/_maru/api/console/object?bucket=b&key=k"}, 403},
		"nowhere":             {request{path: "/_maru/api/sqs/List/Queues", body: "{}", header: fromPage()}, 404},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply, body := send(t, env, tt.in)
			if reply.StatusCode != tt.want {
				t.Errorf("%s %s, want %d", reply.Status, body, tt.want)
			}
			if reply.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Error("another origin may read this")
			}
		})
	}
}

func TestOperationsAreCalledInTheChosenAccount(t *testing.T) {
	t.Parallel()
	env := newEnv(t, platform.Developer)
	if reply, body := send(t, env, request{path: "/_maru/api/sqs/CreateQueue", body: `{"QueueName":"q"}`, header: fromPage("X-Maru-Account", "111122223333", "X-Maru-Region", "eu-west-1")}); reply.StatusCode != http.StatusOK || reply.Header.Get("X-Maru-Trace-Id") == "" {
		t.Fatalf("%s %s", reply.Status, body)
	}
	for account, want := range map[string]bool{"111122223333": true, "000000000000": false} {
		_, body := send(t, env, request{path: "/_maru/api/sqs/ListQueues", body: `{}`, header: fromPage("X-Maru-Account", account, "X-Maru-Region", "eu-west-1")})
		if strings.Contains(body, "/q\"") != want {
			t.Errorf("%s: %s", account, body)
		}
	}
	for name, header := range map[string]map[string]string{"account": fromPage("X-Maru-Account", "12"), "region": fromPage("X-Maru-Region", "a b")} {
		if reply, _ := send(t, env, request{path: "/_maru/api/sqs/ListQueues", body: `{}`, header: header}); reply.StatusCode != http.StatusBadRequest {
			t.Errorf("a bad %s: %s", name, reply.Status)
		}
	}
}

func TestErrorsAreTold(t *testing.T) {
	t.Parallel()
	env := newEnv(t, platform.Developer)
	tests := map[string]struct {
		path, body string
		status     int
		code       string
	}{
		"the service's":   {"sqs/GetQueueUrl", `{"QueueName":"nope"}`, 400, "QueueDoesNotExist"},
		"not a document":  {"sqs/GetQueueUrl", `{`, 400, "SerializationException"},
		"too deep":        {"sqs/GetQueueUrl", strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000), 400, ""},
		"too long":        {"sqs/GetQueueUrl", `{"QueueName":"` + strings.Repeat("x", 24<<20) + `"}`, 413, "RequestEntityTooLarge"},
		"no service":      {"nope/Do", `{}`, 0, "UnknownServiceException"},
		"not implemented": {"logs/PutDeliverySource", `{}`, 501, ""},
		"a stream":        {"logs/StartLiveTail", `{}`, 400, "ValidationError"},
		"no read model":   {"console/nope", `{}`, 404, "NotFound"},
		"no bucket":       {"s3/ListObjectsV2", `{"Bucket":"nope"}`, 404, "NoSuchBucket"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply, body := send(t, env, request{path: "/_maru/api/" + tt.path, body: tt.body, header: fromPage()})
			var said struct{ Code, Message string }
			if err := json.Unmarshal([]byte(body), &said); err != nil {
				t.Fatalf("%s %.200s: %v", reply.Status, body, err)
			}
			if tt.status != 0 && reply.StatusCode != tt.status || !strings.Contains(said.Code, tt.code) || said.Message == "" {
				t.Errorf("%s %+v, want %d %s", reply.Status, said, tt.status, tt.code)
			}
		})
	}
}

func TestPeekThroughTheConsoleReceivesNothing(t *testing.T) {
	t.Parallel()
	env := newEnv(t, platform.Developer)
	send(t, env, request{path: "/_maru/api/sqs/CreateQueue", body: `{"QueueName":"q"}`, header: fromPage()})
	url := env.URL() + "/000000000000/q"
	send(t, env, request{path: "/_maru/api/sqs/SendMessage", body: fmt.Sprintf(`{"QueueUrl":%q,"MessageBody":"hello"}`, url), header: fromPage()})
	for range 2 {
		_, body := send(t, env, request{path: "/_maru/api/console/peek", body: fmt.Sprintf(`{"queueUrl":%q}`, url), header: fromPage()})
		if !strings.Contains(body, `"body":"hello"`) || !strings.Contains(body, `"ApproximateReceiveCount":"0"`) {
			t.Errorf("peeked %s", body)
		}
	}
}

func TestObjectsComeAsDownloads(t *testing.T) {
	t.Parallel()
	env := newEnv(t, platform.Developer)
	if _, err := env.S3().CreateBucket(t.Context(), &client.CreateBucketInput{Bucket: aws.String("b")}); err == nil {
		t.Fatal("a bucket of one letter")
	}
	if _, err := env.S3().CreateBucket(t.Context(), &client.CreateBucketInput{Bucket: aws.String("bucket")}); err != nil {
		t.Fatal(err)
	}
	put := &client.PutObjectInput{Bucket: aws.String("bucket"), Key: aws.String("a/page.html"), ContentType: aws.String("text/html"), Body: strings.NewReader("<script>1</script>")}
	if _, err := env.S3().PutObject(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	reply, body := send(t, env, request{method: http.MethodGet, path: "/_maru/api/console/object?bucket=bucket&key=a/page.html&range=bytes%3D0-7", header: map[string]string{"Sec-Fetch-Site": "same-origin"}})
	if body != "<script>" || reply.Header.Get("Content-Type") != "application/octet-stream" || !strings.Contains(reply.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v %q", reply.Header, body)
	}
	if reply, _ := send(t, env, request{method: http.MethodGet, path: "/_maru/api/console/object?bucket=bucket&key=none", header: map[string]string{"Sec-Fetch-Site": "same-origin"}}); reply.StatusCode != http.StatusNotFound {
		t.Errorf("no object: %s", reply.Status)
	}
}

func TestLettersAreShownInASandbox(t *testing.T) {
	t.Parallel()
	env := newEnv(t, platform.Developer)
	err := env.Store().Update(t.Context(), func(tx *kv.Tx) error {
		return outbox.Add(tx, outbox.Message{ID: "m1", Channel: "email", At: env.Now(), Account: testenv.Account, Region: testenv.Region, HTML: "<b>hello</b>"})
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, body := send(t, env, request{path: "/_maru/api/console/mail", body: "{}", header: fromPage()}); !strings.Contains(body, "hello") {
		t.Errorf("mail: %s", body)
	}
	reply, body := send(t, env, request{method: http.MethodGet, path: "/_maru/api/console/letter?id=m1", header: map[string]string{"Sec-Fetch-Site": "same-origin"}})
	if body != "<b>hello</b>" || !strings.HasPrefix(reply.Header.Get("Content-Security-Policy"), "sandbox; default-src 'none'") {
		t.Errorf("%v %q", reply.Header, body)
	}
	if reply, _ := send(t, env, request{method: http.MethodGet, path: "/_maru/api/console/letter?id=m1&account=111122223333", header: map[string]string{"Sec-Fetch-Site": "same-origin"}}); reply.StatusCode != http.StatusNotFound {
		t.Errorf("another account's letter: %s", reply.Status)
	}
}

// signIn signs in with a key, and returns the session.
func signIn(t *testing.T, env *testenv.Env, key auth.Key, service string) (*http.Response, *http.Cookie) {
	t.Helper()
	const body = "{}"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, env.URL()+"/_maru/api/console/signin", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range fromPage() {
		r.Header.Set(k, v)
	}
	sum := sha256.Sum256([]byte(body))
	credentials := aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: string(key.Secret), SessionToken: string(key.Token)}
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, r, hex.EncodeToString(sum[:]), service, "us-east-1", env.Now()); err != nil {
		t.Fatal(err)
	}
	reply, err := env.HTTP().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	for _, c := range reply.Cookies() {
		return reply, c
	}
	return reply, nil
}

// rootKey is the key of the account's root.
func rootKey(t *testing.T, env *testenv.Env) auth.Key {
	t.Helper()
	key, _, err := auth.RootKey(t.Context(), env.Store(), ids.New(rand.Reader), testenv.Account)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestSessionsInEnforcingMode(t *testing.T) {
	t.Parallel()
	env := newEnv(t, platform.Enforcing)
	key := rootKey(t, env)
	list := func(cookie *http.Cookie) (*http.Response, string) {
		return send(t, env, request{path: "/_maru/api/sqs/ListQueues", body: "{}", header: fromPage("X-Maru-Account", "111122223333"), cookie: cookie})
	}
	if reply, body := list(nil); reply.StatusCode != http.StatusUnauthorized || !strings.Contains(body, "SignInRequired") {
		t.Fatalf("without a session: %s %s", reply.Status, body)
	}
	if reply, cookie := signIn(t, env, key, "sqs"); cookie != nil || reply.StatusCode != http.StatusForbidden {
		t.Errorf("a signature for another service signs in: %s", reply.Status)
	}
	wrong := key
	wrong.Secret = "wrong"
	if reply, cookie := signIn(t, env, wrong, "maru"); cookie != nil || reply.StatusCode != http.StatusForbidden {
		t.Errorf("a wrong secret signs in: %s", reply.Status)
	}
	reply, cookie := signIn(t, env, key, "maru")
	if cookie == nil {
		t.Fatalf("sign in: %s", reply.Status)
	}
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/_maru/api/" {
		t.Errorf("the cookie is %+v", cookie)
	}
	if reply, body := list(cookie); reply.StatusCode != http.StatusOK {
		t.Errorf("with a session: %s %s", reply.Status, body)
	}
	for name, value := range map[string]string{
		"another key": strings.Replace(cookie.Value, key.ID, "AKIAZZZZZZZZZZZZZZZZ", 1), "no MAC": cookie.Value[:strings.LastIndexByte(cookie.Value, '.')],
		"a longer life": strings.Replace(cookie.Value, ".1", ".9", 1), "nothing": ".", "long": strings.Repeat("x", 4000),
	} {
		if reply, _ := list(&http.Cookie{Name: cookie.Name, Value: value}); reply.StatusCode != http.StatusUnauthorized {
			t.Errorf("a cookie with %s: %s", name, reply.Status)
		}
	}
	env.Advance(40 * time.Minute)
	renewed, _ := list(cookie)
	if len(renewed.Cookies()) != 1 {
		t.Error("a session that is used is not renewed")
	}
	env.Advance(30 * time.Minute)
	if reply, _ := list(cookie); reply.StatusCode != http.StatusUnauthorized {
		t.Errorf("an old cookie: %s", reply.Status)
	}
	if reply, _ := list(renewed.Cookies()[0]); reply.StatusCode != http.StatusOK {
		t.Errorf("a renewed one: %s", reply.Status)
	}
	key.Inactive = true
	if err := env.Store().Update(t.Context(), func(tx *kv.Tx) error { return auth.PutKey(tx, key) }); err != nil {
		t.Fatal(err)
	}
	if reply, _ := list(renewed.Cookies()[0]); reply.StatusCode != http.StatusUnauthorized {
		t.Errorf("a session of an inactive key: %s", reply.Status)
	}
}

// A user's key signs in, and may do what the rules let a user do: nothing yet.
func TestSessionsDoNotMakeRootOfUsers(t *testing.T) {
	t.Parallel()
	env := newEnv(t, platform.Enforcing)
	user := auth.RootPrincipal(testenv.Account)
	user.Kind, user.ARN = 2, "arn:aws:iam::000000000000:user/u" // call.User
	key := auth.NewKey(ids.New(rand.Reader), user, time.Time{})
	if err := env.Store().Update(t.Context(), func(tx *kv.Tx) error { return auth.PutKey(tx, key) }); err != nil {
		t.Fatal(err)
	}
	_, root := signIn(t, env, rootKey(t, env), "maru")
	send(t, env, request{path: "/_maru/api/sqs/CreateQueue", body: `{"QueueName":"q"}`, header: fromPage(), cookie: root})
	_, cookie := signIn(t, env, key, "maru")
	for _, path := range []string{"sqs/ListQueues", "console/mail", "console/peek"} {
		reply, body := send(t, env, request{path: "/_maru/api/" + path, body: `{"queueUrl":"http://localhost/000000000000/q"}`, header: fromPage(), cookie: cookie})
		if reply.StatusCode != http.StatusForbidden && reply.StatusCode != http.StatusBadRequest || !strings.Contains(body, "AccessDenied") {
			t.Errorf("%s: %s %s", path, reply.Status, body)
		}
	}
}

// A queue's URL may name any account: another one's root looks into it only if the
// queue's policy lets it.
func TestQueuesOfOthersAreNotPeekedAt(t *testing.T) {
	t.Parallel()
	env := newEnv(t, platform.Enforcing)
	_, owner := signIn(t, env, rootKey(t, env), "maru")
	stranger := auth.NewKey(ids.New(rand.Reader), auth.RootPrincipal("111122223333"), time.Time{})
	if err := env.Store().Update(t.Context(), func(tx *kv.Tx) error { return auth.PutKey(tx, stranger) }); err != nil {
		t.Fatal(err)
	}
	_, other := signIn(t, env, stranger, "maru")
	ask := func(path, body string, as *http.Cookie) string {
		_, said := send(t, env, request{path: "/_maru/api/" + path, body: body, header: fromPage(), cookie: as})
		return said
	}
	url := env.URL() + "/" + testenv.Account + "/q"
	ask("sqs/CreateQueue", `{"QueueName":"q"}`, owner)
	ask("sqs/SendMessage", fmt.Sprintf(`{"QueueUrl":%q,"MessageBody":"hello"}`, url), owner)
	peek := fmt.Sprintf(`{"queueUrl":%q}`, url)
	if got := ask("console/peek", peek, owner); !strings.Contains(got, `"body":"hello"`) {
		t.Errorf("its own account sees %s", got)
	}
	if got := ask("console/peek", peek, other); !strings.Contains(got, "AccessDenied") {
		t.Errorf("another account sees %s", got)
	}
	policy := fmt.Sprintf(`{"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sqs:ReceiveMessage","Resource":"arn:aws:sqs:us-east-1:%s:q"}}`, testenv.Account)
	ask("sqs/SetQueueAttributes", fmt.Sprintf(`{"QueueUrl":%q,"Attributes":{"Policy":%q}}`, url, policy), owner)
	if got := ask("console/peek", peek, other); !strings.Contains(got, `"body":"hello"`) {
		t.Errorf("who is let in sees %s", got)
	}
}

func TestTailStreamsLines(t *testing.T) {
	t.Parallel()
	// A clock that goes by itself: the session may not wait yet when it is moved.
	env := testenv.NewWith(t, testenv.Options{Mode: platform.Developer, Mounts: mount}, registrations()...)
	call := func(operation, body string) {
		if reply, said := send(t, env, request{path: "/_maru/api/logs/" + operation, body: body, header: fromPage()}); reply.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", operation, said)
		}
	}
	call("CreateLogGroup", `{"logGroupName":"g"}`)
	call("CreateLogStream", `{"logGroupName":"g","logStreamName":"s"}`)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, env.URL()+"/_maru/api/console/tail", strings.NewReader(`{"groups":["arn:aws:logs:us-east-1:000000000000:log-group:g"]}`))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range fromPage() {
		r.Header.Set(k, v)
	}
	reply, err := env.HTTP().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	lines := json.NewDecoder(reply.Body)
	var first struct{ Events []struct{ Message string } }
	if err := lines.Decode(&first); err != nil {
		t.Fatal(err)
	}
	call("PutLogEvents", fmt.Sprintf(`{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":%d,"message":"hello"}]}`, env.Now().UnixMilli()))
	for len(first.Events) == 0 {
		env.Advance(2 * time.Second)
		if err := lines.Decode(&first); err != nil {
			t.Fatal(err)
		}
	}
	if first.Events[0].Message != "hello" {
		t.Errorf("%+v", first)
	}
}

// The page that is committed is the one that its sources make; `make console`
// makes it.
func TestAssetsAreCurrent(t *testing.T) {
	t.Parallel()
	var names []string
	err := filepath.WalkDir("web", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "node_modules":
			return fs.SkipDir
		case !d.IsDir():
			name, err := filepath.Rel("web", path)
			names = append(names, filepath.ToSlash(name))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	all := sha256.New()
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join("web", filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(all, "%x  %s\n", sha256.Sum256(raw), name)
	}
	built, err := os.ReadFile(filepath.Join("assets", "sources"))
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(all.Sum(nil)); got != strings.TrimSpace(string(built)) {
		t.Errorf("console/assets was built from other sources than console/web has: run make console")
	}
}

// The whole page is small: it is loaded by people who wait for it.
func TestPageIsSmall(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("assets", "*.gz"))
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if size > 300<<10 {
		t.Errorf("the page has %d KiB, over 300", size>>10)
	}
}
