package bounded_test

import (
	"strings"
	"testing"

	"maru.dev/maru/pattern/bounded"
)

func TestExpressionsThatRepetitionsMakeLargeAreRefused(t *testing.T) {
	t.Parallel()
	for text, fits := range map[string]bool{
		"ERR[0-9]+": true, `(a*)*(a|aa)+$`: true, `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`: true, "a{1000}": true, "": true,
		"(a?){1000}": false, "((a{0,30}){0,30}){0,1}x{900}y{900}": false, strings.Repeat("a{500}", 3): false,
		strings.Repeat("a", bounded.Most): true, strings.Repeat("a", bounded.Most+1): false, strings.Repeat("(a|b){0,9}", 200): false,
		"a{1001}": false, "(": false,
	} {
		_, err := new(bounded.Room).Compile(text)
		if (err == nil) != fits {
			t.Errorf("%.50s: %v", text, err)
		}
	}
}

func TestExpressionsShareTheirRoom(t *testing.T) {
	t.Parallel()
	var room bounded.Room
	for n := range 3 {
		if _, err := room.Compile("a{450}"); (err == nil) != (n < 2) {
			t.Errorf("expression %d: %v", n, err)
		}
	}
}

func TestALargeExpressionIsRefusedByWhatItIsWrittenOut(t *testing.T) {
	t.Parallel()
	for text, fits := range map[string]bool{"a{10}": true, "a{11}": false, "(?:ab){5}": true, "[a-z]{2}.{8}": false, strings.Repeat(".{1000}", 1000): false, "(": false} {
		if _, err := bounded.Compile(text, 10); (err == nil) != fits {
			t.Errorf("%.50s: %v", text, err)
		}
	}
}
