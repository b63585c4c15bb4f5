package cloudformation

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudformation/template"
)

// chunkSize keeps the values of texts well below what the store holds.
const chunkSize = 512 << 10

// putText stores the texts of a deployment.
func putText(tx *kv.Tx, h home, id string, version int64, t stored) error {
	b, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("encode template: %w", err)
	}
	for n := int64(0); len(b) > 0; n++ {
		size := min(len(b), chunkSize)
		if err := tx.Put(h.textKey(id, version).With(n), b[:size:size]); err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

// getText reads the texts of a deployment.
func getText(tx *kv.Tx, h home, id string, version int64) (stored, error) {
	var b []byte
	for row, err := range tx.Scan(kv.Prefix(h.textKey(id, version))) {
		if err != nil {
			return stored{}, fmt.Errorf("load template: %w", err)
		}
		b = append(b, row.Value...)
	}
	var t stored
	if len(b) == 0 {
		return t, fmt.Errorf("load template: version %d of stack %s is missing", version, id)
	}
	if err := json.Unmarshal(b, &t); err != nil {
		return t, fmt.Errorf("decode template: %w", err)
	}
	return t, nil
}

// reading remembers templates that were read, so that the steps of an
// operation do not each read it. What a stack's version of a template is never
// changes, so nothing in it can be out of date.
type reading struct {
	mu        sync.Mutex
	templates map[string]*template.Template
}

// maxRemembered bounds what reading holds.
const maxRemembered = 64

func newReading() *reading { return &reading{templates: map[string]*template.Template{}} }

// reset forgets everything.
func (r *reading) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.templates)
}

// get returns a template that is remembered.
func (r *reading) get(key string) *template.Template {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.templates[key]
}

// put remembers a template.
func (r *reading) put(key string, t *template.Template) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.templates) >= maxRemembered {
		clear(r.templates)
	}
	r.templates[key] = t
}

// template returns the processed template of a deployment.
func (s *Service) template(ctx context.Context, h home, id string, version int64) (*template.Template, error) {
	key := fmt.Sprint(h.Account, "/", h.Region, "/", id, "/", version)
	if t := s.reading.get(key); t != nil {
		return t, nil
	}
	var text stored
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		text, err = getText(tx, h, id, version)
		return err
	})
	if err != nil {
		return nil, err
	}
	tree, err := template.Reread([]byte(text.Processed))
	if err != nil {
		return nil, err
	}
	t, err := template.New(tree)
	if err != nil {
		return nil, err
	}
	s.reading.put(key, t)
	return t, nil
}
