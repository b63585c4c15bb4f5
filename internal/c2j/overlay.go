package c2j

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Overlay is one correction of a model: a JSON merge patch (RFC 7396), and why
// it is needed.
type Overlay struct {
	Reason string          `json:"reason"`
	Patch  json.RawMessage `json:"patch"`
}

// ParseOverlays reads a file of overlays. Each must say its reason.
func ParseOverlays(data []byte) ([]Overlay, error) {
	var list []Overlay
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("parse overlays: %w", err)
	}
	for i, o := range list {
		if o.Reason == "" {
			return nil, fmt.Errorf("overlay %d has no reason", i)
		}
		if len(o.Patch) == 0 {
			return nil, fmt.Errorf("overlay %q has no patch", o.Reason)
		}
	}
	return list, nil
}

// merge applies an RFC 7396 patch. Unlike the RFC it keeps the order of keys,
// since members are laid out in the model's order, and puts new ones last.
func merge(target, patch json.RawMessage) (json.RawMessage, error) {
	if patch = bytes.TrimSpace(patch); len(patch) == 0 || patch[0] != '{' {
		return patch, nil
	}
	var from, into Ordered[json.RawMessage]
	if err := json.Unmarshal(patch, &from); err != nil {
		return nil, err
	}
	if target = bytes.TrimSpace(target); len(target) > 0 && target[0] == '{' {
		if err := json.Unmarshal(target, &into); err != nil {
			return nil, err
		}
	}
	for _, key := range from.Keys {
		value := from.Get(key)
		if string(value) == "null" {
			into.remove(key)
			continue
		}
		merged, err := merge(into.Get(key), value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		into.set(key, merged)
	}
	return into.MarshalJSON()
}

// Ordered is a JSON object that remembers the order of its keys.
type Ordered[T any] struct {
	Keys   []string
	values map[string]T
}

// Get returns the value of key, or the zero value.
func (o *Ordered[T]) Get(key string) T { return o.values[key] }

// set adds key at the end, or replaces its value where it is.
func (o *Ordered[T]) set(key string, v T) {
	if o.values == nil {
		o.values = map[string]T{}
	}
	if _, ok := o.values[key]; !ok {
		o.Keys = append(o.Keys, key)
	}
	o.values[key] = v
}

// remove drops key; an absent one is no fault.
func (o *Ordered[T]) remove(key string) {
	if _, ok := o.values[key]; !ok {
		return
	}
	delete(o.values, key)
	for i, k := range o.Keys {
		if k == key {
			o.Keys = append(o.Keys[:i:i], o.Keys[i+1:]...)
			return
		}
	}
}

// UnmarshalJSON reads an object key by key.
func (o *Ordered[T]) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if tok, err := dec.Token(); err != nil {
		return err
	} else if tok != json.Delim('{') {
		return errors.New("not a JSON object")
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		var v T
		if err := dec.Decode(&v); err != nil {
			return fmt.Errorf("%v: %w", key, err)
		}
		o.set(key.(string), v)
	}
	return nil
}

// MarshalJSON writes the object in the order of its keys.
func (o *Ordered[T]) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, key := range o.Keys {
		if i > 0 {
			b.WriteByte(',')
		}
		k, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		v, err := json.Marshal(o.values[key])
		if err != nil {
			return nil, err
		}
		b.Write(k)
		b.WriteByte(':')
		b.Write(v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
