package cloudformation

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
)

// event is one line of a stack's history.
type event struct {
	ID                             string
	Logical, Physical, Type        string
	Status, Reason, Token, Details string
	Props                          []byte
	At                             time.Time
}

// teller writes events in one transaction, in order.
type teller struct {
	s  *Service
	tx *kv.Tx
	h  home
	st *stack
	op *operation // may be nil
	at time.Time
	n  int64
}

// tell returns a teller for the events of one transaction.
func (s *Service) tell(tx *kv.Tx, h home, st *stack, op *operation) *teller {
	return &teller{s: s, tx: tx, h: h, st: st, op: op, at: s.Clock.Now()}
}

// stack changes the stack's status and tells of it.
func (t *teller) stack(status, reason string) error {
	t.st.Status, t.st.Reason = status, reason
	return t.add(event{
		Logical: t.st.Name, Physical: t.st.ARN, Type: "AWS::CloudFormation::Stack", Status: status, Reason: reason,
	})
}

// resource changes a resource's status and tells of it.
func (t *teller) resource(r *resource, p *physical, status, reason string) error {
	r.Status, r.Reason, r.At = status, reason, t.at
	e := event{Logical: r.Logical, Type: r.Type, Status: status, Reason: reason}
	if p != nil {
		e.Physical, e.Type, e.Props = p.ID, p.Type, p.Props
	}
	return t.add(e)
}

// add writes an event, and sends it to the topics that the stack notifies.
func (t *teller) add(e event) error {
	// Clients put events in the order of their times, which count milliseconds.
	e.At = t.at.Add(time.Duration(t.n) * time.Millisecond)
	if t.op != nil {
		e.Token = t.op.ClientToken
		e.Props = t.op.Target.hide(e.Props)
	}
	e.ID = eventID(t.st, t.op, e, t.n)
	value, err := encodeEvent(e)
	if err != nil {
		return err
	}
	if err := t.tx.PutAtCommit(t.h.eventsOf(t.st.ID), []any{t.n}, value); err != nil {
		return fmt.Errorf("add event: %w", err)
	}
	t.n++
	t.tx.Wake(service.Topic(t.st.ARN))
	if err := t.emit(e); err != nil {
		return err
	}
	return t.notify(e)
}

// emit puts an event on the account's default event bus, in the form of AWS.
func (t *teller) emit(e event) error {
	detail := map[string]any{
		"stack-id":             t.st.ARN,
		"status-details":       map[string]string{"status": e.Status, "status-reason": e.Reason},
		"client-request-token": e.Token,
	}
	out := service.Event{
		Account: t.h.Account, Region: t.h.Region, Source: "aws.cloudformation", DetailType: "CloudFormation Stack Status Change",
		Resources: []string{t.st.ARN}, Detail: detail, Time: e.At,
	}
	if e.Type != "AWS::CloudFormation::Stack" || e.Physical != t.st.ARN {
		out.DetailType = "CloudFormation Resource Status Change"
		detail["logical-resource-id"], detail["physical-resource-id"], detail["resource-type"] = e.Logical, e.Physical, e.Type
	}
	return t.s.Emit(t.tx, out)
}

// hide replaces the values of parameters that are not to be shown.
func (d *deployment) hide(props []byte) []byte {
	for _, name := range d.NoEcho {
		for _, v := range []string{d.Given[name], d.Resolved[name]} {
			if v == "" {
				continue
			}
			b, err := json.Marshal(v)
			if err != nil {
				continue
			}
			props = bytes.ReplaceAll(props, b[1:len(b)-1], []byte(noEcho))
		}
	}
	return props
}

// eventID is a resource event's id as AWS writes it, with a mark that tells
// events of one moment apart, or a UUID. It is made from what the event tells,
// since a transaction may run twice.
func eventID(st *stack, op *operation, e event, n int64) string {
	id := ""
	if op != nil {
		id = op.ID
	}
	sum := sha256.Sum256(fmt.Append(nil, st.ID, id, e.Logical, e.Physical, e.Status, e.Reason, e.At.UnixNano(), n))
	x := hex.EncodeToString(sum[:16])
	if e.Type != "AWS::CloudFormation::Stack" || e.Physical != st.ARN {
		return e.Logical + "-" + e.Status + "-" + e.At.UTC().Format("2006-01-02T15:04:05.000Z") + "-" + x[:8]
	}
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	x = hex.EncodeToString(b)
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// notify sends an event to the stack's topics, in the form of AWS.
func (t *teller) notify(e event) error {
	arns := t.st.Settings.NotificationARNs
	if len(arns) == 0 {
		return nil
	}
	lines := [][2]string{
		{"StackId", t.st.ARN},
		{"Timestamp", e.At.UTC().Format("2006-01-02T15:04:05.000Z")},
		{"EventId", e.ID},
		{"LogicalResourceId", e.Logical},
		{"Namespace", t.h.Account},
		{"PhysicalResourceId", e.Physical},
		{"ResourceProperties", string(e.Props)},
		{"ResourceStatus", e.Status},
		{"ResourceStatusReason", e.Reason},
		{"ResourceType", e.Type},
		{"StackName", t.st.Name},
		{"ClientRequestToken", e.Token},
	}
	body := ""
	for _, l := range lines {
		body += l[0] + "='" + l[1] + "'\n"
	}
	for _, arn := range arns {
		err := t.s.Tasks.Deliver(t.tx, task.Delivery{
			Target: arn, Payload: []byte(body), Principal: "cloudformation.amazonaws.com", SourceARN: t.st.ARN,
			Account: t.h.Account, Region: t.h.Region,
		})
		if err != nil {
			return fmt.Errorf("notify %s: %w", arn, err)
		}
	}
	return nil
}

// encodeEvent writes an event as it is stored: JSON, since rows whose keys the
// store makes are not records.
func encodeEvent(e event) ([]byte, error) {
	b, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode event: %w", err)
	}
	return b, nil
}
