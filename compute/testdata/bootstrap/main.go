// A function whose event says how it behaves.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do   string `json:"do"`
	N    int    `json:"n"`
	Text string `json:"text"`
}

func handle(ctx context.Context, e event) (any, error) {
	switch e.Do {
	case "env":
		return os.Environ(), nil
	case "context":
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{"id": lc.AwsRequestID, "arn": lc.InvokedFunctionArn, "left": time.Until(deadline).Milliseconds(), "client": lc.ClientContext.Custom}, nil
	case "fail":
		return nil, errors.New("as asked")
	case "panic":
		panic("as asked")
	case "exit":
		os.Exit(e.N)
	case "loop":
		for {
		}
	case "hog":
		var all [][]byte
		for {
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = 1
			}
			all = append(all, b)
			time.Sleep(100 * time.Microsecond)
		}
	case "hogshared": // of which a child would see each byte
		for {
			b, err := syscall.Mmap(-1, 0, 1<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_ANONYMOUS)
			if err != nil {
				return nil, err
			}
			for i := range b {
				b[i] = 1
			}
			time.Sleep(100 * time.Microsecond)
		}
	case "big":
		return strings.Repeat("x", e.N), nil
	case "flood":
		line := strings.Repeat("y", 1000)
		for range e.N {
			fmt.Println(line)
		}
	case "longline":
		fmt.Println(strings.Repeat("z", e.N))
	case "print":
		fmt.Println("out")
		fmt.Fprintln(os.Stderr, "err")
		fmt.Print("no end")
	case "closefds":
		os.Stdout.Close()
		os.Stderr.Close()
	case "orphan":
		c := exec.Command("/bin/sleep", "1000")
		_ = c.Start()
		return c.Process.Pid, nil
	case "sleep":
		time.Sleep(time.Duration(e.N) * time.Millisecond)
	case "await": // a file
		for {
			if _, err := os.Stat(e.Text); err == nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
	case "touch": // late
		time.Sleep(time.Duration(e.N) * time.Millisecond)
		return nil, os.WriteFile(e.Text, nil, 0o600)
	case "forkbomb":
		for {
			_ = exec.Command("/bin/sleep", "100").Start()
		}
	case "fill": // its /tmp, in a way that Text names, with N pieces
		if err := os.Chdir(os.TempDir()); err != nil {
			return nil, err
		}
		for n := range e.N {
			if err := fill(e.Text, fmt.Sprint(os.TempDir(), "/", n)); err != nil {
				return nil, err
			}
		}
		select {} // until it is ended
	case "fillafter": // it has answered
		c := exec.Command("/bin/sh", "-c", "n=0; while [ $n -lt $0 ]; do head -c 1000000 /dev/zero > $TMPDIR/$n; n=$((n+1)); done; sleep 1000", fmt.Sprint(e.N))
		return os.TempDir(), c.Start()
	case "pid":
		return os.Getpid(), nil
	case "file":
		err := os.WriteFile(os.TempDir()+"/x", []byte("hello"), 0o600)
		return os.TempDir(), err
	}
	return "ok", nil
}

// fill puts a piece of a megabyte, or one without data, at a path.
func fill(way, path string) error {
	switch way {
	case "files":
		return os.WriteFile(path, make([]byte, 1<<20), 0o600)
	case "empty files":
		return os.WriteFile(path, nil, 0o600)
	case "removed files":
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		if _, err := f.Write(make([]byte, 1<<20)); err != nil {
			return err
		}
		held = append(held, f)
		return os.Remove(path)
	case "closed folders":
		if err := os.Mkdir(path, 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path+"/x", make([]byte, 1<<20), 0o600); err != nil {
			return err
		}
		return os.Chmod(path, 0)
	case "deep folders":
		if err := os.Mkdir("d", 0o700); err != nil {
			return err
		}
		return os.Chdir("d")
	}
	return fmt.Errorf("no way %q", way)
}

// held are files that have no name any more.
var held []*os.File

func main() {
	if os.Getenv("FAIL_INIT") == "exit" {
		os.Exit(3)
	}
	if os.Getenv("FAIL_INIT") == "sleep" {
		time.Sleep(time.Hour)
	}
	lambda.Start(handle)
}
