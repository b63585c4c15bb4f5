package insights

import (
	"encoding/json"
	"math"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"
)

// function is one of the language: how many arguments it has (most of -1 is any
// number), and what it does.
type function struct {
	least, most int
	run         func(r *record, args []expr) value
}

// functions are those of the language but for the times' and aggregates', by
// lower-case name.
func functions() map[string]function {
	return map[string]function{
		"abs":      {1, 1, onNumber(math.Abs)},
		"ceil":     {1, 1, onNumber(math.Ceil)},
		"floor":    {1, 1, onNumber(math.Floor)},
		"log":      {1, 1, onNumber(math.Log)},
		"sqrt":     {1, 1, onNumber(math.Sqrt)},
		"greatest": {1, -1, extreme(1)},
		"least":    {1, -1, extreme(-1)},

		"ispresent": {1, 1, func(r *record, a []expr) value { return truth(a[0].eval(r).kind != missing) }},
		"coalesce":  {1, -1, coalesce},
		"unmask":    {1, 1, func(r *record, a []expr) value { return a[0].eval(r) }},

		"frommillis": {1, 1, func(r *record, a []expr) value {
			n, ok := a[0].eval(r).number()
			if !ok {
				return value{}
			}
			return timeValue(int64(n))
		}},
		"tomillis": {1, 1, onNumber(func(n float64) float64 { return n })},

		"jsonparse":     {1, 1, jsonParse},
		"jsonstringify": {1, 1, jsonStringify},

		"isvalidip":      {1, 1, onAddress(func(netip.Addr) bool { return true })},
		"isvalidipv4":    {1, 1, onAddress(netip.Addr.Is4)},
		"isvalidipv6":    {1, 1, onAddress(netip.Addr.Is6)},
		"isipinsubnet":   {2, 2, inSubnet(func(netip.Addr) bool { return true })},
		"isipv4insubnet": {2, 2, inSubnet(netip.Addr.Is4)},
		"isipv6insubnet": {2, 2, inSubnet(netip.Addr.Is6)},

		"isempty":     {1, 1, func(r *record, a []expr) value { return truth(a[0].eval(r).String() == "") }},
		"isblank":     {1, 1, func(r *record, a []expr) value { return truth(strings.TrimSpace(a[0].eval(r).String()) == "") }},
		"concat":      {1, -1, concat},
		"ltrim":       {1, 2, trim(strings.TrimLeft)},
		"rtrim":       {1, 2, trim(strings.TrimRight)},
		"trim":        {1, 2, trim(strings.Trim)},
		"strlen":      {1, 1, onText(func(s string) value { return numberValue(float64(utf8.RuneCountInString(s))) })},
		"toupper":     {1, 1, onText(func(s string) value { return textValue(strings.ToUpper(s)) })},
		"tolower":     {1, 1, onText(func(s string) value { return textValue(strings.ToLower(s)) })},
		"substr":      {2, 3, substr},
		"replace":     {3, 3, replace},
		"strcontains": {2, 2, strContains},
	}
}

// onNumber is a function of a number.
func onNumber(f func(float64) float64) func(*record, []expr) value {
	return func(r *record, a []expr) value {
		n, ok := a[0].eval(r).number()
		if !ok {
			return value{}
		}
		return finite(f(n))
	}
}

// onText is a function of text.
func onText(f func(string) value) func(*record, []expr) value {
	return func(r *record, a []expr) value {
		v := a[0].eval(r)
		if v.kind == missing {
			return v
		}
		return f(v.String())
	}
}

// extreme is the largest of some numbers, or with a sign of -1 the smallest.
func extreme(sign float64) func(*record, []expr) value {
	return func(r *record, args []expr) value {
		best := value{}
		for _, a := range args {
			v := a.eval(r)
			n, ok := v.number()
			if !ok {
				continue
			}
			if best.kind == missing || n*sign > best.num*sign {
				best = value{kind: number, num: n, text: v.text}
			}
		}
		return best
	}
}

