package machine

import (
	"container/list"
	"errors"
	"fmt"
	"strings"
	"sync"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/asl"
)

// shelfSize is how many revisions are kept ready.
const shelfSize = 2000

// Shelf keeps revisions that are ready to run. Revisions never change, so what
// is on it is right whoever wrote it.
type Shelf struct {
	mu    sync.Mutex
	order *list.List // of *Prepared, the latest used first
	byKey map[string]*list.Element
}

// shelved is a place on the shelf.
type shelved struct {
	key string
	p   *Prepared
}

// NewShelf returns an empty shelf.
func NewShelf() *Shelf { return &Shelf{order: list.New(), byKey: make(map[string]*list.Element)} }

// Reset empties the shelf.
func (s *Shelf) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.order.Init()
	clear(s.byKey)
}

// errGone says that a revision is not there.
var errGone = errors.New("machine: no such revision")

// Get returns a revision, which it reads if it is not on the shelf.
func (s *Shelf) Get(tx *kv.Tx, h Home, name, revision string) (*Prepared, error) {
	key := strings.Join([]string{h.Account, h.Region, name, revision}, "\x00")
	s.mu.Lock()
	if e, ok := s.byKey[key]; ok {
		s.order.MoveToFront(e)
		s.mu.Unlock()
		return e.Value.(*shelved).p, nil
	}
	s.mu.Unlock()
	p, err := prepare(tx, h, name, revision)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.byKey[key]; !ok {
		s.byKey[key] = s.order.PushFront(&shelved{key, p})
		if s.order.Len() > shelfSize {
			last := s.order.Back()
			delete(s.byKey, last.Value.(*shelved).key)
			s.order.Remove(last)
		}
	}
	return p, nil
}

// prepare reads a revision and compiles it.
func prepare(tx *kv.Tx, h Home, name, revision string) (*Prepared, error) {
	r, ok, err := kv.Get[Revision](tx, h.RevisionKey(name, revision))
	if err != nil {
		return nil, fmt.Errorf("load revision: %w", err)
	}
	if !ok {
		return nil, errGone
	}
	text, err := Definition(tx, h, name, revision)
	if err != nil {
		return nil, err
	}
	return Compile(name, r, text)
}

// Compile makes a revision ready to run.
func Compile(name string, r Revision, definition string) (*Prepared, error) {
	tree, findings := asl.ParseType([]byte(definition), r.Express)
	if tree == nil {
		return nil, fmt.Errorf("stored definition of %s: %s", name, asl.Message(findings))
	}
	p := &Prepared{Revision: r, Machine: name, Definition: definition, Tree: tree, LogLevel: "OFF"}
	if l := r.Logging; l != nil && l.Level != nil && len(l.Destinations) > 0 {
		if g := l.Destinations[0].CloudWatchLogsLogGroup; g != nil && g.LogGroupArn != nil {
			p.LogLevel, p.LogGroup = *l.Level, strings.TrimSuffix(*g.LogGroupArn, ":*")
			p.LogData = l.IncludeExecutionData != nil && *l.IncludeExecutionData
		}
	}
	return p, nil
}
