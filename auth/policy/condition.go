package policy

import (
	"bytes"
	"encoding/base64"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"maru.dev/maru/pattern/glob"
)

// test tells whether a value of the request fits one of the policy.
type test func(want, got string) bool

// operatorOf finds an operator's test. Of a negated one the test is the
// opposite, and no value may fit it.
func operatorOf(name string) (fits test, negated, known bool) {
	base := name
	if rest, ok := strings.CutPrefix(base, "StringNot"); ok {
		base, negated = "String"+rest, true
	} else if rest, ok := strings.CutPrefix(base, "NumericNot"); ok {
		base, negated = "Numeric"+rest, true
	} else if rest, ok := strings.CutPrefix(base, "DateNot"); ok {
		base, negated = "Date"+rest, true
	} else if rest, ok := strings.CutPrefix(base, "ArnNot"); ok {
		base, negated = "Arn"+rest, true
	} else if base == "NotIpAddress" {
		base, negated = "IpAddress", true
	}
	switch base {
	case "StringEquals":
		fits = func(want, got string) bool { return plain(want) == got }
	case "StringEqualsIgnoreCase":
		fits = func(want, got string) bool { return strings.EqualFold(plain(want), got) }
	case "StringLike":
		fits = glob.Match
	case "ArnEquals", "ArnLike":
		fits = likeARN
	case "Bool":
		fits = func(want, got string) bool { return strings.EqualFold(want, got) }
	case "BinaryEquals":
		fits = sameBytes
	case "IpAddress":
		fits = within
	default:
		if order, ok := strings.CutPrefix(base, "Numeric"); ok {
			fits = comparison(order, number)
		} else if order, ok := strings.CutPrefix(base, "Date"); ok {
			fits = comparison(order, moment)
		}
	}
	return fits, negated, fits != nil
}

// holds tells whether a condition holds, and whether it is one that is known.
func (c *Condition) holds(d *Document, r *Request) (holds, known bool) {
	operator := c.Operator
	all, isAll := strings.CutPrefix(operator, "ForAllValues:")
	anyOf, isAny := strings.CutPrefix(operator, "ForAnyValue:")
	switch {
	case isAll:
		operator = all
	case isAny:
		operator = anyOf
	}
	got := r.Context[strings.ToLower(c.Key)]
	if operator == "Null" {
		return slices.Contains(c.Values, strconv.FormatBool(len(got) == 0)), true
	}
	operator, ifExists := strings.CutSuffix(operator, "IfExists")
	fits, negated, known := operatorOf(operator)
	if !known {
		return false, false
	}
	if len(got) == 0 {
		return isAll || !isAny && (ifExists || negated), true
	}
	one := func(value string) bool {
		fit := slices.ContainsFunc(c.Values, func(want string) bool {
			expanded, ok := d.expand(want, r)
			return ok && fits(expanded, value)
		})
		return fit != negated
	}
	switch {
	case isAll, negated && !isAny: // nothing of what is there may be ruled out
		return !slices.ContainsFunc(got, func(v string) bool { return !one(v) }), true
	default:
		return slices.ContainsFunc(got, one), true
	}
}

// likeARN compares ARNs part by part: a wildcard stays within its part, but for
// the last.
func likeARN(want, got string) bool {
	w, g := strings.SplitN(want, ":", 6), strings.SplitN(got, ":", 6)
	if len(w) != 6 || len(g) != 6 {
		return want == "*"
	}
	for i := range w {
		if !glob.Match(w[i], g[i]) {
			return false
		}
	}
	return true
}

// sameBytes compares Base64 texts by what they say.
func sameBytes(want, got string) bool {
	w, err := base64.StdEncoding.DecodeString(want)
	g, err2 := base64.StdEncoding.DecodeString(got)
	return err == nil && err2 == nil && bytes.Equal(w, g)
}

// within tells whether an address is in a range, or is the address.
func within(want, got string) bool {
	address, err := netip.ParseAddr(got)
	if err != nil {
		return false
	}
	address = address.Unmap()
	if prefix, err := netip.ParsePrefix(want); err == nil {
		return prefix.Contains(address)
	}
	one, err := netip.ParseAddr(want)
	return err == nil && one.Unmap() == address
}

// comparison is a test by an order: Equals, LessThan and so on, between what
// read makes of both texts.
func comparison(order string, read func(string) (float64, bool)) test {
	holds := map[string]func(got, want float64) bool{
		"Equals":            func(got, want float64) bool { return got == want },
		"LessThan":          func(got, want float64) bool { return got < want },
		"LessThanEquals":    func(got, want float64) bool { return got <= want },
		"GreaterThan":       func(got, want float64) bool { return got > want },
		"GreaterThanEquals": func(got, want float64) bool { return got >= want },
	}[order]
	if holds == nil {
		return nil
	}
	return func(want, got string) bool {
		w, ok := read(want)
		g, ok2 := read(got)
		return ok && ok2 && holds(g, w)
	}
}

// number reads a number.
func number(text string) (float64, bool) {
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

// moment reads a time: ISO 8601, or seconds since 1970.
func moment(text string) (float64, bool) {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04Z", "2006-01-02"} {
		if t, err := time.Parse(form, text); err == nil {
			return float64(t.UnixMilli()) / 1000, true
		}
	}
	return number(text)
}
