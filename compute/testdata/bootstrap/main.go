// A function whose event says how it behaves.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
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
	case "pid":
		return os.Getpid(), nil
	case "file":
		err := os.WriteFile(os.TempDir()+"/x", []byte("hello"), 0o600)
		return os.TempDir(), err
	}
	return "ok", nil
}

func main() {
	if os.Getenv("FAIL_INIT") == "exit" {
		os.Exit(3)
	}
	if os.Getenv("FAIL_INIT") == "sleep" {
		time.Sleep(time.Hour)
	}
	lambda.Start(handle)
}
