package history

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever states, workers and functions say is kept as they say it, and shown.
func FuzzEvents(f *testing.F) {
	for _, text := range []string{"", "state", `{"a":1}`, "\x00", "\xff", "\xed\xa0\x80", "é", strings.Repeat("x", 70_000)} {
		f.Add(int64(1), uint8(ExecutionStarted), text, `{"v":[1]}`, int64(0))
		f.Add(int64(-1), uint8(TaskFailed), "task", text, int64(7))
		f.Add(int64(1)<<62, uint8(255), text, text, int64(-1))
	}
	f.Fuzz(func(t *testing.T, id int64, kind uint8, text, data string, number int64) {
		e := Event{
			ID: id, Prev: id - 1, At: number, Type: Type(kind), Name: text, Data: data, Same: number, Assigned: data, Error: &text, Cause: &data,
			Resource: text, ResourceType: text, Region: text, Timeout: number, Heartbeat: number, Role: text, Number: number, Location: text, Thread: number,
		}
		events := []Event{e, e, e}
		var got []Event
		for _, chunk := range Chunks(events) {
			raw, err := Encode(chunk)
			if err != nil {
				t.Fatal(err)
			}
			part, err := Decode(raw)
			if err != nil {
				t.Fatalf("what was kept cannot be read: %v", err)
			}
			got = append(got, part...)
		}
		if diff := cmp.Diff(events, got); diff != "" {
			t.Fatal(diff)
		}
		shown, err := Shown{Data: true, Load: func(int64) (string, error) { return data, nil }}.API(&got[0])
		if err != nil || shown.Id != id || shown.Type != e.Type.String() {
			t.Errorf("%+v is shown as %+v: %v", e, shown, err)
		}
	})
}

// A chunk that is damaged is told of, or is events.
func FuzzDecode(f *testing.F) {
	raw, err := Encode([]Event{{ID: 1, Type: ExecutionStarted, Data: "{}"}, {ID: 2, Prev: 1, Type: PassStateEntered, Name: "p", Same: 1, Error: new("e")}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(raw[:len(raw)-1])
	f.Add([]byte{0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0x81, 0xa1, 0x04, 0x20})
	f.Add([]byte{0x80})
	f.Fuzz(func(t *testing.T, chunk []byte) {
		events, err := Decode(chunk)
		if err != nil {
			return
		}
		again, err := Encode(events)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(again)
		if diff := cmp.Diff(events, got); err != nil || diff != "" {
			t.Errorf("%x changes when it is written: %v %s", chunk, err, diff)
		}
		for i := range events {
			if _, err := (Shown{Data: true, Load: func(int64) (string, error) { return "", nil }}).API(&events[i]); err != nil {
				t.Error(err)
			}
		}
	})
}
