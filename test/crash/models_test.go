package crash_test

import (
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
		"written and undone":         {register, []step{lost, read(7), read(0)}, porcupine.Illegal},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var j judged
			for i, s := range tt.history {
				j.note(i, tick(), s.in, s.out, s.known)
			}
			if got := porcupine.CheckOperationsTimeout(tt.model, j.history, 0); got != tt.want {
				t.Errorf("judged %v, want %v", got, tt.want)
			}
		})
	}
}
