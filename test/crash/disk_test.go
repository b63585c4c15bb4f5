package crash_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// smallDisk mounts a disk of the given size for the test, or skips the test.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("mounting a small disk takes root on Linux")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("no small disk can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// ballast fills a disk up to its last bytes.
func ballast(t *testing.T, dir string) (remove func()) {
	t.Helper()
	name := filepath.Join(dir, "ballast")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for chunk := make([]byte, 1<<20); len(chunk) >= 1<<10; {
		if _, err := f.Write(chunk); errors.Is(err, syscall.ENOSPC) {
			chunk = chunk[:len(chunk)/2]
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// disk is a queue, a table and a bucket on a disk that fails.
type disk struct {
	proc *testenv.Proc
	url  string
	next int
	sent []string // the names that were acknowledged by all three
}

// prepare makes them.
func (w *disk) prepare(t *testing.T) {
	t.Helper()
	w.url = createQueue(t, w.proc, "disk", nil)
	_, err := w.proc.DynamoDB().CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("disk"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.proc.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("disk")}); err != nil {
		t.Fatal(err)
	}
}

// object is what is stored under a name: every other one is a file, as objects over
// 32 KiB are.
func object(name string) []byte {
	if (name[len(name)-1]-'0')%2 == 0 {
		return bytes.Repeat([]byte(name), 1<<10)
	}
	return bytes.Repeat([]byte(name), 10<<10)
}

// write writes one name to all three, and returns the error of each.
func (w *disk) write(ctx context.Context) map[string]error {
	w.next++
	name := fmt.Sprintf("n%06d", w.next)
	failed := make(map[string]error)
	if _, err := w.proc.SQS().SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &w.url, MessageBody: &name}); err != nil {
		failed["SendMessage"] = err
	}
	if _, err := w.proc.DynamoDB().PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String("disk"), Item: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: name}},
	}); err != nil {
		failed["PutItem"] = err
	}
	if _, err := w.proc.S3().PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("disk"), Key: &name, Body: bytes.NewReader(object(name))}); err != nil {
		failed["PutObject"] = err
	}
	if len(failed) == 0 {
		w.sent = append(w.sent, name)
	}
	return failed
}

// writable writes until all three take what is written.
func (w *disk) writable(t *testing.T) {
	t.Helper()
	testenv.Eventually(t, "writes are taken again", func() bool { return len(w.write(t.Context())) == 0 })
}

// refused writes until all three are refused, and sees that each is told clearly
// that the server is at fault and that trying again may help.
func (w *disk) refused(t *testing.T, says string) {
	t.Helper()
	testenv.Eventually(t, "writes are refused", func() bool {
		failed := w.write(t.Context())
		for operation, err := range failed {
			var reply *awshttp.ResponseError
			if !errors.As(err, &reply) || reply.HTTPStatusCode() != http.StatusServiceUnavailable || !strings.Contains(err.Error(), says) {
				t.Errorf("%s is refused with %v; want 503 and %q", operation, err, says)
			}
		}
		return len(failed) == 3 || t.Failed()
	})
}

// readable sees that every acknowledged item and object can be read.
func (w *disk) readable(t *testing.T) {
	t.Helper()
	found := make(map[string]bool)
	pages := dynamodb.NewScanPaginator(w.proc.DynamoDB(), &dynamodb.ScanInput{TableName: aws.String("disk")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			found[item["id"].(*types.AttributeValueMemberS).Value] = true
		}
	}
	for _, name := range w.sent {
		if !found[name] {
			t.Errorf("item %s was acknowledged and is lost", name)
		}
		out, err := w.proc.S3().GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("disk"), Key: &name})
		if err != nil {
			t.Errorf("object %s was acknowledged: %v", name, err)
			continue
		}
		var body bytes.Buffer
		if _, err := body.ReadFrom(out.Body); err != nil || !bytes.Equal(body.Bytes(), object(name)) {
			t.Errorf("object %s has %d bytes: %v", name, body.Len(), err)
		}
		_ = out.Body.Close()
	}
}

