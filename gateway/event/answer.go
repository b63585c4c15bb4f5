package event

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// ErrAnswer is why a function's answer is none.
var ErrAnswer = errors.New("the Lambda function returned an invalid response")

// answer is the form in which a function says status and headers.
type answer struct {
	StatusCode        json.RawMessage              `json:"statusCode"`
	Headers           map[string]json.RawMessage   `json:"headers"`
	MultiValueHeaders map[string][]json.RawMessage `json:"multiValueHeaders"`
	Cookies           []string                     `json:"cookies"`
	Body              json.RawMessage              `json:"body"`
	IsBase64Encoded   bool                         `json:"isBase64Encoded"`
}

// Reply is the HTTP reply that a function's answer describes.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// ReadAnswer reads what a function has returned. In format 2.0 a function may
// return just what the body is to be. A reply whose answer names no content
// type gets plain.
func ReadAnswer(payload []byte, format, plain string) (*Reply, error) {
	trimmed := bytes.TrimLeft(payload, " \t\r\n")
	structured := len(trimmed) > 0 && trimmed[0] == '{'
	var a answer
	if structured {
		if err := json.Unmarshal(payload, &a); err != nil && format != "2.0" {
			return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
		} else if err != nil {
			var probe struct{ StatusCode json.RawMessage }
			if json.Unmarshal(payload, &probe) != nil || probe.StatusCode != nil {
				return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
			}
		}
	}
	if a.StatusCode == nil {
		if format != "2.0" {
			return nil, fmt.Errorf("%w: it has no statusCode", ErrAnswer)
		}
		return inferred(payload), nil
	}
	return a.reply(format, plain)
}

// ReadProxyAnswer reads what a function has returned to a REST API: an object with
// no other members than those of an answer, in which the status may be left out.
// What is said to be in base64 is decoded for clients to whom binary says that it
// is meant.
func ReadProxyAnswer(payload []byte, plain string, binary func(http.Header) bool) (*Reply, error) {
	var a answer
	payload = bytes.TrimLeft(payload, " \t\r\n")
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&a); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	if payload[0] != '{' {
		return nil, fmt.Errorf("%w: it is no object", ErrAnswer)
	}
	if a.StatusCode == nil || string(a.StatusCode) == "null" {
		a.StatusCode = json.RawMessage("200")
	}
	encoded := a.IsBase64Encoded
	a.IsBase64Encoded = false
	out, err := a.reply("1.0", plain)
	if err != nil || !encoded || !binary(out.Header) {
		return out, err
	}
	a.IsBase64Encoded = true
	out.Body, err = a.content()
	return out, err
}

// inferred is the reply of a function that has returned a body alone.
func inferred(payload []byte) *Reply {
	body := payload
	var text string
	if json.Unmarshal(payload, &text) == nil && len(payload) > 0 && payload[0] == '"' {
		body = []byte(text)
	}
	return &Reply{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
}

// reply makes the HTTP reply that a describes.
func (a *answer) reply(format, plain string) (*Reply, error) {
	status, err := strconv.Atoi(strings.Trim(string(a.StatusCode), `"`))
	if err != nil || status < 100 || status > 599 {
		return nil, fmt.Errorf("%w: statusCode %s", ErrAnswer, a.StatusCode)
	}
	out := &Reply{Status: status, Header: make(http.Header)}
	for name, v := range a.Headers {
		if err := addHeader(out.Header, name, v, true); err != nil {
			return nil, err
		}
	}
	if format == "1.0" {
		for name, list := range a.MultiValueHeaders {
			out.Header.Del(name)
			for _, v := range list {
				if err := addHeader(out.Header, name, v, false); err != nil {
					return nil, err
				}
			}
		}
	} else {
		for _, c := range a.Cookies {
			out.Header.Add("Set-Cookie", Clean(c))
		}
	}
	if out.Header.Get("Content-Type") == "" {
		out.Header.Set("Content-Type", plain)
	}
	out.Body, err = a.content()
	return out, err
}

// addHeader adds a header whose value is text, a number or a truth value.
// Headers of the connection are the gateway's own affair.
func addHeader(h http.Header, name string, raw json.RawMessage, replace bool) error {
	key := http.CanonicalHeaderKey(name)
	if HopByHop(key) || key == "Content-Length" {
		return nil
	}
	text := string(raw)
	switch {
	case text == "null":
		text = ""
	case strings.HasPrefix(text, `"`):
		if err := json.Unmarshal(raw, &text); err != nil {
			return fmt.Errorf("%w: header %s: %w", ErrAnswer, name, err)
		}
	case strings.HasPrefix(text, "{") || strings.HasPrefix(text, "["):
		return fmt.Errorf("%w: header %s is no text", ErrAnswer, name)
	}
	if replace {
		h.Set(key, Clean(text))
	} else {
		h.Add(key, Clean(text))
	}
	return nil
}

// Clean takes away what would end a header's line.
func Clean(v string) string {
	return strings.NewReplacer("\r", "", "\n", "").Replace(v)
}

// content is the body that a describes.
func (a *answer) content() ([]byte, error) {
	if len(a.Body) == 0 || string(a.Body) == "null" {
		return nil, nil
	}
	var text string
	if err := json.Unmarshal(a.Body, &text); err != nil {
		return nil, fmt.Errorf("%w: the body is no text", ErrAnswer)
	}
	if !a.IsBase64Encoded {
		return []byte(text), nil
	}
	body, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%w: the body is not in base64: %w", ErrAnswer, err)
	}
	return body, nil
}