// coalesce is the first value that is there.
func coalesce(r *record, args []expr) value {
	for _, a := range args {
		if v := a.eval(r); v.kind != missing {
			return v
		}
	}
	return value{}
}

// jsonParse makes a map or list of text.
func jsonParse(r *record, args []expr) value {
	v := args[0].eval(r)
	if v.kind == compound {
		return v
	}
	d := json.NewDecoder(strings.NewReader(v.String()))
	d.UseNumber()
	var x any
	if d.Decode(&x) != nil {
		return value{}
	}
	switch x.(type) {
	case map[string]any, []any:
		return value{kind: compound, any: x}
	}
	return value{}
}

// jsonStringify makes text of a map or list.
func jsonStringify(r *record, args []expr) value {
	v := args[0].eval(r)
	if v.kind != compound {
		return value{}
	}
	return textValue(v.String())
}

// onAddress tells whether text is an address that f accepts.
func onAddress(f func(netip.Addr) bool) func(*record, []expr) value {
	return func(r *record, a []expr) value {
		ip, err := netip.ParseAddr(a[0].eval(r).String())
		return truth(err == nil && ip.Zone() == "" && f(ip))
	}
}

// inSubnet tells whether text is an address in a network, and f accepts it.
func inSubnet(f func(netip.Addr) bool) func(*record, []expr) value {
	return func(r *record, a []expr) value {
		ip, err := netip.ParseAddr(a[0].eval(r).String())
		if err != nil || !f(ip) {
			return truth(false)
		}
		net, err := netip.ParsePrefix(a[1].eval(r).String())
		return truth(err == nil && net.Contains(ip))
	}
}

// concat joins text; what is missing is empty. Of text that is too long there is
// no result.
func concat(r *record, args []expr) value {
	var b strings.Builder
	for _, a := range args {
		if b.WriteString(a.eval(r).String()); b.Len() > maxText {
			return value{}
		}
	}
	return textValue(b.String())
}

// trim takes blanks, or the characters of a second argument, away.
func trim(f func(s, cutset string) string) func(*record, []expr) value {
	return func(r *record, args []expr) value {
		v := args[0].eval(r)
		if v.kind == missing {
			return v
		}
		cut := " \t\n\r\v\f"
		if len(args) == 2 {
			cut = args[1].eval(r).String()
		}
		return textValue(f(v.String(), cut))
	}
}

// substr is the part of text from a place on, counted from 0, and as long as a
// third argument says.
func substr(r *record, args []expr) value {
	v := args[0].eval(r)
	from, ok := args[1].eval(r).number()
	if v.kind == missing || !ok {
		return value{}
	}
	runes := []rune(v.String())
	start := min(max(int(from), 0), len(runes))
	end := len(runes)
	if len(args) == 3 {
		n, ok := args[2].eval(r).number()
		if !ok {
			return value{}
		}
		end = min(start+min(max(int(n), 0), len(runes)), len(runes))
	}
	return textValue(string(runes[start:end]))
}

// maxText bounds what functions make of a line.
const maxText = 2 << 20

// replace puts text in place of other text.
func replace(r *record, args []expr) value {
	v := args[0].eval(r)
	if v.kind == missing {
		return v
	}
	s, old, with := v.String(), args[1].eval(r).String(), args[2].eval(r).String()
	if old == "" || len(s)+strings.Count(s, old)*max(len(with)-len(old), 0) > maxText {
		return textValue(s)
	}
	return textValue(strings.ReplaceAll(s, old, with))
}

// strContains is 1 if text has a part, else 0.
func strContains(r *record, args []expr) value {
	v, part := args[0].eval(r), args[1].eval(r)
	return truth(v.kind != missing && strings.Contains(v.String(), part.String()))
}

// isAggregate says whether a function is one of stats.
func isAggregate(name string) bool {
	return slices.Contains([]string{
		"count", "count_distinct", "avg", "sum", "min", "max", "stddev", "pct", "median",
		"earliest", "latest", "sortsfirst", "sortslast", "first", "last",
	}, name)
}
