package crash_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/anishathalye/porcupine"
)

// The models that histories are held against refuse what must not happen, and
// take what was not answered either way.
func TestModelsRefuseWhatCannotHaveHappened(t *testing.T) {
	t.Parallel()
	type step struct {
		in, out any
		known   bool
	}
	send := func(name string) step { return step{lane{group: "g", name: name}, true, true} }
	taken := func(name string) step { return step{lane{group: "g", name: name, deleted: true}, true, true} }
	empty := step{lane{group: "g"}, true, true}
	unknown := func(s step) step { return step{s.in, false, false} }
	write := func(value int) step {
		return step{access{kind: writes, value: value}, told{known: true, held: true}, true}
	}
	swap := func(old, value int, held bool) step {
		return step{access{kind: swaps, old: old, value: value}, told{known: true, held: held}, true}
	}
	read := func(value int) step { return step{access{}, told{known: true, value: value}, true} }
	lost := step{access{kind: writes, value: 7}, told{}, false}
	turn := func(at turning) step { return step{at, nil, true} }
	move := func(amount int, done bool) step {
		return step{transfer{from: 0, to: 1, amount: amount}, outcome{known: true, done: done}, true}
	}
	total := func(of ...int) step {
		return step{transfer{from: -1}, outcome{known: true, read: balances{of[0], of[1]}}, true}
	}
	accounts := bank(balances{10, 0})
	queue, register := group(), cellOf([places]int{})
	tests := map[string]struct {
		model   porcupine.Model
		history []step // one after the other, but for what is not known
		want    porcupine.CheckResult
	}{
		"in order":                   {queue, []step{send("a"), send("b"), taken("a"), taken("b"), empty}, porcupine.Ok},
		"out of order":               {queue, []step{send("a"), send("b"), taken("b"), taken("a"), empty}, porcupine.Illegal},
		"lost":                       {queue, []step{send("a"), empty}, porcupine.Illegal},
		"back after its deletion":    {queue, []step{send("a"), taken("a"), taken("a"), empty}, porcupine.Illegal},
		"perhaps sent, not there":    {queue, []step{unknown(send("a")), empty}, porcupine.Ok},
		"perhaps sent, and there":    {queue, []step{unknown(send("a")), taken("a"), empty}, porcupine.Ok},
		"perhaps deleted, and gone":  {queue, []step{send("a"), unknown(taken("a")), empty}, porcupine.Ok},
		"perhaps deleted, there":     {queue, []step{send("a"), unknown(taken("a")), taken("a"), empty}, porcupine.Ok},
		"read what was written":      {register, []step{read(0), write(1), read(1), swap(1, 2, true), read(2)}, porcupine.Ok},
		"a lost write":               {register, []step{write(1), write(2), read(1)}, porcupine.Illegal},
		"a swap of something else":   {register, []step{write(1), swap(2, 3, true)}, porcupine.Illegal},
		"a swap refused for nothing": {register, []step{write(1), swap(1, 3, false)}, porcupine.Illegal},
		"perhaps written":            {register, []step{lost, read(0), read(7)}, porcupine.Ok},
		"torn, and all is kept":      {register, []step{turn(marked), write(1), read(1), write(2), turn(undone), read(2)}, porcupine.Ok},
		"torn, and the end is lost":  {register, []step{turn(marked), write(1), write(2), turn(undone), read(1)}, porcupine.Ok},
		"torn, and all is lost":      {register, []step{turn(marked), write(1), write(2), turn(undone), read(0)}, porcupine.Ok},
		"lost before the mark":       {register, []step{write(1), turn(marked), write(2), turn(undone), read(0)}, porcupine.Illegal},
		"lost after the restart":     {register, []step{turn(marked), write(1), turn(undone), write(2), read(1)}, porcupine.Illegal},
		"told wrongly behind it":     {register, []step{turn(marked), write(1), read(0), turn(undone), read(0)}, porcupine.Illegal},
		"neither kept nor undone":    {register, []step{turn(marked), write(1), turn(undone), read(0), read(1)}, porcupine.Illegal},
		"torn, and perhaps written":  {register, []step{turn(marked), lost, turn(undone), read(0), read(7)}, porcupine.Ok},
		"the end of a queue is lost": {queue, []step{send("a"), turn(marked), send("b"), send("c"), turn(undone), taken("a"), taken("b"), empty}, porcupine.Ok},
		"the middle of a queue":      {queue, []step{turn(marked), send("a"), send("b"), send("c"), turn(undone), taken("a"), taken("c"), empty}, porcupine.Illegal},
		"a deletion is lost":         {queue, []step{send("a"), turn(marked), taken("a"), turn(undone), taken("a"), empty}, porcupine.Ok},
		"deleted before the mark":    {queue, []step{send("a"), taken("a"), turn(marked), turn(undone), taken("a"), empty}, porcupine.Illegal},
		"the last transfer is lost":  {accounts, []step{turn(marked), move(3, true), move(4, true), move(4, false), turn(undone), total(7, 3)}, porcupine.Ok},
		"the first transfer is lost": {accounts, []step{turn(marked), move(3, true), move(4, true), turn(undone), total(6, 4)}, porcupine.Illegal},
		"half a transfer is lost":    {accounts, []step{turn(marked), move(3, true), turn(undone), total(10, 3)}, porcupine.Illegal},
		"written and undone":         {register, []step{lost, read(7), read(0)}, porcupine.Illegal},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var j judged
			for i, s := range tt.history {
				j.note(i, tick(), s.in, s.out, s.known)
			}
			if got := porcupine.CheckOperationsTimeout(tearing(tt.model, nil), j.history, 0); got != tt.want {
				t.Errorf("judged %v, want %v", got, tt.want)
			}
		})
	}
}

