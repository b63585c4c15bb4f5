package pattern

import (
	"math"
	"math/bits"
	"net/netip"
	"slices"
	"strings"
	"unicode"
)

// branch is a node of a Set's tree: a leaf with roads, or a division.
type branch[K comparable] struct {
	roads  []*road[K]
	size   int // roads in it and below
	retry  int // a leaf that could not be divided is tried again at this size
	above  []string
	field  want // what divides it; without a path it is a leaf
	rest   *branch[K]
	values map[slot]*branch[K]
	shape  shape
}

// slot is where a test sends a road, and a value sends an event. Its text is
// what the value is, begins with or ends with.
type slot struct {
	op    op
	kind  kind
	text  string
	bits  uint64
	width int // of a block of numbers: how many of its first bits count
	block netip.Prefix
}

// shape counts the slots of a branch by kind, so that an event is only sent
// where there may be something.
type shape struct {
	fold, any int
	prefixes  map[int]int // length → slots
	suffixes  map[int]int
	parts     map[int]int
	widths    map[int]int // of blocks of numbers
	masks     map[mask]int
}

// mask is a length of network prefixes.
type mask struct {
	bits int
	v6   bool
}

// count adds slots of the kind of s, or takes them away.
func (h *shape) count(s slot, delta int) {
	switch s.op {
	case equalsFold:
		h.fold += delta
	case exists:
		h.any += delta
	case numeric:
		h.widths = tally(h.widths, s.width, delta)
	case wildcard:
		h.parts = tally(h.parts, len(s.text), delta)
	case prefix:
		h.prefixes = tally(h.prefixes, len(s.text), delta)
	case suffix:
		h.suffixes = tally(h.suffixes, len(s.text), delta)
	case cidr:
		h.masks = tally(h.masks, mask{s.block.Bits(), s.block.Addr().Is6()}, delta)
	}
}

// tally adds delta to a counter, and drops it when it is zero.
func tally[T comparable](counts map[T]int, of T, delta int) map[T]int {
	if counts == nil {
		counts = make(map[T]int)
	}
	if counts[of] += delta; counts[of] == 0 {
		delete(counts, of)
	}
	return counts
}

// eachBlock calls visit with the networks of the branch's masks that an address
// is in.
func (h *shape) eachBlock(text string, visit func(netip.Prefix)) {
	address, err := netip.ParseAddr(text)
	if err != nil {
		return
	}
	for m := range h.masks {
		if m.v6 != address.Is6() {
			continue
		}
		if block, err := address.WithZone("").Prefix(m.bits); err == nil {
			visit(block)
		}
	}
}

// slots returns where a test sends its road.
func (t *test) slots() []slot {
	switch t.op {
	case equals:
		return []slot{t.want.slot()}
	case equalsFold:
		return []slot{{op: equalsFold, text: folded(t.text)}}
	case prefix, suffix:
		if t.text != "" {
			return []slot{{op: t.op, text: t.text}}
		}
	case wildcard:
		return []slot{t.pieceSlot()}
	case cidr:
		return []slot{{op: cidr, block: t.block}}
	case numeric:
		if t.low.set && t.low == t.high {
			return []slot{(&value{kind: numberKind, number: t.low.at}).slot()}
		}
		return t.blocks()
	}
	return []slot{{op: exists}}
}

// maxPart is how much of a piece in the middle of a wildcard is looked for.
const maxPart = 5

// pieceSlot is where a wildcard sends its road: by the longest of its pieces,
// which tells the most.
func (t *test) pieceSlot() slot {
	last := len(t.pieces) - 1
	if last == 0 {
		return slot{op: equals, kind: stringKind, text: t.pieces[0]}
	}
	longest := 0
	for i, p := range t.pieces {
		if len(p) > len(t.pieces[longest]) {
			longest = i
		}
	}
	switch p := t.pieces[longest]; {
	case p == "":
		return slot{op: exists}
	case longest == 0:
		return slot{op: prefix, text: p}
	case longest == last:
		return slot{op: suffix, text: p}
	default:
		return slot{op: wildcard, text: p[max(0, len(p)-maxPart):]}
	}
}

// blocks covers a range of numbers by two blocks of numbers that begin with the
// same bits, which meet in the range and are at most twice as large as what
// they cover.
func (t *test) blocks() []slot {
	low, high := uint64(0), ^uint64(0)
	if t.low.set {
		low = ordered(t.low.at)
	}
	if t.high.set {
		high = ordered(t.high.at)
	}
	if low > high {
		return []slot{{op: exists}}
	}
	if low == high {
		return []slot{block(low, high)}
	}
	shared := bits.LeadingZeros64(low ^ high)
	middle := high >> (63 - shared) << (63 - shared) // the first number with the bit that low has not
	return []slot{block(low, middle-1), block(middle, high)}
}

// block is the smallest block that has two numbers.
func block(low, high uint64) slot {
	width := bits.LeadingZeros64(low ^ high)
	return slot{op: numeric, bits: cutBits(low, width), width: width}
}

// cutBits keeps a number's first bits.
func cutBits(n uint64, width int) uint64 {
	if width == 0 {
		return 0
	}
	return n >> (64 - width) << (64 - width)
}

// ordered maps numbers to integers of the same order.
func ordered(f float64) uint64 {
	if f == 0 {
		f = 0 // zeros of either sign are one
	}
	n := math.Float64bits(f)
	if n>>63 != 0 {
		return ^n
	}
	return n | 1<<63
}

// slot returns where an event's value goes that is to be equal.
func (v *value) slot() slot {
	s := slot{op: equals, kind: v.kind, text: v.text}
	if v.number != 0 { // so that zeros of either sign are one
		s.bits = math.Float64bits(v.number)
	}
	return s
}

