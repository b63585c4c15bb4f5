package rows_test

import (
	"testing"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/service/rows"
)

func TestAnIndexTellsWhoseAThingIsAndThatItChanged(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	x, home := rows.Index{Service: "s", Name: "thing"}, service.Home{Account: "000000000000", Region: "us-east-1"}
	read := func() (e rows.Entry, ok bool) {
		t.Helper()
		e, ok, err := rows.Indexed(t.Context(), st, x, "a", func(_ *kv.Tx, e rows.Entry) (rows.Entry, error) { return e, nil })
		if err != nil {
			t.Fatal(err)
		}
		return e, ok
	}
	update := func(how func(tx *kv.Tx) error) error { return st.Update(t.Context(), how) }
	if _, ok := read(); ok {
		t.Error("it is there before it is added")
	}
	if err := update(func(tx *kv.Tx) error { return x.Touch(tx, "a") }); err == nil {
		t.Error("what is not there is touched")
	}
	for _, how := range []func(tx *kv.Tx) error{
		func(tx *kv.Tx) error { return x.Add(tx, home, "a") }, func(tx *kv.Tx) error { return x.Touch(tx, "a") },
	} {
		if err := update(how); err != nil {
			t.Fatal(err)
		}
	}
	if e, ok := read(); !ok || e.Home() != home || e.Version != 2 {
		t.Errorf("entry %+v, %t", e, ok)
	}
	if err := update(func(tx *kv.Tx) error { return x.Add(tx, home, "a") }); err == nil {
		t.Error("an id is given twice")
	}
	if err := update(func(tx *kv.Tx) error { return x.Delete(tx, "a") }); err != nil {
		t.Fatal(err)
	}
	if _, ok := read(); ok {
		t.Error("it is there after it is deleted")
	}
}
