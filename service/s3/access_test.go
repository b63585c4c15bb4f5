package s3_test

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	client "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/platform"
	"maru.dev/maru/service/s3"
)

// guardedBucket is a bucket of the root of an account, where keys are proved.
type guardedBucket struct {
	*testenv.Env

	root *client.Client
}

// newGuarded makes the bucket "open" with the objects public/a and private/b,
// without a public access block.
func newGuarded(t *testing.T) *guardedBucket {
	t.Helper()
	g := &guardedBucket{Env: testenv.NewWith(t, testenv.Options{Mode: platform.Enforcing}, s3.Registration())}
	g.root = g.as(t, auth.RootPrincipal(testenv.Account))
	ctx, open := t.Context(), aws.String("open")
	if _, err := g.root.CreateBucket(ctx, &client.CreateBucketInput{Bucket: open, ObjectOwnership: types.ObjectOwnershipObjectWriter}); err != nil {
		t.Fatal(err)
	}
	if _, err := g.root.DeletePublicAccessBlock(ctx, &client.DeletePublicAccessBlockInput{Bucket: open}); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"public/a", "private/b"} {
		if _, err := g.root.PutObject(ctx, &client.PutObjectInput{Bucket: open, Key: &key, Body: strings.NewReader("hello")}); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// as is a client with a new key of a principal.
func (g *guardedBucket) as(t *testing.T, p call.Principal) *client.Client {
	t.Helper()
	key := auth.NewKey(ids.New(rand.Reader), p, time.Time{})
	if err := g.Store().Update(t.Context(), func(tx *kv.Tx) error { return auth.PutKey(tx, key) }); err != nil {
		t.Fatal(err)
	}
	config := g.Config()
	config.Credentials = credentials.NewStaticCredentialsProvider(key.ID, string(key.Secret), "")
	return client.NewFromConfig(config, func(o *client.Options) { o.UsePathStyle = true })
}

// allow sets the bucket's policy.
func (g *guardedBucket) allow(t *testing.T, statements string) {
	t.Helper()
	_, err := g.root.PutBucketPolicy(t.Context(), &client.PutBucketPolicyInput{Bucket: aws.String("open"), Policy: aws.String(`{"Version":"2012-10-17","Statement":` + statements + `}`)})
	if err != nil {
		t.Fatal(err)
	}
}

// ask sends an unsigned request for a path of the bucket's host.
func (g *guardedBucket) ask(t *testing.T, method, path string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, g.URL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "open.s3.localhost"
	out, err := g.HTTP().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	text, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return out.StatusCode, string(text)
}

// someone is a user of an account.
func someone(account string) call.Principal {
	return call.Principal{Kind: call.User, Account: account, UserID: "AIDA", ARN: "arn:aws:iam::" + account + ":user/ann"}
}

func TestAnyoneIsLetInByTheBucketsPolicyAlone(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	if status, body := g.ask(t, "GET", "/public/a"); status != 403 || !strings.Contains(body, "<Code>AccessDenied</Code><Message>Access Denied</Message>") {
		t.Errorf("without a policy: %d %s", status, body)
	}
	g.allow(t, `[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::open/public/*"}]`)
	for path, want := range map[string]int{"/public/a": 200, "/private/b": 403, "/public/none": 403, "/?list-type=2": 403, "/public/a?tagging": 403} {
		if status, body := g.ask(t, "GET", path); status != want || status == 200 && body != "hello" {
			t.Errorf("%s: %d %s, want %d", path, status, body, want)
		}
	}
	// The same by path, at maru's own host.
	for path, want := range map[string]int{"/open/public/a": 200, "/open/private/b": 403, "/open-not/public/a": 403} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		out, err := g.HTTP().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = out.Body.Close()
		if out.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, out.StatusCode, want)
		}
	}
	if status, _ := g.ask(t, "DELETE", "/public/a"); status != 403 {
		t.Errorf("delete: %d", status)
	}
	g.allow(t, `[{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::open","arn:aws:s3:::open/*"]},
		{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::open/private/*"}]`)
	for path, want := range map[string]int{"/public/a": 200, "/private/b": 403, "/public/none": 404, "/?list-type=2": 200} {
		if status, body := g.ask(t, "GET", path); status != want {
			t.Errorf("%s: %d %s, want %d", path, status, body, want)
		}
	}
	_, err := g.root.GetObject(t.Context(), &client.GetObjectInput{Bucket: aws.String("open"), Key: aws.String("private/b")})
	if code(err) != "AccessDenied" || !strings.Contains(err.Error(), "explicit deny") {
		t.Errorf("a denial is for root, too: %v", err)
	}
	g.allow(t, `[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::open","arn:aws:s3:::open/*"]}]`)
	if _, err := g.root.DeleteBucketPolicy(t.Context(), &client.DeleteBucketPolicyInput{Bucket: aws.String("open")}); err != nil {
		t.Errorf("root cannot take a mistaken policy away: %v", err)
	}
}

