package sqs

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/telemetry"
)

// Service implements SQS.
type Service struct {
	api.Unimplemented

	service.Deps

	began    time.Time // of this process
	ready    *ready
	queues   *kv.Cache[queue]
	horizons *kv.Cache[horizon]

	metrics *telemetry.Family
}

// New returns the service.
func New(d service.Deps) *Service {
	s := &Service{
		Deps: d, began: d.Clock.Now(), ready: newReady(), metrics: newMetrics(d.Metrics),
		queues: kv.NewCache(10_000, (*queue).prepare), horizons: kv.NewCache[horizon](10_000, nil),
	}
	d.Tasks.Handle(moveKind, s.runMove, nil)
	d.Tasks.Handle(retentionKind, s.runRetention, nil)
	return s
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// Reset drops what is remembered of queues.
func (s *Service) Reset(context.Context) error {
	s.ready.reset()
	return nil
}

// errNoQueue is SQS's answer where there is no queue.
func errNoQueue() error {
	return &api.QueueDoesNotExist{Message: "The specified queue does not exist."}
}

// locate reads where the queue that a URL names lives: its last two segments
// are account and name, whatever the host. A bare name is a queue of the caller.
func locate(info call.Info, queueURL string) (home, string, error) {
	if account, name, ok := plainURL(queueURL); ok {
		return home{account, info.Region}, name, nil
	}
	u, err := url.Parse(queueURL)
	if err != nil {
		return home{}, "", invalidAddress(queueURL)
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	h := homeOf(info)
	switch name := parts[len(parts)-1]; {
	case name == "":
		return home{}, "", invalidAddress(queueURL)
	case len(parts) == 1:
		return h, name, nil
	default:
		h.Account = parts[len(parts)-2]
		return h, name, nil
	}
}

// plainURL reads a queue's URL as we give it out, scheme://host/account/name,
// at less cost than one of any kind.
func plainURL(queueURL string) (account, name string, ok bool) {
	scheme, rest, ok := strings.Cut(queueURL, "://")
	if !ok || scheme != "http" && scheme != "https" || strings.ContainsFunc(rest, notPlain) {
		return "", "", false
	}
	host, path, ok := strings.Cut(rest, "/")
	if !ok || host == "" {
		return "", "", false
	}
	account, name, ok = strings.Cut(path, "/")
	return account, name, ok && account != "" && name != "" && !strings.Contains(name, "/")
}

// notPlain tells whether a character has a meaning in URLs beyond paths.
func notPlain(r rune) bool {
	switch r {
	case '?', '#', '%', '@', '[', ']', '\\', ' ':
		return true
	}
	return false
}

// invalidAddress is the answer to a URL that names no queue.
func invalidAddress(queueURL string) error {
	return &api.InvalidAddress{Message: fmt.Sprintf("The address %s is not valid for this endpoint.", queueURL)}
}

// load reads the queue that a request names. It is shared with other readers:
// what changes it uses Service.change.
func (s *Service) load(ctx context.Context, tx *kv.Tx, queueURL string) (*queue, error) {
	h, name, err := locate(call.From(ctx), queueURL)
	if err != nil {
		return nil, err
	}
	return s.loadNamed(tx, h, name)
}

// loadNamed reads a queue by its name.
func (s *Service) loadNamed(tx *kv.Tx, h home, name string) (*queue, error) {
	q, ok, err := s.queues.Get(tx, h.queueKey(name))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load queue: %w", err)
	case !ok:
		return nil, errNoQueue()
	}
	return q, nil
}

// change reads a queue, changes it and writes it back.
func (s *Service) change(ctx context.Context, queueURL string, how func(tx *kv.Tx, q *queue) error) error {
	h, name, err := locate(call.From(ctx), queueURL)
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		q, ok, err := kv.Get[queue](tx, h.queueKey(name))
		switch {
		case err != nil:
			return fmt.Errorf("load queue: %w", err)
		case !ok:
			return errNoQueue()
		}
		if err := how(tx, &q); err != nil {
			return err
		}
		return kv.Put(tx, h.queueKey(name), q)
	})
}

// loadARN reads a queue by its ARN; ok is false where there is none.
func loadARN(tx *kv.Tx, queueARN string) (q *queue, ok bool, err error) {
	a, malformed := arn.Parse(queueARN)
	if malformed != nil || a.Service != "sqs" {
		return nil, false, nil //nolint:nilerr // what is no queue's ARN names no queue
	}
	found, ok, err := kv.Get[queue](tx, home{a.Account, a.Region}.queueKey(a.Resource))
	if err != nil {
		return nil, false, fmt.Errorf("load queue: %w", err)
	}
	return &found, ok, nil
}

// find reads the queue that a request names, in a view of its own.
func (s *Service) find(ctx context.Context, queueURL string) (q *queue, err error) {
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		q, err = s.load(ctx, tx, queueURL)
		return err
	})
	return q, err
}

// urlOf returns the URL of a queue as the caller can reach it.
func (s *Service) urlOf(ctx context.Context, h home, name string) string {
	endpoint := call.From(ctx).Endpoint
	if endpoint == "" {
		endpoint = s.Endpoint
	}
	return endpoint + "/" + h.Account + "/" + name
}

// newSID returns a storage id for a message sent at a time.
func (s *Service) newSID(sent time.Time) []byte {
	sid := make([]byte, 0, 16)
	n := uint64(sent.UnixNano())
	for shift := 56; shift >= 0; shift -= 8 {
		sid = append(sid, byte(n>>shift))
	}
	return append(sid, s.IDs.Bytes(8)...)
}
