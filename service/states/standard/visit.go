package standard

import (
	"fmt"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/history"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/task"
)

// visit is the engine's Host within one transaction.
type visit struct {
	runner *Runner
	tx     *kv.Tx
	x      *Execution
	p      *machine.Prepared
	turn   *engine.Turn
	base   *value.Object
}

// Load implements engine.Host.
func (v *visit) Load(event int64) (*engine.Payload, error) {
	return v.runner.dataOf(v.tx, v.x, event)
}

// Assigned implements engine.Host.
func (v *visit) Assigned(event int64) (*value.Object, error) {
	return assignedBy(v.tx, v.x.Key, event)
}

// Context implements engine.Host.
func (v *visit) Context() (*value.Object, error) {
	if v.base != nil {
		return v.base, nil
	}
	input := v.turn.Payloads()[1]
	if input == nil {
		var err error
		if input, err = v.Load(1); err != nil {
			return nil, err
		}
	}
	e := flow.Execution{
		ID: v.x.Key.ARN(), Input: input.Value, Name: v.x.Key.Name, RoleARN: v.x.Role, StartTime: At(v.x.Started),
		RedriveCount: v.x.Redrives, MachineID: v.x.MachineARN(), MachineName: v.x.Key.Scope,
	}
	if v.x.RedrivenAt != 0 {
		e.RedriveTime = At(v.x.RedrivenAt)
	}
	v.base = flow.ExecutionContext(e)
	return v.base, nil
}

// callLease is how long a call may take: the longest is that of a function.
const callLease = 16 * time.Minute

// work is the body of a task that continues an execution.
type work struct {
	Scope  string          `cbor:"1,keyasint"`
	Name   string          `cbor:"2,keyasint"`
	Kind   engine.WorkKind `cbor:"3,keyasint"`
	Thread int64           `cbor:"4,keyasint,omitempty"`
	Event  int64           `cbor:"5,keyasint,omitempty"`
}

// Later implements engine.Host.
func (v *visit) Later(w engine.Work) (string, error) {
	t := task.Task{
		Kind: workKind, Owner: v.x.Key.ARN(), Due: w.At, Dated: w.Dated, Account: v.x.Key.Account, Region: v.x.Key.Region, TraceID: v.x.Trace,
		Policy: task.Policy{MinBackoff: 200 * time.Millisecond, MaxBackoff: 30 * time.Second},
		Body:   work{v.x.Key.Scope, v.x.Key.Name, w.Kind, w.Thread, w.Event},
	}
	if w.Kind == engine.WorkCall {
		t.Lease = callLease
		t.Policy.MaxAttempts = 4
	}
	id, err := v.runner.deps.Tasks.Add(v.tx, t)
	return string(id), err
}

// Cancel implements engine.Host.
func (v *visit) Cancel(work string) error {
	return v.runner.deps.Tasks.Cancel(v.tx, task.ID(work))
}

// Check implements engine.Host.
func (v *visit) Check(res *asl.Resource, args any) *flow.Failure {
	return v.runner.integrations.Check(res, args)
}

// Token implements engine.Host.
func (v *visit) Token(t *engine.Thread) string { return tokenOf(v.x.Key, t).String() }

// Offer implements engine.Host.
func (v *visit) Offer(activity string, t *engine.Thread) error {
	return offer(v.tx, activity, tokenOf(v.x.Key, t))
}

// save writes what came of a turn.
func (r *Runner) save(tx *kv.Tx, before, x *Execution, p *machine.Prepared, t *engine.Turn) error {
	x.Status = t.Status
	if t.Status != engine.Running {
		x.Stopped = t.Stamp()
		x.Error, x.Cause = t.Error, t.Cause
		if t.Output != nil {
			x.Output = t.Output.Event
		}
	}
	if len(t.Events) > 0 {
		for _, chunk := range history.Chunks(t.Events) {
			text, err := history.Encode(chunk)
			if err != nil {
				return err
			}
			if err := tx.Put(x.Key.chunkKey(chunk[0].ID), text); err != nil {
				return err
			}
		}
	}
	if err := kv.Put(tx, x.Key.key(), *x); err != nil {
		return err
	}
	if before.Status != x.Status {
		if err := r.changed(tx, before, x, t); err != nil {
			return err
		}
	}
	return r.log(tx, x, p, t.Events)
}

