package s3_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/s3"
)

// tool runs a program of AWS's against a server.
type tool struct {
	t   *testing.T
	env *testenv.Env
	dir string
}

func newTool(t *testing.T, program string, probe ...string) *tool {
	t.Helper()
	if testing.Short() {
		t.Skip("a real client takes seconds")
	}
	if err := exec.CommandContext(t.Context(), program, probe...).Run(); err != nil {
		t.Skipf("%s is not here: %v", program, err)
	}
	return &tool{t, testenv.New(t, s3.Registration()), t.TempDir()}
}

func (c *tool) run(program string, args ...string) string {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), program, args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+c.env.URL(), "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_DEFAULT_REGION=us-east-1", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_PAGER=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (c *tool) write(name string, data []byte) string {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		c.t.Fatal(err)
	}
	return path
}

func (c *tool) same(name string, want []byte) {
	c.t.Helper()
	got, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil || !bytes.Equal(got, want) {
		c.t.Errorf("%s came back otherwise: %v", name, err)
	}
}

func TestCommandLineMovesFiles(t *testing.T) {
	t.Parallel()
	c := newTool(t, "aws", "--version")
	large := noise(20 << 20)
	c.write("large", large)
	c.write("tree/a.txt", []byte("a"))
	c.write("tree/deep/b c+ü.txt", []byte("b"))
	c.run("aws", "s3", "mb", "s3://cli-bucket")
	c.run("aws", "s3", "cp", "large", "s3://cli-bucket/large")
	c.run("aws", "s3", "cp", "s3://cli-bucket/large", "back")
	c.same("back", large)
	c.run("aws", "s3", "sync", "tree", "s3://cli-bucket/tree")
	if again := c.run("aws", "s3", "sync", "tree", "s3://cli-bucket/tree"); again != "" {
		t.Errorf("nothing has changed, and yet: %s", again)
	}
	if list := c.run("aws", "s3", "ls", "s3://cli-bucket/"); !strings.Contains(list, "PRE tree/") || !strings.Contains(list, "large") {
		t.Errorf("list: %s", list)
	}
	c.run("aws", "s3", "cp", "--recursive", "s3://cli-bucket/tree", "tree2")
	c.same("tree2/deep/b c+ü.txt", []byte("b"))
	c.run("aws", "s3", "cp", "s3://cli-bucket/large", "s3://cli-bucket/copy")
	c.run("aws", "s3", "mv", "s3://cli-bucket/copy", "moved")
	c.same("moved", large)
	c.run("aws", "s3", "rm", "s3://cli-bucket/tree/a.txt")
	head := c.run("aws", "s3api", "head-object", "--bucket", "cli-bucket", "--key", "large", "--checksum-mode", "ENABLED")
	if !strings.Contains(head, "ChecksumType") {
		t.Errorf("head: %s", head)
	}
	c.run("aws", "s3api", "put-object", "--bucket", "cli-bucket", "--key", "by-api", "--body", "tree/a.txt", "--checksum-algorithm", "SHA256")
	c.run("aws", "s3api", "get-object", "--bucket", "cli-bucket", "--key", "by-api", "--checksum-mode", "ENABLED", "by-api")
	c.same("by-api", []byte("a"))
	c.run("aws", "s3api", "wait", "object-exists", "--bucket", "cli-bucket", "--key", "by-api")
	c.run("aws", "s3", "rb", "--force", "s3://cli-bucket")
	if list := c.run("aws", "s3", "ls"); strings.TrimSpace(list) != "" {
		t.Errorf("left: %s", list)
	}
}

func TestBotoMovesFiles(t *testing.T) {
	t.Parallel()
	c := newTool(t, "python3", "-c", "import boto3")
	large := noise(18 << 20)
	c.write("large", large)
	c.write("go.py", []byte(`
import boto3, io
s3 = boto3.client("s3")
s3.create_bucket(Bucket="boto-bucket")
s3.upload_file("large", "boto-bucket", "large", ExtraArgs={"Metadata": {"a": "b"}})
s3.download_file("boto-bucket", "large", "back")
s3.upload_fileobj(io.BytesIO(b"small"), "boto-bucket", "small")
assert s3.get_object(Bucket="boto-bucket", Key="small")["Body"].read() == b"small"
assert s3.head_object(Bucket="boto-bucket", Key="large")["Metadata"] == {"a": "b"}
for page in s3.get_paginator("list_objects_v2").paginate(Bucket="boto-bucket", PaginationConfig={"PageSize": 1}):
    for o in page["Contents"]:
        s3.delete_object(Bucket="boto-bucket", Key=o["Key"])
try:
    s3.get_object(Bucket="boto-bucket", Key="small")
    raise SystemExit("it is still there")
except s3.exceptions.NoSuchKey:
    pass
boto3.resource("s3").Bucket("boto-bucket").delete()
`))
	c.run("python3", "go.py")
	c.same("back", large)
}
