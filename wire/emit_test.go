package wire_test

import (
	"errors"
	"strings"
	"testing"

	"maru.dev/maru/api/dynamodb"
	"maru.dev/maru/wire"
	"maru.dev/maru/wire/internal/wiretest"
)

// get writes a GetItem's output.
func get(t *testing.T, item wire.Emitter) (string, error) {
	t.Helper()
	got, err := wire.ToJSON(dynamodb.Model, wiretest.Operation(t, dynamodb.Model, "GetItem"), &dynamodb.GetItemOutput{
		Item: item, ConsumedCapacity: &dynamodb.ConsumedCapacity{TableName: new("t")},
	})
	return string(got), err
}

func TestEmittedValuesStandAmongOthers(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	tests := map[string]struct {
		value any
		want  string
	}{
		"text":   {object{"a": object{"S": "x"}, "b": object{"N": "1"}}, `{"a":{"S":"x"},"b":{"N":"1"}}`},
		"blob":   {object{"a": object{"B": []byte{0, 1}}}, `{"a":{"B":"AAE="}}`},
		"nested": {object{"a": object{"L": []any{object{"BOOL": true}, object{"M": object{}}, object{"SS": []any{"x", "y"}}}}}, `{"a":{"L":[{"BOOL":true},{"M":{}},{"SS":["x","y"]}]}}`},
		"escape": {object{"k\"\n": object{"S": "é\\\x00\x7f\xff"}}, `{"k\"\n":{"S":"é\\\u0000` + "\x7f\ufffd" + `"}}`},
		"empty":  {object{}, `{}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := `{"Item":` + tt.want + `,"ConsumedCapacity":{"TableName":"t"}}`
			if got, err := get(t, wiretest.Emitted{Value: tt.value}); err != nil || got != want {
				t.Errorf("%s, %v, want %s", got, err, want)
			}
		})
	}
	if got, err := get(t, nil); err != nil || got != `{"ConsumedCapacity":{"TableName":"t"}}` {
		t.Errorf("nothing: %s, %v", got, err)
	}
}

var errEmit = errors.New("cannot")

type broken struct{}

func (broken) Emit(s wire.Sink) error {
	s.BeginMap(2)
	return errEmit
}

func TestAnEmittersFailureIsTheReplys(t *testing.T) {
	t.Parallel()
	if _, err := get(t, broken{}); !errors.Is(err, errEmit) {
		t.Errorf("%v", err)
	}
}

// Each byte at each place of a word is escaped as it is on its own.
func TestStringsAreEscapedWhereverTheOddByteIs(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		alone := string(wire.AppendJSONString(nil, string([]byte{byte(c)})))
		for at := range 17 {
			pad, rest := strings.Repeat("~ ", at)[:at], strings.Repeat("!z", 9)[at:]
			want := `"` + pad + alone[1:len(alone)-1] + rest + `"`
			if got := string(wire.AppendJSONString(nil, pad+string([]byte{byte(c)})+rest)); got != want {
				t.Fatalf("%#x at %d: %s, want %s", c, at, got, want)
			}
		}
	}
}

func TestEmittedMembersAreRefusedWhereTheProtocolIsXML(t *testing.T) {
	t.Parallel()
	svc := &wire.Service{ID: "x", Protocols: []wire.Protocol{wire.Query}, Shapes: []wire.Shape{
		{Name: "Out", Members: []wire.Member{{Name: "M", Ref: 0, Emitted: true}}},
	}}
	if err := wire.CheckModel(svc); err == nil || !strings.Contains(err.Error(), "Out.M is emitted") {
		t.Errorf("%v", err)
	}
}
