package scheduler

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"

	api "maru.dev/maru/api/scheduler"
	"maru.dev/maru/wire"
)

// readOnly lists how the names of operations begin that no schedule may call.
//
// Spec: EventBridge Scheduler User Guide, Using universal targets.
func readOnly() []string {
	return strings.Fields(`get describe list poll receive search scan query select read lookup discover validate batchGet
		batchDescribe batchRead transactGet adminGet adminList testMigration retrieve testConnection translateDocument
		isAuthorized invokeModel`)
}

// checkUniversal holds a universal target against the rules. rest is what its
// ARN names: "service:apiAction".
func (s *Service) checkUniversal(t *api.Target, rest string) error {
	name, action, ok := strings.Cut(rest, ":")
	if !ok || name == "" || action == "" || name != strings.ToLower(name) || !unicode.IsLower(rune(action[0])) {
		return invalid("Provided Arn is not in correct format.")
	}
	called := action
	if model := s.services.Named(name); model != nil {
		op := operationOf(model, action)
		if op == nil {
			return invalid("%s is not a supported api for the service %s.", action, name)
		}
		called = strings.ToLower(op.Name[:1]) + op.Name[1:] // whatever its capitals
	}
	if slices.ContainsFunc(readOnly(), func(p string) bool { return strings.HasPrefix(called, p) }) {
		return invalid("%s is not a supported api for the service %s.", action, name)
	}
	if t.EventBridgeParameters != nil || t.KinesisParameters != nil || t.SqsParameters != nil || t.EcsParameters != nil || t.SageMakerPipelineParameters != nil {
		return invalid("Parameters of templated targets cannot be provided for a universal target.")
	}
	if t.Input != nil {
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(*t.Input), &members); err != nil {
			return invalid("Invalid RequestJson provided. Reason: the input is not a JSON object.")
		}
	}
	return nil
}

// operationOf finds an operation by its name with a small first letter.
func operationOf(model *wire.Service, action string) *wire.Operation {
	for i := range model.Operations {
		if strings.EqualFold(model.Operations[i].Name, action) {
			return &model.Operations[i]
		}
	}
	return nil
}

// universal makes the call of a universal target.
func (s *Service) universal(rest, input string) (request, error) {
	name, action, _ := strings.Cut(rest, ":")
	model := s.services.Named(name)
	if model == nil {
		return request{}, wire.NotImplemented(name, action)
	}
	op := operationOf(model, action)
	if op == nil {
		return request{}, wire.NotImplemented(name, action)
	}
	in := json.RawMessage(input)
	if op.Input != wire.NoShape {
		var v any
		d := json.NewDecoder(strings.NewReader(input))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			return request{}, invalid("Invalid RequestJson provided. Reason: the input is not a JSON object.")
		}
		fitted, err := json.Marshal(fit(model, op.Input, v))
		if err != nil {
			return request{}, err
		}
		in = fitted
	}
	return request{model.ID, op.Name, in}, nil
}

// fit writes a value as the shape at row has it: members get the model's own
// names, whatever their capitals (SDKs write QueueUrl and StateMachineArn where
// models say QueueUrl and stateMachineArn), and blobs, which are given as text
// or JSON, become base64. Of a member that is given twice the one with the model's
// own name counts, or else the last by name.
func fit(model *wire.Service, row int, v any) any {
	shape := &model.Shapes[row]
	switch shape.Kind {
	case wire.Structure:
		given, ok := v.(map[string]any)
		if !ok {
			return v
		}
		out := make(map[string]any, len(given))
		for _, name := range slices.Sorted(maps.Keys(given)) {
			i := slices.IndexFunc(shape.Members, func(m wire.Member) bool { return m.Name == name })
			if i < 0 {
				i = slices.IndexFunc(shape.Members, func(m wire.Member) bool { return strings.EqualFold(m.Name, name) })
			}
			if i < 0 {
				out[name] = given[name]
				continue
			}
			m := &shape.Members[i]
			if _, own := given[m.Name]; own && name != m.Name {
				continue
			}
			out[m.Name] = fit(model, m.Ref, given[name])
		}
		return out
	case wire.List:
		list, ok := v.([]any)
		if !ok {
			return v
		}
		out := make([]any, len(list))
		for i, e := range list {
			out[i] = fit(model, shape.Members[0].Ref, e)
		}
		return out
	case wire.Map:
		given, ok := v.(map[string]any)
		if !ok {
			return v
		}
		out := make(map[string]any, len(given))
		for name, e := range given {
			out[name] = fit(model, shape.Members[1].Ref, e)
		}
		return out
	case wire.Blob:
		text, ok := v.(string)
		if !ok {
			raw, err := json.Marshal(v)
			if err != nil {
				return v
			}
			text = string(raw)
		}
		return base64.StdEncoding.EncodeToString([]byte(text))
	}
	return v
}