// folded is the same for all strings that are equal but for their case: of the
// characters that are one but for it, it takes the least.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
			least = min(least, o)
		}
		return least
	}, s)
}

// add puts a road into the branch. above are the fields that have been decided
// on the way to it.
func (b *branch[K]) add(r *road[K], above []string) {
	b.size++
	if b.field.path == nil {
		b.roads = append(b.roads, r)
		b.above = above
		if len(b.roads) > max(maxLeaf, b.retry) {
			b.divide()
		}
		return
	}
	b.place(r)
}

// place hands a road to where it belongs below the branch.
func (b *branch[K]) place(r *road[K]) {
	below := append(b.above[:len(b.above):len(b.above)], b.field.id)
	for _, s := range r.slots(b.field.id) {
		c := b.child(s)
		if c == nil {
			c = new(branch[K])
			if s == (slot{}) {
				b.rest = c
			} else {
				b.values[s] = c
				b.shape.count(s, 1)
			}
		}
		c.add(r, below)
	}
}

// child finds where a slot leads; the zero slot is that of roads that want
// nothing of the field.
func (b *branch[K]) child(s slot) *branch[K] {
	if s == (slot{}) {
		return b.rest
	}
	return b.values[s]
}

// slots returns where a road goes when a field divides: the zero slot alone if
// it wants nothing of it.
func (r *road[K]) slots(id string) []slot {
	i := slices.IndexFunc(r.wants, func(w want) bool { return w.id == id })
	if i < 0 {
		return []slot{{}}
	}
	var out []slot
	for j := range r.wants[i].tests {
		for _, s := range r.wants[i].tests[j].slots() {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// remove takes a road out of the branch.
func (b *branch[K]) remove(r *road[K]) {
	b.size--
	if b.field.path == nil {
		b.roads = slices.DeleteFunc(b.roads, func(o *road[K]) bool { return o == r })
		return
	}
	for _, s := range r.slots(b.field.id) {
		c := b.child(s)
		c.remove(r)
		switch {
		case c.size > 0:
		case s == slot{}:
			b.rest = nil
		default:
			delete(b.values, s)
			b.shape.count(s, -1)
		}
	}
	if b.size == 0 {
		*b = branch[K]{above: b.above}
	}
}

// divide makes a leaf a division by the field that leaves the fewest roads to
// try in the worst case, if there is a field that helps.
func (b *branch[K]) divide() {
	best, least := want{}, len(b.roads)*3/4+1
	for _, w := range b.candidates() {
		if cost := b.cost(w.id); cost < least {
			best, least = w, cost
		}
	}
	if best.path == nil {
		b.retry = 2 * len(b.roads)
		return
	}
	roads := b.roads
	b.roads, b.retry, b.field, b.values = nil, 0, best, make(map[slot]*branch[K])
	for _, r := range roads {
		b.place(r)
	}
}

// candidates returns the fields that a leaf's roads want something of and that
// have not been decided above it.
func (b *branch[K]) candidates() (out []want) {
	seen := make(map[string]bool)
	for _, id := range b.above {
		seen[id] = true
	}
	for _, r := range b.roads {
		for _, w := range r.wants {
			if !seen[w.id] {
				seen[w.id] = true
				out = append(out, w)
			}
		}
	}
	return out
}

// cost is how many roads an event meets, at worst, of a leaf that is divided
// by a field, by way of one value.
func (b *branch[K]) cost(id string) int {
	count := make(map[slot]int)
	for _, r := range b.roads {
		for _, s := range r.slots(id) {
			count[s]++
		}
	}
	always, worst := 0, 0
	for s, n := range count {
		if s == (slot{}) || s.op == exists {
			always += n
		} else {
			worst = max(worst, n)
		}
	}
	return always + worst
}

// find tries the roads that an event may go.
func (b *branch[K]) find(e *Event, found *[]*entry[K]) {
	for _, r := range b.roads {
		if r.entry.pattern.MatchEvent(e) {
			*found = append(*found, r.entry)
		}
	}
	if b.rest != nil {
		b.rest.find(e, found)
	}
	if len(b.values) == 0 {
		return
	}
	e.root.leaves(b.field.path, func(v *value) bool {
		b.findValue(e, v, found)
		return true
	})
}

// findValue goes on where a value of the dividing field leads.
func (b *branch[K]) findValue(e *Event, v *value, found *[]*entry[K]) {
	visit := func(s slot) {
		if c := b.values[s]; c != nil {
			c.find(e, found)
		}
	}
	visit(v.slot())
	if b.shape.any > 0 {
		visit(slot{op: exists})
	}
	switch v.kind {
	case numberKind:
		for width := range b.shape.widths {
			visit(slot{op: numeric, bits: cutBits(ordered(v.number), width), width: width})
		}
	case stringKind:
		if b.shape.fold > 0 {
			visit(slot{op: equalsFold, text: folded(v.text)})
		}
		for n := range b.shape.prefixes {
			if n <= len(v.text) {
				visit(slot{op: prefix, text: v.text[:n]})
			}
		}
		for n := range b.shape.suffixes {
			if n <= len(v.text) {
				visit(slot{op: suffix, text: v.text[len(v.text)-n:]})
			}
		}
		for n := range b.shape.parts {
			for i := 0; i+n <= len(v.text); i++ {
				visit(slot{op: wildcard, text: v.text[i : i+n]})
			}
		}
		if len(b.shape.masks) > 0 {
			b.shape.eachBlock(v.text, func(p netip.Prefix) { visit(slot{op: cidr, block: p}) })
		}
	}
}
