package account

import (
	"slices"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/service/rows"
	"maru.dev/maru/wire"
)

// The lengths of an API key's value.
const (
	newKeyValue = 40
	minKeyValue = 20
	maxKeyValue = 128
)

// keys are an account's API keys, with their values.
func keys() rows.Table[api.ApiKey] {
	return record.Table[api.ApiKey]("key", "Invalid API Key identifier specified")
}

// holdings are what requests find by an API key's value.
func holdings() rows.Table[holding] {
	return record.Table[holding]("keyvalue", "Invalid API Key identifier specified")
}

// holding is an API key as requests find it: by its value alone. Plans are the ids
// of the usage plans that it is in, in their order.
type holding struct {
	ID, Name string
	Enabled  bool
	Plans    []string
}

// checkKey holds an API key against the rules.
func checkKey(k *api.ApiKey) error {
	v := wire.Value(k.Value)
	switch {
	case len(v) < minKeyValue:
		return fault.BadRequest("API Key value should be at least %d characters", minKeyValue)
	case len(v) > maxKeyValue:
		return fault.BadRequest("API Key value should be at most %d characters", maxKeyValue)
	case len(wire.Value(k.Name)) > 1024:
		return fault.BadRequest("Name must be at most 1024 characters in length")
	}
	return record.CheckTags(k.Tags)
}

// insertKey writes a new API key, whose value nobody else may have.
func insertKey(tx *kv.Tx, at service.Home, k *api.ApiKey) error {
	_, taken, err := holdings().Get(tx, at, *k.Value)
	switch {
	case err != nil:
		return err
	case taken:
		return fault.Conflict("API Key already exists")
	}
	if err := keys().Put(tx, *k, at, *k.Id); err != nil {
		return err
	}
	h := holding{ID: *k.Id, Name: wire.Value(k.Name), Enabled: *k.Enabled}
	return holdings().Put(tx, h, at, *k.Value)
}

// hold changes what requests find of an API key.
func hold(tx *kv.Tx, at service.Home, k *api.ApiKey, how func(h *holding)) error {
	h, err := holdings().Need(tx, at, *k.Value)
	if err != nil {
		return err
	}
	how(&h)
	return holdings().Put(tx, h, at, *k.Value)
}

// plansOf are the ids of the usage plans that an API key is in.
func plansOf(tx *kv.Tx, at service.Home, keyID string) ([]string, error) {
	k, err := keys().Need(tx, at, keyID)
	if err != nil {
		return nil, err
	}
	h, err := holdings().Need(tx, at, *k.Value)
	return h.Plans, err
}

// addStageKey notes a stage, as "api/stage", with an API key. It is not what lets
// the key in: usage plans are.
func (s *Service) addStageKey(tx *kv.Tx, at service.Home, k *api.ApiKey, stageKey string) error {
	apiID, stage, _ := strings.Cut(stageKey, "/")
	there, err := s.apis.HasStage(tx, at, apiID, stage)
	switch {
	case err != nil:
		return err
	case !there:
		return fault.NotFound("Invalid stage identifier specified")
	}
	if !slices.Contains(k.StageKeys, stageKey) {
		k.StageKeys = append(k.StageKeys, stageKey)
	}
	return nil
}

// shown is an API key as it is listed: its value only if asked for.
func shown(k api.ApiKey, value *bool) api.ApiKey {
	if !wire.Value(value) {
		k.Value = nil
	}
	return k
}

// begins tells whether a name begins as it is asked for; nil asks for all.
func begins(name, query *string) bool {
	return strings.HasPrefix(wire.Value(name), wire.Value(query))
}
