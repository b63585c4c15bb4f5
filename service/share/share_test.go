package share

import "testing"

func TestOneMayHaveAllAndManyTheirParts(t *testing.T) {
	t.Parallel()
	p := NewPool(100)
	a := p.Join()
	if !a.Take(100) || a.Take(1) {
		t.Error("alone it has not what there is")
	}
	b := p.Join()
	if !b.Take(50) || b.Take(1) {
		t.Error("the second has not its half")
	}
	if a.Take(-40) {
		t.Error("the first has more than its half, and there is too little for both")
	}
	a.Leave()
	if !b.Take(49) || b.Take(1) {
		t.Error("what the first left is not the second's")
	}
	b.Leave()
	if held, holders := p.held.Load(), p.holders.Load(); held != 0 || holders != 0 {
		t.Errorf("%d bytes are held by %d", held, holders)
	}
}