// changed moves an execution in the index to its new status, and tells those who
// wait for it.
func (r *Runner) changed(tx *kv.Tx, before, x *Execution, t *engine.Turn) error {
	if before.Status != 0 {
		if err := tx.Delete(before.indexKey()); err != nil {
			return err
		}
	}
	if err := tx.Put(x.indexKey(), nil); err != nil {
		return err
	}
	if err := r.announce(tx, before, x, t); err != nil {
		return err
	}
	if x.Status == engine.Running {
		return nil
	}
	if x.Run != "" {
		return r.childEnded(tx, x.Key.Home, x.Run, x.Item, childEnd{
			Name: x.Key.Name, Status: x.Status, Items: x.Items, Fixed: x.Status != engine.Succeeded && x.full(),
		})
	}
	tx.Wake(x.Key.Topic())
	if x.Parent == "" {
		return nil
	}
	parent, ok := ParseToken(x.Parent)
	if !ok {
		return fmt.Errorf("%s has a parent without a token", x.Key.ARN())
	}
	_, err := r.deps.Tasks.Add(tx, task.Task{
		Kind: answerKind, Owner: parent.Key().ARN(), Account: parent.Account, Region: parent.Region, TraceID: x.Trace,
		Policy: task.Policy{MinBackoff: 10 * time.Millisecond, MaxBackoff: 10 * time.Second},
		Body:   answer{Token: x.Parent, Scope: x.Key.Scope, Name: x.Key.Name, Account: x.Key.Account, Region: x.Key.Region},
	})
	return err
}

// announce tells the default event bus of an execution's status.
//
// Spec: Step Functions Developer Guide, Automating Step Functions event delivery
// with EventBridge.
func (r *Runner) announce(tx *kv.Tx, before, x *Execution, t *engine.Turn) error {
	if x.Run != "" {
		return nil // children of map runs are not announced
	}
	if before.Status == 0 && x.Status != engine.Running { // it began and ended at once
		began := *x
		began.Status, began.Output, began.Stopped, began.Error, began.Cause = engine.Running, 0, 0, nil, nil
		if err := r.emit(tx, &began, t); err != nil {
			return err
		}
	}
	return r.emit(tx, x, t)
}

// statusDetail is the detail of the event of a status.
type statusDetail struct {
	ExecutionArn           string  `json:"executionArn"`
	StateMachineArn        string  `json:"stateMachineArn"`
	Name                   string  `json:"name"`
	Status                 string  `json:"status"`
	StartDate              int64   `json:"startDate"`
	StopDate               *int64  `json:"stopDate"`
	Input                  *string `json:"input"`
	InputDetails           *detail `json:"inputDetails"`
	Output                 *string `json:"output"`
	OutputDetails          *detail `json:"outputDetails"`
	StateMachineVersionArn *string `json:"stateMachineVersionArn"`
	StateMachineAliasArn   *string `json:"stateMachineAliasArn"`
	RedriveCount           int64   `json:"redriveCount"`
	RedriveDate            *int64  `json:"redriveDate"`
	RedriveStatus          string  `json:"redriveStatus"`
	RedriveStatusReason    *string `json:"redriveStatusReason"`
	Error                  *string `json:"error"`
	Cause                  *string `json:"cause"`
}

// detail tells whether data is in an event.
type detail struct {
	Included bool `json:"included"`
}

// maxAnnounced is how large input and output may be together in an event.
const maxAnnounced = 248 << 10

// emit puts the event of a status on the bus.
func (r *Runner) emit(tx *kv.Tx, x *Execution, t *engine.Turn) error {
	listeners, err := tx.Count(service.ListenersKey(x.Key.Account, x.Key.Region))
	if err != nil || listeners == 0 {
		return err
	}
	input, err := r.textOf(tx, x, t, 1)
	if err != nil {
		return err
	}
	status, reason := x.Redrivable(t.Now)
	d := statusDetail{
		ExecutionArn: x.Key.ARN(), StateMachineArn: x.MachineARN(), Name: x.Key.Name, Status: x.Status.String(),
		StartDate: x.Started, RedriveCount: x.Redrives, Error: x.Error, Cause: x.Cause, InputDetails: &detail{true}, Input: &input,
		StateMachineVersionArn: textOrNil(x.VersionARN()), StateMachineAliasArn: textOrNil(x.AliasARN()),
		RedriveStatus: status, RedriveStatusReason: textOrNil(reason),
	}
	if x.Stopped != 0 {
		d.StopDate = &x.Stopped
	}
	if x.RedrivenAt != 0 {
		d.RedriveDate = &x.RedrivenAt
	}
	if x.Output != 0 {
		output, err := r.textOf(tx, x, t, x.Output)
		if err != nil {
			return err
		}
		d.Output, d.OutputDetails = &output, &detail{true}
		if len(input)+len(output) > maxAnnounced {
			d.Output, d.OutputDetails = nil, &detail{}
		}
	}
	if len(input) > maxAnnounced {
		d.Input, d.InputDetails = nil, &detail{}
	}
	return r.deps.Emit(tx, service.Event{
		Account: x.Key.Account, Region: x.Key.Region, Source: "aws.states", DetailType: "Step Functions Execution Status Change",
		Resources: []string{x.Key.ARN()}, Detail: d, Time: t.Now, TraceID: x.Trace,
	})
}

// textOf returns the data of an event of this turn or an earlier one.
func (r *Runner) textOf(tx *kv.Tx, x *Execution, t *engine.Turn, event int64) (string, error) {
	if p, ok := t.Payloads()[event]; ok {
		return p.Text, nil
	}
	p, err := r.dataOf(tx, x, event)
	if err != nil {
		return "", err
	}
	return p.Text, nil
}

// textOrNil is a text that may be absent.
func textOrNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
