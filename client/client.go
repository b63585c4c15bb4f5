// Package client calls operations of a running maru over HTTP, by model and
// name, with the same generated shapes as inside: what an AWS SDK does for one
// service after another, in a page, for programs that carry the models anyway.
package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"maru.dev/maru/clock"
	"maru.dev/maru/wire"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 256 << 20

// Client is a caller of the maru at an address. All but Token is set.
type Client struct {
	Endpoint           string // "http://127.0.0.1:4566"
	Key, Secret, Token string // an access key; 12 digits name an account in developer mode
	Region             string
	HTTP               *http.Client
	Clock              clock.Clock // by which requests are signed
}

// Do calls an operation with its generated input (*<Op>Input). What the server
// refuses is a *wire.APIError.
func Do[Out any](ctx context.Context, c *Client, model *wire.Service, operation string, in any) (*Out, error) {
	op := find(model, operation)
	if op == nil {
		return nil, fmt.Errorf("client: %s has no operation %s", model.ID, operation)
	}
	body, err := wire.InputJSON(model, op, in)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", operation, err)
	}
	answer, err := c.post(ctx, "/_maru/api/"+model.ID+"/"+operation, body)
	if err != nil {
		return nil, err
	}
	out := new(Out)
	if err := wire.OutputFromJSON(model, op, answer, out); err != nil {
		return nil, fmt.Errorf("read answer of %s: %w", operation, err)
	}
	return out, nil
}

// find looks an operation up.
func find(model *wire.Service, operation string) *wire.Operation {
	for i := range model.Operations {
		if model.Operations[i].Name == operation {
			return &model.Operations[i]
		}
	}
	return nil
}

// post sends a signed document and returns the answer's.
func (c *Client) post(ctx context.Context, path string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(c.Endpoint, "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", c.Endpoint, err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Maru-Console", "1")
	r.Header.Set("X-Maru-Region", c.Region)
	sum := sha256.Sum256(body)
	keys := aws.Credentials{AccessKeyID: c.Key, SecretAccessKey: c.Secret, SessionToken: c.Token}
	if err := v4.NewSigner().SignHTTP(ctx, keys, r, hex.EncodeToString(sum[:]), "maru", c.Region, c.Clock.Now()); err != nil {
		return nil, fmt.Errorf("sign request: %w", err)
	}
	reply, err := c.HTTP.Do(r)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(reply.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if reply.StatusCode != http.StatusOK {
		return nil, refusal(reply.StatusCode, answer)
	}
	return answer, nil
}

// refusal is what an answer says that is no output.
func refusal(status int, answer []byte) error {
	var said struct{ Code, Message string }
	if json.Unmarshal(answer, &said) != nil || said.Code == "" {
		said.Code, said.Message = "UnknownError", fmt.Sprintf("The server answered with status %d; is it maru?", status)
	}
	return &wire.APIError{Code: said.Code, Message: said.Message, Status: status}
}
