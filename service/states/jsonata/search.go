package jsonata

import (
	"math"
	"strconv"
	"strings"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata/fault"
)

// limit returns an argument that bounds how often something is done; without it
// there is no bound.
func limit(args []any, i int, code string) (float64, error) {
	n, ok := numberArgument(args, i)
	if !ok {
		return math.Inf(1), nil
	}
	if math.IsNaN(n) {
		return 0, nil
	}
	if n < 0 {
		e := fault.Of(code, argument(args, i))
		e.Index = i + 1
		return 0, e
	}
	return n, nil
}

// eachMatch calls do for the matches in a string, as many as most.
func (ev *evaluator) eachMatch(matcher any, s string, most float64, do func(*found) error) error {
	f, err := ev.firstMatch(matcher, s)
	for count := 0.0; err == nil && f != nil && count < most; count++ {
		if err := do(f); err != nil {
			return err
		}
		if f.next == nil {
			break
		}
		f, err = f.next()
	}
	return err
}

// containsFunction is $contains.
func containsFunction(ev *evaluator, s string, args []any) (any, error) {
	token := argument(args, 1)
	switch t := token.(type) {
	case string:
		return strings.Contains(s, t), nil
	case Undefined:
		return Undefined{}, nil
	}
	f, err := ev.firstMatch(token, s)
	return f != nil, err
}

// matchFunction is $match.
func matchFunction(ev *evaluator, s string, args []any) (any, error) {
	most, err := limit(args, 2, "D3040")
	if err != nil {
		return nil, err
	}
	result := newSequence()
	if most == 0 {
		return result, nil
	}
	err = ev.eachMatch(argument(args, 1), s, most, func(f *found) error {
		result.items = append(result.items,
			value.Of("match", f.match, "index", int64(f.units), "groups", f.groups))
		return ev.longer(len(result.items)-1, len(result.items))
	})
	return result, err
}

// split is $split.
func split(ev *evaluator, s string, args []any) (any, error) {
	most, err := limit(args, 2, "D3020")
	if err != nil {
		return nil, err
	}
	result := []any{}
	if most == 0 {
		return result, nil
	}
	switch separator := argument(args, 1).(type) {
	case string:
		for _, part := range strings.Split(s, separator) {
			if float64(len(result)) >= math.Floor(most) {
				break
			}
			result = append(result, part)
		}
		if s == "" && separator == "" {
			result = []any{}
		}
	case Undefined:
		result = append(result, s)
	default:
		start, count := 0, 0.0
		err = ev.eachMatch(separator, s, most, func(f *found) error {
			result = append(result, s[min(start, f.start):f.start])
			start = f.end
			count++
			return ev.longer(len(result)-1, len(result))
		})
		if count < most {
			result = append(result, s[start:])
		}
	}
	if err != nil {
		return nil, err
	}
	return result, ev.grow(len(result))
}

// replace is $replace.
func replace(ev *evaluator, s string, args []any) (any, error) {
	pattern, replacement := argument(args, 1), argument(args, 2)
	if pattern == "" {
		e := fault.Of("D3010", pattern)
		e.Index = 2
		return nil, e
	}
	most, err := limit(args, 3, "D3011")
	if err != nil || most == 0 || isUndefined(pattern) {
		return s, err
	}
	if p, ok := pattern.(string); ok {
		r, ok := replacement.(string)
		if !ok { // there is none, or it is a function, which is for patterns
			r = "undefined"
		}
		n := -1
		if !math.IsInf(most, 1) {
			n = int(math.Ceil(most))
		}
		if err := ev.text(len(s) + strings.Count(s, p)*len(r)); err != nil {
			return nil, err
		}
		return strings.Replace(s, p, r, n), nil
	}
	var b strings.Builder
	position := 0
	err = ev.eachMatch(pattern, s, most, func(f *found) error {
		b.WriteString(s[min(position, f.start):f.start])
		r, err := ev.replacement(f, s, replacement)
		if err != nil {
			return err
		}
		b.WriteString(r)
		position = min(f.start+len(f.match), len(s))
		if b.Len() > ev.limits.Text {
			return fault.New("U1002")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	b.WriteString(s[position:])
	return b.String(), ev.text(b.Len())
}

// replacement returns what takes the place of a match.
func (ev *evaluator) replacement(f *found, s string, replacement any) (string, error) {
	if template, ok := replacement.(string); ok {
		return expand(template, f), nil
	}
	v, err := ev.invoke(replacement, []any{f.asObject(s, 0)}, nil, nil)
	if err != nil {
		return "", err
	}
	r, ok := v.(string)
	if !ok {
		return "", fault.Of("D3012", v)
	}
	return r, nil
}

// expand replaces $0, $1 … in a template by the match and its groups. A number
// takes as many digits as make sense for the number of groups.
func expand(template string, f *found) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(template, "$")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		template = rest
		switch {
		case strings.HasPrefix(rest, "$"):
			b.WriteByte('$')
			template = rest[1:]
		case strings.HasPrefix(rest, "0"):
			b.WriteString(f.match)
			template = rest[1:]
		default:
			index, ok := groupNumber(rest, len(f.groups))
			if !ok {
				b.WriteByte('$')
				continue
			}
			if index <= len(f.groups) && index > 0 {
				group, _ := f.groups[index-1].(string)
				b.WriteString(group)
			}
			template = rest[len(strconv.Itoa(index)):]
		}
	}
}

// groupNumber reads the number of a group.
func groupNumber(s string, groups int) (int, bool) {
	digits := len(strconv.Itoa(groups))
	n, ok := leadingNumber(s, digits)
	if digits > 1 && n > groups {
		n, ok = leadingNumber(s, digits-1)
	}
	return n, ok
}

// leadingNumber reads at most so many digits.
func leadingNumber(s string, most int) (n int, ok bool) {
	for i := 0; i < len(s) && i < most && s[i] >= '0' && s[i] <= '9'; i++ {
		n, ok = n*10+int(s[i]-'0'), true
	}
	return n, ok
}