// complete sees that every acknowledged message is in the queue, too.
func (w *disk) complete(t *testing.T) {
	t.Helper()
	w.readable(t)
	found := count(drain(t, w.proc, w.url))
	for _, name := range w.sent {
		if found[name] == 0 {
			t.Errorf("message %s was acknowledged and is lost", name)
		}
	}
	t.Logf("%d of %d writes were acknowledged by all three", len(w.sent), w.next)
}

// A full disk refuses writes and nothing else: what was acknowledged is read,
// and with room writes go on, also after a kill while there was none.
func TestAFullDiskRefusesWritesAndRecovers(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the whole program")
	}
	t.Parallel()
	dir := smallDisk(t, "96m")
	w := &disk{proc: testenv.ProcessOn(t, filepath.Join(dir, "data"))}
	w.prepare(t)
	for range 20 {
		w.writable(t)
	}
	for range 2 {
		remove := ballast(t, dir)
		w.refused(t, "disk of the data folder is full")
		w.readable(t)
		remove()
		w.writable(t)
	}
	remove := ballast(t, dir)
	w.refused(t, "disk of the data folder is full")
	w.proc.Kill()
	if said := w.proc.Refused(); !strings.Contains(said, "full") {
		t.Errorf("a start on a full disk says %q", said)
	}
	remove()
	w.proc.Start()
	w.writable(t)
	w.complete(t)
}

// inject has every sync of the running program's log do as strace is told, until
// the returned function is called. The test is skipped where strace is not there
// or may not.
func inject(t *testing.T, proc *testenv.Proc, fault string) (heal func()) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("faults of the disk under the real program take strace")
	}
	ctx, cancel := context.WithCancel(t.Context())
	var said bytes.Buffer
	const calls = "fsync,fdatasync,sync_file_range"
	command := exec.CommandContext(ctx, strace, "-f", "-q", "-o", os.DevNull, "-e", "trace="+calls, "-e", "inject="+calls+":"+fault, "-p", fmt.Sprint(proc.PID()))
	command.Stderr = &said
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) } // it lets go of the program
	if err := command.Start(); err != nil {
		cancel()
		t.Skipf("strace does not start: %v", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = command.Wait()
	}()
	testenv.Eventually(t, "strace holds the program", func() bool {
		select {
		case <-ended:
			cancel()
			t.Skipf("strace may not: %s", said.String())
		default:
		}
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", proc.PID()))
		if err != nil || len(threads) == 0 {
			return false
		}
		for _, name := range threads { // it takes them one by one
			if status, err := os.ReadFile(name); err == nil && strings.Contains(string(status), "TracerPid:\t0\n") {
				return false
			}
		}
		return true
	})
	return func() {
		cancel()
		<-ended
	}
}

// Syncs that fail refuse writes, whose fate is then not known, and nothing else;
// when the disk works again the store opens itself anew, without a restart.
func TestFailingSyncsRefuseWritesAndRecover(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the whole program")
	}
	t.Parallel()
	w := &disk{proc: process(t)}
	w.prepare(t)
	for range 20 {
		w.writable(t)
	}
	heal := inject(t, w.proc, "error=EIO")
	w.refused(t, "disk of the data folder fails")
	w.readable(t)
	heal()
	w.writable(t)
	w.proc.Kill()
	w.proc.Start()
	w.complete(t)
}

// Slow syncs make writes slow, and reads not: nothing is refused.
func TestSlowSyncsDelayWritesAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the whole program")
	}
	t.Parallel()
	w := &disk{proc: process(t)}
	w.prepare(t)
	w.writable(t)
	heal := inject(t, w.proc, "delay_enter=2000000") // microseconds
	defer heal()
	began := clock.System{}.Now()
	if failed := w.write(t.Context()); len(failed) > 0 {
		t.Fatal(failed)
	}
	wrote := clock.System{}.Now()
	w.readable(t)
	read := clock.System{}.Now().Sub(wrote)
	if took := wrote.Sub(began); took < 6*time.Second || read > took {
		t.Errorf("three writes took %v, and reads of %d names %v", took, len(w.sent), read)
	}
	heal()
	w.complete(t)
}
