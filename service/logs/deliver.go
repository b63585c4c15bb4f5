package logs

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"maru.dev/maru/api/lambda"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/logs/chunk"
	"maru.dev/maru/service/logs/filter"
	"maru.dev/maru/task"
)

const (
	// deliverFor is how long a destination that fails is tried.
	deliverFor = 24 * time.Hour
	// maxDelivery is how many bytes of messages one delivery has: a function
	// takes 256 KB, and text that does not compress grows by a third.
	maxDelivery = 150 << 10
)

// delivery is what a destination is given, compressed.
type delivery struct {
	MessageType string           `json:"messageType"`
	Owner       string           `json:"owner"`
	LogGroup    string           `json:"logGroup"`
	LogStream   string           `json:"logStream"`
	Filters     []string         `json:"subscriptionFilters"`
	Events      []deliveredEvent `json:"logEvents"`
}

// deliveredEvent is one event of a delivery.
type deliveredEvent struct {
	ID        string `json:"id"`
	Timestamp int64  `json:"timestamp"`
	Message   string `json:"message"`
}

// deliver gives a subscription what came in, a chunk of a stream at a time and
// in order. What could not be delivered for a day is dropped.
func (s *Service) deliver(ctx context.Context, h home, g *group, name string, list []arrived, run *task.Run) (taken uint64, err error) {
	var f subscription
	var target destination
	err = s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		var ok bool
		if f, ok, err = kv.Get[subscription](tx, h.subscriptionKey(g.ID, name)); err != nil || !ok {
			return err
		}
		target = destination{Target: f.Destination, Role: f.Role}
		if f.logical() {
			target, err = loadDestination(tx, f.Destination)
		}
		return err
	})
	if err != nil || f.Name == "" {
		return 0, err
	}
	pattern, err := filter.Parse(f.Pattern)
	if err != nil {
		return 0, task.Dead(err)
	}
	late := s.Clock.Now().Add(-deliverFor).UnixMilli()
	for i, a := range list {
		if i > 0 && a.spot.Version != list[i-1].spot.Version {
			taken = list[i-1].spot.Version
		}
		if a.chunk.Ingested < late {
			s.Log.WarnContext(ctx, "log events could not be delivered for a day", "group", g.Name, "filter", f.Name, "events", a.chunk.Count)
			continue
		}
		parts, err := f.parts(h, g, &a, pattern)
		if err != nil {
			return taken, task.Dead(err)
		}
		for _, d := range parts {
			if err := s.send(ctx, h, g, &f, &target, d, run.TraceID); err != nil {
				return taken, fmt.Errorf("deliver log events to %s: %w", target.Target, err)
			}
		}
	}
	return taken, nil
}

// parts are the deliveries that a chunk makes.
func (f *subscription) parts(h home, g *group, a *arrived, pattern *filter.Pattern) (out []*delivery, err error) {
	body, err := a.chunk.Unpack(nil)
	if err != nil || !pattern.Maybe(body.Text) {
		return nil, err
	}
	size := 0
	err = body.All(func(i int, e chunk.Event) bool {
		if !pattern.Match(e.Message) {
			return true
		}
		if size += len(e.Message) + 100; len(out) == 0 || size > maxDelivery {
			out = append(out, &delivery{MessageType: "DATA_MESSAGE", Owner: h.Account, LogGroup: g.Name, LogStream: a.chunk.Stream, Filters: []string{f.Name}})
			size = len(e.Message) + 100
		}
		d := out[len(out)-1]
		d.Events = append(d.Events, deliveredEvent{place{e.At, a.spot.Version, a.spot.Base + int64(i)}.String(), e.At, e.Message})
		return true
	})
	return out, err
}

// pack writes a delivery as destinations get it.
func (d *delivery) pack() ([]byte, error) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if err := json.NewEncoder(z).Encode(d); err != nil {
		return nil, err
	}
	err := z.Close()
	return out.Bytes(), err
}

// send makes one delivery.
func (s *Service) send(ctx context.Context, h home, g *group, f *subscription, to *destination, d *delivery, trace string) error {
	packed, err := d.pack()
	if err != nil {
		return task.Dead(err)
	}
	a, err := arn.Parse(to.Target)
	if err != nil {
		return task.Dead(err)
	}
	as := call.As(ctx, logsPrincipal, h.arnOf(g.Name)+":*", a.Account, a.Region)
	if to.Role != "" {
		as = call.InRole(ctx, logsPrincipal, to.Role, "CloudWatchLogs", a.Account, a.Region)
	}
	if trace != "" {
		info := call.From(as)
		info.TraceID = trace
		as = call.With(as, info)
	}
	data := base64.StdEncoding.EncodeToString(packed)
	switch a.Service {
	case "lambda":
		payload, err := json.Marshal(map[string]any{"awslogs": map[string]string{"data": data}})
		if err != nil {
			return task.Dead(err)
		}
		_, err = s.Caller.Call(as, "lambda", "Invoke", &lambda.InvokeInput{
			FunctionName: to.Target, InvocationType: new(string(lambda.InvocationTypeEvent)), Payload: payload,
		})
		return err
	case "kinesis":
		key := d.LogStream
		if f.Distribution == "Random" {
			key = s.IDs.Hex(16)
		}
		return s.sendJSON(as, "kinesis", "PutRecord", map[string]any{"StreamName": strings.TrimPrefix(a.Resource, "stream/"), "Data": data, "PartitionKey": key})
	default:
		return s.sendJSON(as, "firehose", "PutRecord", map[string]any{
			"DeliveryStreamName": strings.TrimPrefix(a.Resource, "deliverystream/"), "Record": map[string]string{"Data": data},
		})
	}
}

// sendJSON calls a service whose shapes may not be part of the platform.
func (s *Service) sendJSON(ctx context.Context, service, operation string, in any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return task.Dead(err)
	}
	_, err = s.Caller.CallJSON(ctx, service, operation, b)
	return err
}