func TestUsersAndOtherAccountsAreLetInByTheBucketsPolicy(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	const other = "111122223333"
	callers := map[string]*client.Client{
		"a user": g.as(t, someone(testenv.Account)), "another account": g.as(t, auth.RootPrincipal(other)), "a user of another account": g.as(t, someone(other)),
	}
	get := func(c *client.Client) string {
		_, err := c.GetObject(t.Context(), &client.GetObjectInput{Bucket: aws.String("open"), Key: aws.String("public/a")})
		return code(err)
	}
	const statement = `[{"Effect":"Allow","Principal":{"AWS":%},"Action":"s3:*","Resource":"arn:aws:s3:::open/*"}]`
	tests := map[string]map[string]bool{
		`"arn:aws:iam::000000000000:user/ann"`: {"a user": true},
		`"000000000000"`:                       {},
		`"arn:aws:iam::111122223333:root"`:     {"another account": true},
		`"*"`:                                  {"a user": true, "another account": true},
	}
	for principal, allowed := range tests {
		g.allow(t, strings.Replace(statement, "%", principal, 1))
		for name, c := range callers {
			want := "AccessDenied"
			if allowed[name] {
				want = ""
			}
			if got := get(c); got != want {
				t.Errorf("%s, %s: %q, want %q", principal, name, got, want)
			}
		}
	}
	block := &types.PublicAccessBlockConfiguration{RestrictPublicBuckets: aws.Bool(true)}
	if _, err := g.root.PutPublicAccessBlock(t.Context(), &client.PutPublicAccessBlockInput{Bucket: aws.String("open"), PublicAccessBlockConfiguration: block}); err != nil {
		t.Fatal(err)
	}
	g.allow(t, strings.Replace(statement, "%", `"*"`, 1))
	if got := get(callers["another account"]); got != "AccessDenied" {
		t.Errorf("a restricted bucket: %q", got)
	}
	if got := get(callers["a user"]); got != "" {
		t.Errorf("a restricted bucket, within the account: %q", got)
	}
}

func TestPublicListsLetAnyoneIn(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	ctx, open := t.Context(), aws.String("open")
	if _, err := g.root.PutObjectAcl(ctx, &client.PutObjectAclInput{Bucket: open, Key: aws.String("public/a"), ACL: types.ObjectCannedACLPublicRead}); err != nil {
		t.Fatal(err)
	}
	want := func(path string, want int) {
		t.Helper()
		if status, body := g.ask(t, "GET", path); status != want {
			t.Errorf("%s: %d %s, want %d", path, status, body, want)
		}
	}
	want("/public/a", 200)
	want("/private/b", 403)
	want("/", 403)
	if _, err := g.root.PutBucketAcl(ctx, &client.PutBucketAclInput{Bucket: open, ACL: types.BucketCannedACLPublicRead}); err != nil {
		t.Fatal(err)
	}
	want("/", 200)
	want("/private/b", 403)
	block := &types.PublicAccessBlockConfiguration{IgnorePublicAcls: aws.Bool(true)}
	if _, err := g.root.PutPublicAccessBlock(ctx, &client.PutPublicAccessBlockInput{Bucket: open, PublicAccessBlockConfiguration: block}); err != nil {
		t.Fatal(err)
	}
	want("/public/a", 403)
}

func TestPresignedAddressesWorkWhereKeysAreProved(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	fetch := func(c *client.Client) int {
		signed, err := client.NewPresignClient(c).PresignGetObject(t.Context(), &client.GetObjectInput{Bucket: aws.String("open"), Key: aws.String("private/b")})
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, signed.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		out, err := g.HTTP().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Body.Close()
		return out.StatusCode
	}
	if got := fetch(g.root); got != 200 {
		t.Errorf("root's address: %d", got)
	}
	if got := fetch(g.as(t, someone(testenv.Account))); got != 403 {
		t.Errorf("the address of a user without rights: %d", got)
	}
}

// A bucket that copies are made from has to let its reader in, too.
func TestCopyNeedsBothRights(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	user := g.as(t, someone(testenv.Account))
	g.allow(t, `[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/ann"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::open/*"}]`)
	put := &client.PutObjectInput{Bucket: aws.String("open"), Key: aws.String("new"), Body: strings.NewReader("x")}
	if _, err := user.PutObject(t.Context(), put); err != nil {
		t.Error(err)
	}
	_, err := user.CopyObject(t.Context(), &client.CopyObjectInput{Bucket: aws.String("open"), Key: aws.String("copy"), CopySource: aws.String("open/private/b")})
	if code(err) != "AccessDenied" || !strings.Contains(err.Error(), "s3:GetObject") {
		t.Errorf("a copy of what may not be read: %v", err)
	}
}
