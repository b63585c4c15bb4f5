package value

import (
	"math"
	"testing"
)

// A value's size is that of its text, or more, and counting ends at the limit,
// even for a value that holds another more often than could be counted.
func TestSizeIsNotBelowTheText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`null`, `-1.5e300`, `"a\"\\ \u0001é"`, `[1,"x",[true,false]]`, `{"a":{"b":[]},"c\n":""}`} {
		v, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if n, ok := Size(v, math.MaxInt); !ok || n < len(Text(v)) {
			t.Errorf("%s: %d, %v", text, n, ok)
		}
	}
	if _, ok := Size([]any{struct{}{}}, 100); ok {
		t.Error("a struct is a value")
	}
	var v any = "x"
	for range 100 {
		v = []any{v, v}
	}
	if n, ok := Size(v, 1000); !ok || n <= 1000 || n > 2000 {
		t.Errorf("%d, %v", n, ok)
	}
}
