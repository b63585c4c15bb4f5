package cloudformation

import (
	"fmt"
	"testing"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	types "maru.dev/maru/service/cloudformation/resource"
)

// Who knows a URL cannot fill the disk with signals; those that came before count.
func TestSignalsOfAHandleAreBounded(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	s, h := newWorld(t, st).cfn, home{testenv.Account, testenv.Region}
	err := st.Update(t.Context(), func(tx *kv.Tx) error {
		return kv.Put(tx, h.waiterKey("token"), waiter{Signals: maxSignals - 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, sent := range []struct{ id, data string }{{"last", "1"}, {"beyond", "1"}, {"last", "2"}} {
		body := fmt.Sprintf(`{"Status":"SUCCESS","UniqueId":%q,"Data":%q}`, sent.id, sent.data)
		if known, err := s.Signal(t.Context(), testenv.Account, testenv.Region, "token", []byte(body)); err != nil || !known {
			t.Errorf("%v, %v", known, err)
		}
	}
	var kept []types.Signal
	err = st.View(t.Context(), func(tx *kv.Tx) error {
		for row, err := range kv.Scan[types.Signal](tx, kv.Prefix(h.signalsOf("token"))) {
			if err != nil {
				return err
			}
			kept = append(kept, row.Value)
		}
		return nil
	})
	if err != nil || len(kept) != 1 || kept[0].ID != "last" || kept[0].Body != "2" {
		t.Errorf("%+v, %v", kept, err)
	}
}
