package main

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	pythonFunction = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'ok'}\n"
	nodeFunction   = "exports.handler = async () => ({statusCode: 200, body: 'ok'});\n"
	functions      = "/2015-03-31/functions"
)

// archive is the code of a function that does nothing, and its handler.
func archive(runtime string) (zipped []byte, handler string, err error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name string, content []byte) error {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		h.SetMode(0o755)
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write(content)
		}
		return err
	}
	handler = "app.handler"
	switch {
	case strings.HasPrefix(runtime, "python"):
		err = add("app.py", []byte(pythonFunction))
	case strings.HasPrefix(runtime, "nodejs"):
		err = add("app.js", []byte(nodeFunction))
	default:
		handler = "bootstrap"
		var program []byte
		if program, err = buildFunction(); err == nil {
			err = add("bootstrap", program)
		}
	}
	if err == nil {
		err = z.Close()
	}
	return b.Bytes(), handler, err
}

// buildFunction builds the Go function.
func buildFunction() ([]byte, error) {
	dir, err := os.MkdirTemp("", "maru-bench-function-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	name := filepath.Join(dir, "bootstrap")
	c := exec.Command("go", "build", "-ldflags=-s -w", "-o", name, "maru.dev/maru/test/bench/function")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the function: %w\n%s", err, out)
	}
	return os.ReadFile(name)
}

// createFunction is the body of CreateFunction.
func createFunction(name, runtime, handler string, zipped []byte) []byte {
	return fmt.Appendf(nil, `{"FunctionName":%q,"Runtime":%q,"Handler":%q,"Role":"arn:aws:iam::000000000000:role/r","Code":{"ZipFile":%q}}`,
		name, runtime, handler, base64.StdEncoding.EncodeToString(zipped))
}

// makeFunction makes a function that does nothing, and waits until it is ready.
func makeFunction(s *server, name, runtime string) error {
	zipped, handler, err := archive(runtime)
	if err != nil {
		return err
	}
	return once(s.address, func(c *conn) error {
		if _, err := c.rest("POST", functions, "lambda", createFunction(name, runtime, handler, zipped)); err != nil {
			return err
		}
		return untilActive(c, name)
	})
}

// untilActive waits until a function can be invoked as it was configured last.
func untilActive(c *conn, name string) error {
	for {
		out, err := c.rest("GET", functions+"/"+name+"/configuration", "lambda", nil)
		if err != nil || !bytes.Contains(out, []byte(`"Pending"`)) && !bytes.Contains(out, []byte(`"InProgress"`)) {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}

// invoke invokes a function.
func invoke(c *conn, name string) error {
	out, err := c.rest("POST", functions+"/"+name+"/invocations", "lambda", []byte("{}"))
	if err == nil && !bytes.Contains(out, []byte(`"ok"`)) {
		return &refusal{"function:", string(out)}
	}
	return err
}

// cold invokes a function whose environment has just changed, so that no warm
// process may answer. Only the invocation counts.
func cold(runtime string) func(*server) (step, error) {
	return func(s *server) (step, error) {
		name := "bench-cold-" + strings.NewReplacer(".", "-").Replace(runtime)
		path := functions + "/" + name + "/configuration"
		return func(c *conn) error {
			if _, err := c.rest("PUT", path, "lambda", fmt.Appendf(nil, `{"Environment":{"Variables":{"ROUND":"%d"}}}`, time.Now().UnixNano())); err != nil {
				return err
			}
			if err := untilActive(c, name); err != nil {
				return err
			}
			c.began = time.Now()
			return invoke(c, name)
		}, makeFunction(s, name, runtime)
	}
}

// apiToFunction asks an HTTP API whose only route is a function.
func apiToFunction(s *server) (step, error) {
	const name = "bench-api"
	var made struct {
		Endpoint string `json:"apiEndpoint"`
	}
	err := withAPI(s, name, func(c *conn) error {
		return c.json(&made, "POST", "/v2/apis", fmt.Sprintf(`{"name":%q,"protocolType":"HTTP","target":%q}`, name, functionARN(name)))
	})
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(made.Endpoint)
	if err != nil {
		return nil, err
	}
	return get("/", u.Host), nil
}

// restAPIToFunction asks a REST API whose only method is a function.
func restAPIToFunction(s *server) (step, error) {
	const name = "bench-rest-api"
	var api struct{ ID, RootResourceID string }
	err := withAPI(s, name, func(c *conn) error {
		if err := c.json(&api, "POST", "/restapis", fmt.Sprintf(`{"name":%q}`, name)); err != nil {
			return err
		}
		method := "/restapis/" + api.ID + "/resources/" + api.RootResourceID + "/methods/GET"
		for _, part := range [][3]string{
			{"PUT", method, `{"authorizationType":"NONE"}`},
			{"PUT", method + "/integration", fmt.Sprintf(
				`{"type":"AWS_PROXY","httpMethod":"POST","uri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/%s/invocations"}`, functionARN(name))},
			{"POST", "/restapis/" + api.ID + "/deployments", `{"stageName":"prod"}`},
		} {
			if err := c.json(nil, part[0], part[1], part[2]); err != nil {
				return err
			}
		}
		return nil
	})
	return get("/prod", api.ID+".execute-api.us-east-1.localhost"), err
}

// withAPI makes a function that API Gateway may call, and an API before it,
// which put makes.
func withAPI(s *server, function string, put func(c *conn) error) error {
	if err := makeFunction(s, function, "provided.al2023"); err != nil {
		return err
	}
	return once(s.address, func(c *conn) error {
		if err := put(c); err != nil {
			return err
		}
		_, err := c.rest("POST", functions+"/"+function+"/policy", "lambda",
			[]byte(`{"StatementId":"api","Action":"lambda:InvokeFunction","Principal":"apigateway.amazonaws.com"}`))
		return err
	})
}

// functionARN is a function's name in full.
func functionARN(name string) string {
	return "arn:aws:lambda:us-east-1:000000000000:function:" + name
}

// json sends a document to API Gateway, and reads its answer into out if that is
// not nil.
func (c *conn) json(out any, method, path, document string) error {
	said, err := c.rest(method, path, "apigateway", []byte(document))
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(said, out)
}

// get reads a path of a host.
func get(path, host string) step {
	return func(c *conn) error {
		_, err := c.send("GET", path, host, "", "", nil)
		return err
	}
}

// ready kills a server of ours and starts it again.
func ready(s *server, _ time.Duration) (result, error) {
	if s.start == nil {
		return result{}, fmt.Errorf("%s was not started by this command", s.name)
	}
	r := result{latency: newLatency()}
	for range 5 {
		s.kill()
		began := time.Now()
		if err := s.start(); err != nil {
			return r, err
		}
		if err := call(s.address, "sqs", "AmazonSQS.ListQueues", "{}"); err != nil {
			return r, err
		}
		record(r.latency, time.Since(began))
	}
	return r, nil
}
