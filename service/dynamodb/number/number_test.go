package number

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestNormalIsPlainAndShort(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"0": "0", "-0": "0", "0.00": "0", "0e500": "0", "007": "7", "+1": "1", "1.50": "1.5", "-1.50": "-1.5",
		"1e2": "100", "1E-3": "0.001", ".5": "0.5", "5.": "5", "12e-1": "1.2", "100": "100", "-100": "-100",
		"1e125":                 "1" + strings.Repeat("0", 125),
		"1e-130":                "0." + strings.Repeat("0", 129) + "1",
		strings.Repeat("9", 38): strings.Repeat("9", 38),
		"0.10":                  "0.1", "1000000000000000000000000000000000000000000": "1000000000000000000000000000000000000000000",
	}
	for in, want := range tests {
		got, err := Normal(in)
		if err != nil || got != want {
			t.Errorf("Normal(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestNormalRefusesWhatIsNoNumberInAWSsWords(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":        "The parameter cannot be converted to a numeric value",
		"b":       "The parameter cannot be converted to a numeric value: b",
		"1e":      "The parameter cannot be converted to a numeric value: 1e",
		"--1":     "The parameter cannot be converted to a numeric value: --1",
		".":       "The parameter cannot be converted to a numeric value: .",
		"1_0":     "The parameter cannot be converted to a numeric value: 1_0",
		"NaN":     "The parameter cannot be converted to a numeric value: NaN",
		"1e126":   ErrOverflow.Error(),
		"-1e126":  ErrOverflow.Error(),
		"1e-131":  ErrUnderflow.Error(),
		"1e99999": ErrOverflow.Error(),
		"123456789012345678901234567890123456789":   ErrPrecision.Error(),
		"-1.23456789012345678901234567890123456789": ErrPrecision.Error(),
	}
	for in, want := range tests {
		if _, err := Normal(in); err == nil || err.Error() != want {
			t.Errorf("Normal(%q): %v, want %q", in, err, want)
		}
	}
}

func TestArithmeticIsExactOrRefused(t *testing.T) {
	t.Parallel()
	if got, err := Add("0.1", "0.2"); err != nil || got != "0.3" {
		t.Errorf("0.1+0.2 = %q, %v", got, err)
	}
	if got, err := Sub("1", "1"); err != nil || got != "0" {
		t.Errorf("1-1 = %q, %v", got, err)
	}
	if got, err := Add(strings.Repeat("9", 38), "1"); err != nil || got != "1"+strings.Repeat("0", 38) {
		t.Errorf("99…+1 = %q, %v", got, err)
	}
	if _, err := Add("1"+strings.Repeat("0", 100), "1"); !errors.Is(err, ErrPrecision) {
		t.Errorf("1e100+1: %v, want ErrPrecision", err)
	}
	big, _ := Normal("9e125")
	if _, err := Add(big, big); !errors.Is(err, ErrOverflow) {
		t.Errorf("9e125+9e125: %v, want ErrOverflow", err)
	}
}

func TestSizeCountsPairsOfDigits(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{"0": 1, "1": 2, "10": 2, "12": 2, "123": 3, "1.2": 3, "-1": 3, "1234": 3, "0.12": 2} {
		if got := Size(in); got != want {
			t.Errorf("Size(%s) = %d, want %d", in, got, want)
		}
	}
}

func FuzzKeysSortAsNumbersDo(f *testing.F) {
	for _, s := range []string{"0", "1", "-1", "1e125", "-1e-130", "12.5", "12.50001", "-12.5", "99", "100", "-99"} {
		f.Add(s, "1")
		f.Add(s, "-12.49")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x, errX := Parse(a)
		y, errY := Parse(b)
		if errX != nil || errY != nil {
			return
		}
		kx, ky := x.AppendKey(nil), y.AppendKey(nil)
		if got, want := bytes.Compare(kx, ky), x.Compare(y); got != want {
			t.Errorf("%s ~ %s: keys %d, numbers %d", x, y, got, want)
		}
		back, err := DecodeKey(kx)
		if err != nil || back != x {
			t.Errorf("DecodeKey(%s) = %v, %v", x, back, err)
		}
		again, err := Parse(x.String())
		if err != nil || again != x {
			t.Errorf("Parse(%s) = %v, %v", x, again, err)
		}
	})
}
