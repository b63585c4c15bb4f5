package ssm

import (
	"context"
	"encoding/json"
	"time"

	api "maru.dev/maru/api/ssm"
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

// expiryKind is the task that removes a parameter whose time has come.
const expiryKind = "ssm.expiry"

// maxPolicies is how many a parameter may have.
const maxPolicies = 10

// policy is one of a parameter's policies, as it was given.
type policy struct {
	Type string
	Text string
}

// expiry is the body of that task: the version that asked for it.
type expiry struct {
	Account, Region, Name string
	Version               int64
}

// readPolicies reads a request's policies and when the parameter is to go; the
// zero time is never.
func readPolicies(raw string, now time.Time) (list []policy, expires time.Time, err error) {
	if raw == "" || raw == "{}" {
		return nil, expires, nil
	}
	var given []json.RawMessage
	if json.Unmarshal([]byte(raw), &given) != nil {
		return nil, expires, &api.InvalidPolicyAttributeException{Message: "The policies must be a JSON array."}
	}
	if len(given) > maxPolicies {
		return nil, expires, &api.PoliciesLimitExceededException{Message: "A parameter can have at most 10 policies."}
	}
	for _, text := range given {
		var p struct {
			Type, Version string
			Attributes    map[string]string
		}
		if json.Unmarshal(text, &p) != nil {
			return nil, expires, &api.InvalidPolicyAttributeException{Message: "The policy is not valid: " + string(text)}
		}
		switch p.Type {
		case "Expiration":
			expires, err = time.Parse(time.RFC3339, p.Attributes["Timestamp"])
			if err != nil || !expires.After(now) {
				return nil, expires, &api.InvalidPolicyAttributeException{
					Message: "The Timestamp of an Expiration policy must be a future time in ISO 8601.",
				}
			}
		case "ExpirationNotification", "NoChangeNotification":
		default:
			return nil, expires, &api.InvalidPolicyTypeException{Message: "The policy type is not valid: " + p.Type + "."}
		}
		list = append(list, policy{p.Type, string(text)})
	}
	return list, expires, nil
}

// renderPolicies writes policies as clients see them.
func renderPolicies(list []policy) []api.ParameterInlinePolicy {
	all := make([]api.ParameterInlinePolicy, len(list))
	for i, p := range list {
		all[i] = api.ParameterInlinePolicy{PolicyText: &p.Text, PolicyType: &p.Type, PolicyStatus: new("Pending")}
	}
	return all
}

// schedule has a parameter removed at a time, or no more.
func (s *Service) schedule(tx *kv.Tx, h home, p *parameter, expires time.Time) error {
	key := h.arnOf(p.Name)
	if expires.IsZero() {
		return s.Tasks.CancelKey(tx, expiryKind, key)
	}
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: expiryKind, Key: key, Owner: key, Due: expires, Dated: true, Body: expiry{h.Account, h.Region, p.Name, p.Newest.N},
		Account: h.Account, Region: h.Region,
	})
	return err
}

// runExpiry removes a parameter, unless it has another version by now.
func (s *Service) runExpiry(ctx context.Context, run *task.Run) error {
	var e expiry
	if err := run.Decode(&e); err != nil {
		return task.Dead(err)
	}
	h := home{e.Account, e.Region}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		p, ok, err := kv.Get[parameter](tx, h.parameterKey(e.Name))
		if err != nil {
			return err
		}
		if ok && p.Newest.N == e.Version {
			if err := s.remove(tx, h, &p); err != nil {
				return err
			}
		}
		return run.Done(tx)
	})
}
