package sqs

import (
	"reflect"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// positions are all sorts.
func positions() map[string]position {
	at := time.Date(2026, 3, 4, 5, 6, 7, 123456789, time.UTC)
	return map[string]position{
		"zero":     {},
		"apart":    {Receives: 300, First: at, Moved: true},
		"ordinary": {Message: &message{ID: "i", Body: "b\x00é", Sent: at, Sender: "s", Trace: "t"}},
		"received": {Message: &message{ID: "i", Body: "b", Sent: at}, Receives: 1, First: at},
		"returned": {Message: &message{ID: "i", Body: "b", Sent: at, Source: "arn", Group: "g", Dedup: "d", Seq: 1 << 63}},
		"early":    {Message: &message{Sent: time.Unix(-5, 0).UTC()}},
		"attributes": {Message: &message{ID: "i", Sent: at, Attributes: map[string]api.MessageAttributeValue{
			"a": {DataType: "String", StringValue: new("x")},
		}}},
	}
}

func TestPositionsComeBackInEitherForm(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	// As stores have it that were written before there was a fixed form.
	before, err := cbor.EncOptions{Time: cbor.TimeRFC3339Nano}.EncMode()
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range positions() {
		key := kv.NewKey("position", name)
		old := kv.NewKey("old", name)
		raw, err := before.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		err = st.Update(t.Context(), func(tx *kv.Tx) error {
			if err := tx.Put(old, raw); err != nil {
				return err
			}
			return kv.Put(tx, key, p)
		})
		if err != nil {
			t.Fatal(err)
		}
		err = st.View(t.Context(), func(tx *kv.Tx) error {
			for _, key := range []kv.Key{key, old} {
				got, ok, err := kv.Get[position](tx, key)
				if err != nil || !ok {
					t.Fatalf("%v: %v, %v", key, ok, err)
				}
				if diff := cmp.Diff(p, got); diff != "" {
					t.Errorf("%v: %s", key, diff)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestEachFieldOfAMessageIsStored is for fields that are yet to come: the fixed
// form knows them one by one.
func TestEachFieldOfAMessageIsStored(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	for i := range reflect.TypeFor[message]().NumField() {
		m := message{Sent: time.Unix(1, 0).UTC()}
		field := reflect.ValueOf(&m).Elem().Field(i)
		switch field.Interface().(type) {
		case string:
			field.SetString("x")
		case int:
			field.SetInt(1)
		case uint64:
			field.SetUint(1)
		case time.Time:
		case map[string]api.MessageAttributeValue:
			m.Attributes = map[string]api.MessageAttributeValue{"a": {DataType: "String"}}
		default:
			t.Fatalf("a field of type %v", field.Type())
		}
		key := kv.NewKey("message", i)
		err := st.Update(t.Context(), func(tx *kv.Tx) error { return kv.Put(tx, key, position{Message: &m}) })
		if err != nil {
			t.Fatal(err)
		}
		err = st.View(t.Context(), func(tx *kv.Tx) error {
			got, _, err := kv.Get[position](tx, key)
			if diff := cmp.Diff(position{Message: &m}, got); diff != "" {
				t.Error(diff)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzPositionIsReadOrRefused(f *testing.F) {
	for _, p := range positions() {
		if form, ok := p.AppendFixed(nil); ok {
			f.Add(form)
		}
	}
	f.Add([]byte{withMessage, 0, 0x80})
	f.Fuzz(func(t *testing.T, form []byte) {
		var p, again position
		if p.ReadFixed(form) != nil {
			return
		}
		written, ok := p.AppendFixed(nil)
		if !ok {
			t.Fatal("what was read cannot be written")
		}
		if err := again.ReadFixed(written); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, again); diff != "" {
			t.Error(diff)
		}
	})
}
