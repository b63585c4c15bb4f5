package jsonata

import (
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata/picture"
)

// now is the time at which the evaluation began, the same for all its calls.
func now(ev *evaluator, args []any) (any, error) {
	return fromMillis(ev, float64(ev.in.Now.UnixMilli()), []any{nil, argument(args, 0), argument(args, 1)})
}

func millis(ev *evaluator, _ []any) (any, error) { return ev.in.Now.UnixMilli(), nil }

func fromMillis(_ *evaluator, millis float64, args []any) (any, error) {
	format, ok := stringArgument(args, 1)
	if !ok {
		format = picture.ISO8601
	}
	zone, _ := stringArgument(args, 2)
	return result(picture.FormatTime(millis, format, zone))
}

func toMillis(ev *evaluator, s string, args []any) (any, error) {
	format, ok := stringArgument(args, 1)
	if !ok {
		ms, err := picture.ParseISO8601(s)
		if err != nil {
			return nil, err
		}
		return value.FromFloat(ms), nil
	}
	ms, ok, err := picture.ParseTime(s, format, ev.in.Now)
	if err != nil {
		return nil, err
	}
	if !ok {
		return Undefined{}, nil
	}
	return value.FromFloat(ms), nil
}