// What a stream tells is held against each change, not only the last of an item.
func TestStreamsThatLackAChangeAreFound(t *testing.T) {
	t.Parallel()
	// An item is written, added to twice, deleted (twice over) and written again.
	item := func(unanswered ...int) []change {
		all := []change{{kind: puts, acked: true}, {kind: updates, acked: true}, {kind: updates, acked: true}, {kind: deletes, acked: true}, {kind: deletes, acked: true}, {kind: puts, acked: true}}
		for _, version := range unanswered {
			all[version-1].acked = false
		}
		return all
	}
	chain := func(images ...image) (records []record) {
		var before image
		for _, i := range images {
			records = append(records, record{before, i})
			before = i
		}
		return records
	}
	all, gone := chain(image{1, 0}, image{2, 1}, image{3, 2}, image{}, image{6, 0}), image{}
	both := map[string][]change{"a": {{kind: puts, with: 1}}, "b": {{kind: puts, acked: true}, {kind: deletes, with: 1}, {kind: deletes}}}
	tests := map[string]struct {
		tried map[string][]change
		told  map[string][]record
		want  string // "" means that nothing is wrong
	}{
		"all is told":               {map[string][]change{"a": item()}, map[string][]record{"a": all}, ""},
		"one in the middle is lost": {map[string][]change{"a": item()}, map[string][]record{"a": chain(image{1, 0}, image{3, 1}, gone, image{6, 0})}, "change 2 of 6"},
		"the first is lost":         {map[string][]change{"a": item()}, map[string][]record{"a": chain(image{2, 1}, image{3, 2}, gone, image{6, 0})}, "change 1 of 6"},
		"the last is lost":          {map[string][]change{"a": item()}, map[string][]record{"a": all[:4]}, "change 6 of 6"},
		"all are lost":              {map[string][]change{"a": item()}, nil, "change 1 of 6"},
		"the deletion is lost":      {map[string][]change{"a": item()}, map[string][]record{"a": chain(image{1, 0}, image{2, 1}, image{3, 2}, image{6, 0})}, "change 4 of 6"},
		"one is told twice":         {map[string][]change{"a": item()}, map[string][]record{"a": chain(image{1, 0}, image{2, 1}, image{2, 1}, image{3, 2}, gone, image{6, 0})}, "is lost"},
		"the last is told twice":    {map[string][]change{"a": item()}, map[string][]record{"a": append(all[:5:5], record{image{6, 0}, image{6, 0}})}, "told again"},
		"deleted twice":             {map[string][]change{"a": item()}, map[string][]record{"a": chain(image{1, 0}, image{2, 1}, image{3, 2}, gone, gone, image{6, 0})}, "is lost"},
		"out of order":              {map[string][]change{"a": item()}, map[string][]record{"a": chain(image{1, 0}, image{3, 1}, image{2, 2}, gone, image{6, 0})}, "is lost"},
		"added twice at once":       {map[string][]change{"a": item()}, map[string][]record{"a": chain(image{1, 0}, image{2, 2}, image{3, 3}, gone, image{6, 0})}, "is lost"},
		"an old image is wrong":     {map[string][]change{"a": item()}, map[string][]record{"a": append(all[:1:1], all[2:]...)}, "told after"},
		"of nobody":                 {nil, map[string][]record{"a": all}, "nobody wrote it"},
		"not answered, and told":    {map[string][]change{"a": item(2, 6)}, map[string][]record{"a": all}, ""},
		"not answered, and not told": {
			map[string][]change{"a": item(2, 6)}, map[string][]record{"a": chain(image{1, 0}, image{3, 1}, gone)}, "",
		},
		"a transaction whole":   {both, map[string][]record{"a": chain(image{1, 0}), "b": chain(image{1, 0}, gone)}, ""},
		"a transaction in part": {both, map[string][]record{"a": chain(image{1, 0}), "b": chain(image{1, 0})}, "change 2 of 3"},
		"no transaction":        {both, map[string][]record{"b": chain(image{1, 0})}, ""},
		"deleted otherwise":     {both, map[string][]record{"b": chain(image{1, 0}, gone)}, ""},
		"none deleted it":       {map[string][]change{"a": both["a"], "b": both["b"][:2]}, map[string][]record{"b": chain(image{1, 0}, gone)}, "told again"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := changes{tried: tt.tried}
			got := strings.Join(c.faults(tt.told), "; ")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("faults %q, want %q", got, tt.want)
			}
		})
	}
}

