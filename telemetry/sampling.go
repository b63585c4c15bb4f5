package telemetry

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unique"

	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/pattern/glob"
)

const (
	// allReservoir is how many traces begin in a second where all are kept: more
	// than anybody can look at, and few enough to cost nothing that is felt.
	allReservoir = 100
	// defaultReservoir and defaultRate are X-Ray's default rule.
	defaultReservoir = 1
	defaultRate      = 0.05
	// mostBegun bounds what rules may keep in a second, whatever they say.
	mostBegun = 400
	// mostJoined is how many traces that others have begun are kept in a second.
	mostJoined = 200
	// knownTraces is how many traces are remembered as kept, so that all of their
	// spans are.
	knownTraces = 20_000
	// rulesLife is how long rules count before they are read again.
	rulesLife = 10 * time.Second
)

// SamplingRule says how many of the traces that it is for are kept: so many a
// second, and a share of the rest. Its patterns have X-Ray's wildcards.
type SamplingRule struct {
	Name, Type, ARN    string
	Host, Method, Path string
	Reservoir          int
	Rate               float64
}

// SamplingRules knows the sampling rules of an account and region that its owner
// has made, by priority. What none of them is for, the tracer's own rule decides.
type SamplingRules interface {
	SamplingRules(ctx context.Context, account, region string) ([]SamplingRule, error)
}

// sampler decides which traces are kept.
//
// It counts by the machine's clock: what a second may cost is a matter of real
// seconds.
type sampler struct {
	ids    ids.Source
	source SamplingRules
	rouse  func() // has refresh called soon
	common rule
	begun  quota // all rules together
	joined quota

	mu    sync.RWMutex
	rules map[place]*ruleSet
	stale map[place]bool // to be read

	// known are traces that are kept, by root: their places as a unique.Handle, or
	// nil. First those of late, then those before.
	known [2]sync.Map
	size  atomic.Int64
	turn  sync.Mutex
}

// ruleSet are the rules of a place.
type ruleSet struct {
	rules []*rule
	until time.Time
}

// rule is a sampling rule with what it has let through.
type rule struct {
	SamplingRule

	patterns [6]string // its own, folded; "" is for any text
	quota    quota
}

// newSampler returns a sampler.
func newSampler(all bool, source ids.Source, rouse func()) *sampler {
	s := &sampler{ids: source, rouse: rouse, rules: make(map[place]*ruleSet), stale: make(map[place]bool)}
	s.common.SamplingRule = SamplingRule{Reservoir: defaultReservoir, Rate: defaultRate}
	if all {
		s.common.Reservoir, s.common.Rate = allReservoir, 0
	}
	return s
}

// begin decides about a trace that begins.
func (s *sampler) begin(root string, at place, of Rooted) bool {
	now := clock.System{}.Now()
	r := s.rule(now, at, of)
	if !r.quota.take(now, r.Reservoir) && (r.Rate == 0 || s.ids.Float() >= r.Rate) || !s.begun.take(now, mostBegun) {
		return false
	}
	s.remember(root, unique.Make(at))
	return true
}

// rule finds the rule that a trace falls under.
func (s *sampler) rule(now time.Time, at place, of Rooted) *rule {
	if s.source == nil {
		return &s.common
	}
	s.mu.RLock()
	set := s.rules[at]
	s.mu.RUnlock()
	if set == nil || now.After(set.until) {
		s.expire(at)
	}
	if set == nil || len(set.rules) == 0 {
		return &s.common
	}
	root := of.Root()
	for _, r := range set.rules {
		if r.matches(&root) {
			return r
		}
	}
	return &s.common
}

// expire has the rules of a place read.
func (s *sampler) expire(at place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stale[at] {
		s.stale[at] = true
		s.rouse()
	}
}

// refresh reads the rules that are missing or old. Until then the old ones
// count.
func (s *sampler) refresh(ctx context.Context, logger *slog.Logger) {
	s.mu.Lock()
	stale := s.stale
	s.stale = make(map[place]bool)
	s.mu.Unlock()
	for at := range stale {
		told, err := s.source.SamplingRules(ctx, at.account, at.region)
		if err != nil {
			if ctx.Err() == nil {
				logger.WarnContext(ctx, "read sampling rules", "err", err)
			}
			continue
		}
		s.keep(at, told)
	}
}

// keep takes rules in. A rule that has not changed goes on with what it has let
// through in this second.
func (s *sampler) keep(at place, told []SamplingRule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.rules[at]
	set := &ruleSet{until: clock.System{}.Now().Add(rulesLife)}
	for i, r := range told {
		next := &rule{SamplingRule: r, patterns: [...]string{r.Name, r.Type, r.ARN, r.Host, r.Method, r.Path}}
		for i, pattern := range next.patterns {
			if pattern == "*" {
				pattern = ""
			}
			next.patterns[i] = folded(pattern)
		}
		if before != nil && i < len(before.rules) && before.rules[i].SamplingRule == r {
			next = before.rules[i]
		}
		set.rules = append(set.rules, next)
	}
	s.rules[at] = set
}

// matches tells whether a rule is for a trace.
func (r *rule) matches(root *Root) bool {
	for i, text := range [...]string{root.Name, root.Type, root.ARN, root.Host, root.Method, root.Path} {
		if pattern := r.patterns[i]; pattern != "" && !glob.Match(pattern, folded(text)) {
			return false
		}
	}
	return true
}

// folded is a text as it is compared: letters match in either case. A NUL is a
// character like others to X-Ray but not to glob, so that it is a capital, of which
// none is left.
func folded(text string) string {
	fold := func(c byte) byte {
		switch {
		case 'A' <= c && c <= 'Z':
			return c + 'a' - 'A'
		case c == glob.Literal:
			return 'A'
		}
		return c
	}
	for at := range len(text) {
		if fold(text[at]) == text[at] {
			continue
		}
		b := []byte(text)
		for ; at < len(b); at++ {
			b[at] = fold(b[at])
		}
		return string(b)
	}
	return text
}

// admits tells whether the spans of a trace are kept: it began here, or is one
// of those that others have begun for which there is room. Once it is, it stays.
func (s *sampler) admits(root string) bool {
	if _, ok := s.known[0].Load(root); ok {
		return true
	}
	at, ok := s.known[1].Load(root)
	if !ok && !s.joined.take(clock.System{}.Now(), mostJoined) {
		return false
	}
	s.remember(root, at)
	return true
}

// remember notes that a trace is kept, and where it began if that is known. The
// root and the place are parts of a request's text, which is not kept for them.
func (s *sampler) remember(root string, at any) {
	if _, there := s.known[0].LoadOrStore(strings.Clone(root), at); there {
		return
	}
	if s.size.Add(1) < knownTraces/2 {
		return
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	if s.size.Load() < knownTraces/2 {
		return
	}
	s.size.Store(0)
	s.known[1].Clear()
	s.known[0].Range(func(k, v any) bool { s.known[1].Store(k, v); return true })
	s.known[0].Clear()
}

// quota lets so many through in a second: the second in its upper, how many in
// its lower half.
type quota struct{ state atomic.Uint64 }

// take takes one of a second's.
func (q *quota) take(now time.Time, most int) bool {
	second := uint64(uint32(now.Unix()))
	for {
		was := q.state.Load()
		n := was & 0xffffffff
		if was>>32 != second {
			n = 0
		}
		if n >= uint64(most) {
			return false
		}
		if q.state.CompareAndSwap(was, second<<32|n+1) {
			return true
		}
	}
}
