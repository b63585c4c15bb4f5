package jsonata

import (
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata/fault"
	"maru.dev/maru/service/states/jsonata/picture"
)

// The numbers that $number reads from strings.
var (
	decimalNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?$`)
	codedNumber   = regexp.MustCompile(`^0([xX][0-9A-Fa-f]+|[oO][0-7]+|[bB][01]+)$`)
)

// numberFunction is $number.
func numberFunction(_ *evaluator, args []any) (any, error) {
	v := argument(args, 0)
	switch v := v.(type) {
	case Undefined, int64, float64:
		return v, nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case string:
		if n, ok := parseNumber(v); ok {
			return n, nil
		}
	}
	e := fault.Of("D3030", v)
	e.Index = 1
	return nil, e
}

// parseNumber reads a number from a string.
func parseNumber(s string) (any, bool) {
	if codedNumber.MatchString(s) {
		n, ok := new(big.Int).SetString(s, 0)
		if !ok {
			return nil, false
		}
		f, _ := new(big.Float).SetInt(n).Float64()
		return value.FromFloat(f), !math.IsInf(f, 0)
	}
	if !decimalNumber.MatchString(s) {
		return nil, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return value.FromFloat(f), err == nil
}

func floor(_ *evaluator, n float64, _ []any) (any, error) {
	return value.FromFloat(math.Floor(n)), nil
}

func ceil(_ *evaluator, n float64, _ []any) (any, error) { return value.FromFloat(math.Ceil(n)), nil }

func abs(_ *evaluator, n float64, _ []any) (any, error) { return value.FromFloat(math.Abs(n)), nil }

func round(_ *evaluator, n float64, args []any) (any, error) {
	precision, _ := numberArgument(args, 1)
	return value.FromFloat(picture.Round(n, precision)), nil
}

func sqrt(_ *evaluator, n float64, _ []any) (any, error) {
	if n < 0 {
		e := fault.Of("D3060", value.FromFloat(n))
		e.Index = 1
		return nil, e
	}
	return value.FromFloat(math.Sqrt(n)), nil
}

func power(_ *evaluator, n float64, args []any) (any, error) {
	exponent, ok := numberArgument(args, 1)
	result := math.NaN()
	if ok {
		result = math.Pow(n, exponent)
	}
	if math.IsInf(result, 0) || math.IsNaN(result) {
		e := fault.Of("D3061", value.FromFloat(n))
		e.Index, e.Value2 = 1, value.FromFloat(exponent)
		return nil, e
	}
	return value.FromFloat(result), nil
}

// random returns a number from 0 up to, not including, 1.
func (ev *evaluator) random() float64 {
	if ev.in.Random == nil {
		return 0
	}
	return ev.in.Random()
}

func randomFunction(ev *evaluator, _ []any) (any, error) { return value.FromFloat(ev.random()), nil }

func formatNumber(_ *evaluator, n float64, args []any) (any, error) {
	format, ok := stringArgument(args, 1)
	if !ok {
		return Undefined{}, nil
	}
	symbols := map[string]string{}
	if o, ok := argument(args, 2).(*value.Object); ok {
		for name, v := range o.All() {
			symbols[name], _ = v.(string)
		}
	}
	return result(picture.FormatNumber(n, format, symbols))
}

// result makes the result of a picture that of a function.
func result(s string, err *fault.Error) (any, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

func formatBase(_ *evaluator, n float64, args []any) (any, error) {
	n = picture.Round(n, 0)
	radix := 10.0
	if r, ok := numberArgument(args, 1); ok {
		radix = picture.Round(r, 0)
	}
	if !(radix >= 2 && radix <= 36) {
		return nil, fault.Of("D3100", value.FromFloat(radix))
	}
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return picture.Number(n), nil
	}
	i, _ := big.NewFloat(n).Int(nil)
	return strings.ToLower(i.Text(int(radix))), nil
}

func formatInteger(_ *evaluator, n float64, args []any) (any, error) {
	format, ok := stringArgument(args, 1)
	if !ok {
		return Undefined{}, nil
	}
	return result(picture.FormatInteger(n, format))
}

func parseInteger(_ *evaluator, s string, args []any) (any, error) {
	format, ok := stringArgument(args, 1)
	if !ok {
		return Undefined{}, nil
	}
	n, err := picture.ParseInteger(s, format)
	if err != nil {
		return nil, err
	}
	return value.FromFloat(n), nil
}
