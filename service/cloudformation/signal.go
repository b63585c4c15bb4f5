package cloudformation

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"maru.dev/maru/kv"
	types "maru.dev/maru/service/cloudformation/resource"
	"maru.dev/maru/task"
)

// handleType is the type of a wait condition's handle, whose signals are for
// the condition that names it.
const handleType = "AWS::CloudFormation::WaitConditionHandle"

// conditionType is the type of wait conditions.
const conditionType = "AWS::CloudFormation::WaitCondition"

// loadSignals reads the signals that a step waits for: its own, and a wait
// condition's those of its handle.
func loadSignals(tx *kv.Tx, h home, p *step, resources map[string]*resource) ([]types.Signal, error) {
	token := p.Target.Token
	if p.Target.Type == conditionType {
		handle, _ := decodeObject(p.Target.Props)["Handle"].(string)
		for _, r := range resources {
			if r.Now != nil && r.Now.Type == handleType && r.Now.ID == handle {
				token = r.Now.Token
			}
		}
	}
	var out []types.Signal
	for row, err := range kv.Scan[types.Signal](tx, kv.Prefix(h.signalsOf(token))) {
		if err != nil {
			return nil, fmt.Errorf("load signals: %w", err)
		}
		out = append(out, row.Value)
	}
	return out, nil
}

// maxSignal is the largest answer of a custom resource, in bytes.
const maxSignal = 4096

// maxSignals is how many signals of different ids are kept for a step. It is far more
// than a wait condition is told to wait for: each is looked at again when another comes.
const maxSignals = 1000

// readSignal reads what was sent to a URL: a wait condition's signal, which has an id,
// a status and data or a reason; or else the answer of a custom resource, which is
// kept as it is under the id that is given, and is a failure to a wait condition.
func readSignal(id string, body []byte) types.Signal {
	if len(body) > maxSignal {
		return types.Signal{ID: id, Status: types.Failure, Body: `{"Status":"FAILED","Reason":"Response object is too long."}`}
	}
	var sent map[string]json.RawMessage
	if json.Unmarshal(body, &sent) != nil || plainText(sent["UniqueId"]) == "" {
		return types.Signal{ID: id, Status: types.Failure, Body: string(body)}
	}
	sig := types.Signal{ID: plainText(sent["UniqueId"]), Status: plainText(sent["Status"]), Body: plainText(sent["Data"])}
	if sig.Status != types.Success {
		sig.Status, sig.Body = types.Failure, plainText(sent["Reason"])
	}
	return sig
}

// plainText is the text of a part of a document: what is no text is so as it is
// written.
func plainText(part json.RawMessage) string {
	var text string
	if json.Unmarshal(part, &text) != nil {
		return string(part)
	}
	return text
}

// Signal takes what was sent to the URL that a custom resource's function or
// a wait condition's handle was given. It tells whether the token is known. What is
// sent after maxSignals is not kept.
func (s *Service) Signal(ctx context.Context, account, region, token string, body []byte) (known bool, err error) {
	h := home{account, region}
	sig := readSignal(s.IDs.UUID(), body)
	sig.At = s.Clock.Now()
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		w, ok, err := kv.Get[waiter](tx, h.waiterKey(token))
		if known = ok; err != nil || !ok {
			return err
		}
		key := h.signalsOf(token).With(sig.ID)
		_, again, err := kv.Get[types.Signal](tx, key)
		if err != nil || !again && w.Signals >= maxSignals {
			return err
		}
		if !again {
			w.Signals++
			if err := kv.Put(tx, h.waiterKey(token), w); err != nil {
				return err
			}
		}
		if err := kv.Put(tx, key, sig); err != nil {
			return err
		}
		return s.wakeSteps(tx, h, w)
	})
	return known, err
}

// wakeSteps lets the step that waits for a signal look at once; a handle's
// signal may be for any of the stack's waiting steps.
func (s *Service) wakeSteps(tx *kv.Tx, h home, w waiter) error {
	sc, err := loadState(tx, h, work{StackID: w.StackID, Operation: w.Operation})
	if err != nil || sc == nil {
		return err
	}
	for _, p := range sc.steps {
		if p.State == running && p.Called {
			if err := s.schedule(tx, h, sc.st, sc.op, p.Key, time.Time{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// runTimeout fails a creation that took too long.
func (s *Service) runTimeout(ctx context.Context, run *task.Run) error {
	var w work
	if err := run.Decode(&w); err != nil {
		return task.Dead(err)
	}
	h := home{run.Account, run.Region}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := run.Done(tx); err != nil {
			return err
		}
		sc, err := loadState(tx, h, w)
		if err != nil || sc == nil || sc.op.Phase != applyPhase || sc.op.Failing {
			return err
		}
		return s.abort(tx, sc, "Stack creation time exceeded the specified timeout. ")
	})
}

// abort makes an operation fail for a reason of its own.
func (s *Service) abort(tx *kv.Tx, sc *scene, reason string) error {
	sc.op.Failing, sc.op.Reason = true, reason
	if err := kv.Put(tx, sc.h.operationKey(sc.st.ID), *sc.op); err != nil {
		return err
	}
	sc.step = &step{}
	if err := s.hurry(tx, sc); err != nil {
		return err
	}
	return s.advance(tx, sc.h, sc.st, sc.op, sc.steps)
}
