package service

import (
	"maps"
	"testing"
)

func TestRetagLeavesWhatItWasGiven(t *testing.T) {
	t.Parallel()
	old := map[string]string{"a": "1", "b": "2"}
	if got, want := Retag(old, map[string]string{"b": "3", "c": "4"}, []string{"a", "z"}), (map[string]string{"b": "3", "c": "4"}); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if want := (map[string]string{"a": "1", "b": "2"}); !maps.Equal(old, want) {
		t.Errorf("what it was given is %v now", old)
	}
	if got := Retag(nil, nil, nil); got == nil {
		t.Error("no tags are nil")
	}
}
