package picture

import (
	"math"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/service/states/jsonata/fault"
)

// Rounding shifts the point in the text: what multiplying would falsify comes
// out right, and the middle goes to the even side.
func TestRound(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ n, precision, want float64 }{
		{0.5, 0, 0},
		{1.5, 0, 2},
		{2.5, 0, 2},
		{-0.5, 0, 0},
		{-1.5, 0, -2},
		{-2.5, 0, -2},
		{4.525, 2, 4.52},
		{1.005, 2, 1},
		{2.675, 2, 2.68},
		{125, -1, 120},
		{135, -1, 140},
		{1e21, 2, 1e21},
		{math.Inf(1), 0, math.Inf(1)},
	} {
		if got := Round(tt.n, tt.precision); got != tt.want {
			t.Errorf("Round(%v, %v) is %v, want %v", tt.n, tt.precision, got, tt.want)
		}
	}
}

// Numbers look as in JavaScript.
func TestNumber(t *testing.T) {
	t.Parallel()
	for n, want := range map[float64]string{
		0: "0", 1e21: "1e+21", 1e20: "100000000000000000000", 1e-6: "0.000001", 1e-7: "1e-7", 1.5e-10: "1.5e-10",
		-2.5: "-2.5", 0.30000000000000004: "0.30000000000000004", math.Inf(-1): "-Infinity",
	} {
		if got := Number(n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// What was written by a picture is read by it again.
func TestTimesComeBack(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, picture := range []string{
		"[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01]", "[D1o] [MNn] [Y] [h]:[m01]:[s01] [PN].[f001]",
		"[Y0001][M01][D01][H01][m01][s01].[f001]", "[Y]-[d] [H]:[m]:[s].[f001]", "[YI]/[MI]/[DI] [H]:[m]:[s].[f001]",
		"[Yw], [Dwo] [MNn,*-3] [H]:[m]:[s].[f001] [z]",
	} {
		for _, millis := range []float64{0, 1510067274972, 951827696789, 4102444799999} {
			text, err := FormatTime(millis, picture, "")
			if err != nil {
				t.Fatal(picture, err)
			}
			got, ok, err := ParseTime(text, picture, now)
			if picture == "[Y]-[d] [H]:[m]:[s].[f001]" { // the reference refuses to go on behind a day of the year
				if err == nil || err.Code != "D3136" {
					t.Errorf("%s was read as %v, %v", text, got, err)
				}
				continue
			}
			if err != nil || !ok || got != millis {
				t.Errorf("%s: %v became %q, then %v %v %v", picture, millis, text, got, ok, err)
			}
		}
	}
}

// Whole numbers come back in all the ways in which they can be written.
func TestIntegersComeBack(t *testing.T) {
	t.Parallel()
	for _, picture := range []string{"0", "#,##0", "w", "W", "Ww", "w;o", "a", "A", "i", "I", "٠", "000;o"} {
		for _, n := range []float64{1, 4, 9, 19, 20, 21, 99, 100, 101, 113, 999, 1000, 1066, 1234, 3999} {
			text, err := FormatInteger(n, picture)
			if err != nil {
				t.Fatal(picture, err)
			}
			if got, err := ParseInteger(text, picture); err != nil || got != n {
				t.Errorf("%s: %v became %q, then %v %v", picture, n, text, got, err)
			}
		}
	}
}

// No picture and no number makes anything here panic or run on.
// Of a picture each place is held against the others: a long one is refused.
func TestLongPicturesAreRefused(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("#,", 10_000) + "0"
	for name, err := range map[string]func() *fault.Error{
		"number":       func() *fault.Error { _, err := FormatNumber(1, long, nil); return err },
		"integer":      func() *fault.Error { _, err := FormatInteger(1, long); return err },
		"read integer": func() *fault.Error { _, err := ParseInteger("1", long); return err },
		"time":         func() *fault.Error { _, err := FormatTime(1, "[Y"+long+"]", ""); return err },
		"read time":    func() *fault.Error { _, _, err := ParseTime("1", long, time.UnixMilli(0)); return err },
	} {
		if got := err(); got == nil || got.Code != "U1002" {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func FuzzPictures(f *testing.F) {
	f.Add(1234.5, "#,##0.00;(#)", "[Y0001]-[M01]-[D1o] [FNn,*-3] [h]:[m01] [PN] [Z01:01t]", "w;o")
	f.Add(-1e300, "0.0e00%", "[[x]] [Yw]", "#,##0")
	f.Add(math.NaN(), "", "[", "I")
	f.Fuzz(func(t *testing.T, n float64, number, moment, integer string) {
		if len(number)+len(moment)+len(integer) > 1000 {
			return
		}
		if text, err := FormatNumber(n, number, nil); err == nil && len(text) > 100_000 {
			t.Errorf("%d bytes", len(text))
		}
		if text, err := FormatInteger(n, integer); err == nil {
			_, _ = ParseInteger(text, integer)
		}
		if text, err := FormatTime(n, moment, integer); err == nil {
			_, _, _ = ParseTime(text, moment, time.UnixMilli(0))
		}
		_, _, _ = ParseTime(integer, moment, time.UnixMilli(0))
		_, _ = ParseISO8601(moment)
	})
}