// Events that nobody put, and events that come again to a FIFO queue, are found.
func TestEventsThatCameWronglyAreFound(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{"a": true, "b": true}
	tests := map[string]struct {
		came []arrival
		most int
		want string // "" means that nothing is wrong
	}{
		"each once":        {[]arrival{{"a", "1"}, {"b", "2"}}, 1, ""},
		"in another order": {[]arrival{{"b", "1"}, {"a", "2"}}, 1, ""},
		"not put":          {[]arrival{{"a", ""}, {"c", ""}}, 2, "c came, and nobody"},
		"again":            {[]arrival{{"a", ""}, {"a", ""}}, 2, ""},
		"too often":        {[]arrival{{"a", ""}, {"a", ""}, {"a", ""}}, 2, "a came more than 2 times"},
		"again, FIFO":      {[]arrival{{"a", "1"}, {"a", "2"}}, 1, "a came more than 1 times"},
		"not FIFO":         {[]arrival{{"a", "2"}, {"b", "1"}}, 1, "b, the queue's 1, came after 2"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(misled(tried, tt.came, tt.most), "; ")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("faults %q, want %q", got, tt.want)
			}
		})
	}
}

// What a FIFO topic brings out of order, or again within the five minutes, is found.
func TestMessagesOutOfOrderAreFound(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		bodies []string
		again  bool // the clock has left the five minutes behind
		want   string
	}{
		"in order":            {[]string{"0-1", "1-2", "0-3", "1-4"}, false, ""},
		"out of order":        {[]string{"0-3", "0-1"}, true, "0-1 came first after 0-3"},
		"again":               {[]string{"0-1", "0-3", "0-1"}, false, "0-1 came again"},
		"again, hours later":  {[]string{"0-1", "0-3", "0-1", "0-3"}, true, ""},
		"the last once again": {[]string{"0-1", "0-1"}, false, "0-1 came again"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(disordered(tt.bodies, func(string) bool { return tt.again }), "; ")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("faults %q, want %q", got, tt.want)
			}
		})
	}
}

// Hundreds of transfers behind the mark of a torn log are judged, where it was
// looked what the log has kept.
func TestALongTornHistoryIsJudged(t *testing.T) {
	t.Parallel()
	const transfers, keeps = 600, 400
	random := rand.New(rand.NewPCG(1, 2))
	history := []porcupine.Operation{{ClientId: clients + 1, Input: marked}}
	begun := balances{opening, opening, opening, opening}
	now, whole, gapped := begun, begun, begun
	for i := range transfers {
		in := transfer{from: random.IntN(accounts), amount: 1 + random.IntN(opening/2)}
		in.to = (in.from + 1) % accounts
		held := now[in.from] >= in.amount
		for _, of := range []*balances{&now, &whole, &gapped} {
			if held && (of == &now || i < keeps) && (of != &gapped || i < keeps-50 || i > keeps-48) {
				of[in.from] -= in.amount
				of[in.to] += in.amount
			}
		}
		// Each is under way together with those before it and behind it.
		history = append(history, porcupine.Operation{ClientId: i % 3, Input: in, Output: outcome{known: true, done: held}, Call: int64(10*i + 1), Return: int64(10*i + 25)})
	}
	last := history[len(history)-1].Return
	history = append(history, porcupine.Operation{ClientId: clients + 1, Input: undone, Call: last + 1, Return: last + 1})
	for found, want := range map[balances]porcupine.CheckResult{whole: porcupine.Ok, gapped: porcupine.Illegal} {
		read := porcupine.Operation{ClientId: clients, Input: transfer{from: -1}, Output: outcome{known: true, read: found}, Call: last + 2, Return: last + 3}
		model := tearing(bank(begun), func(state any) bool { return state == any(found) })
		if got := porcupine.CheckOperationsTimeout(model, append(history[:len(history):len(history)], read), 0); got != want {
			t.Errorf("judged %v, want %v", got, want)
		}
	}
}
