// Package picture writes and reads numbers and times by pictures: strings that
// show how the result should look, as XPath's functions have them.
package picture

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"maru.dev/maru/service/states/jsonata/fault"
)

// Number writes a number as JavaScript does.
func Number(f float64) string {
	abs := math.Abs(f)
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f == 0:
		return "0"
	case abs >= 1e-6 && abs < 1e21:
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	n, _ := strconv.Atoi(exponent) // as FormatFloat wrote it
	if n < 0 {
		return mantissa + "e" + strconv.Itoa(n)
	}
	return mantissa + "e+" + strconv.Itoa(n)
}

// Round rounds to so many decimal places, or if it is negative powers of ten;
// what lies in the middle goes to the even side. It shifts the point in the
// number's text: multiplying would not be exact.
func Round(f, precision float64) float64 {
	if precision != 0 {
		f = shift(f, precision)
	}
	r := math.Floor(f)
	switch d := f - r; {
	case d > 0.5 || d == 0.5 && math.Mod(r, 2) != 0:
		r++
	case math.IsNaN(d): // infinite
		r = f
	}
	if precision != 0 {
		r = shift(r, -precision)
	}
	if r == 0 {
		return 0 // not minus zero
	}
	return r
}

// shift multiplies by a power of ten.
func shift(f, by float64) float64 {
	mantissa, exponent, _ := strings.Cut(Number(f), "e")
	e, _ := strconv.ParseFloat(exponent, 64)
	r, err := strconv.ParseFloat(mantissa+"e"+Number(e+by), 64)
	if err != nil && !math.IsInf(r, 0) {
		return math.NaN()
	}
	return r
}

// symbols are the characters that mean something in a number's picture.
type symbols struct {
	decimal, grouping, exponent, minus, percent, perMille string
	zero, digit, pattern                                  string
	family                                                []string // the ten digits
}

// newSymbols returns the usual symbols but for those that are given.
func newSymbols(given map[string]string) *symbols {
	pick := func(name, usual string) string {
		if s, ok := given[name]; ok {
			return s
		}
		return usual
	}
	s := &symbols{
		decimal: pick("decimal-separator", "."), grouping: pick("grouping-separator", ","),
		exponent: pick("exponent-separator", "e"), minus: pick("minus-sign", "-"),
		percent: pick("percent", "%"), perMille: pick("per-mille", "‰"),
		zero: pick("zero-digit", "0"), digit: pick("digit", "#"), pattern: pick("pattern-separator", ";"),
	}
	if s.zero == "" {
		s.zero = "0"
	}
	first := []rune(s.zero)[0]
	for i := range rune(10) {
		s.family = append(s.family, string(first+i))
	}
	return s
}

// isDigit tells whether a character is one of the ten digits.
func (s *symbols) isDigit(c string) bool { return slices.Contains(s.family, c) }

// isActive tells whether a character stands for a part of the number.
func (s *symbols) isActive(c string) bool {
	return s.isDigit(c) || c == s.decimal || c == s.exponent || c == s.grouping || c == s.digit || c == s.pattern
}

// count counts the characters for which keep is true.
func count(text []string, keep func(string) bool) int {
	n := 0
	for _, c := range text {
		if keep(c) {
			n++
		}
	}
	return n
}

// chars cuts a string into characters.
func chars(s string) []string {
	result := make([]string, 0, len(s))
	for _, r := range s {
		result = append(result, string(r))
	}
	return result
}

// subPicture is the picture of positive or of negative numbers.
type subPicture struct {
	text                       string
	whole                      []string // its characters
	prefix, suffix             string
	active, mantissa, exponent []string
	integer, fraction          []string
	hasExponent                bool

	integerGroups, fractionGroups          []int
	regular                                int // distance of the groups if they are all alike
	minInteger, minFraction, maxFraction   int
	minExponent, scaling                   int
	hasPercent, hasPerMille, hasDecimalSep bool
}

// FormatNumber writes a number by a picture.
func FormatNumber(n float64, picture string, given map[string]string) (string, *fault.Error) {
	if len(picture) > maxPicture {
		return "", fault.New("U1002")
	}
	s := newSymbols(given)
	parts := []string{picture}
	if s.pattern != "" {
		parts = strings.Split(picture, s.pattern)
	}
	if len(parts) > 2 {
		return "", fault.New("D3080")
	}
	pictures := make([]*subPicture, len(parts))
	for i, part := range parts {
		p := s.split(part)
		if code := s.check(p); code != "" {
			return "", fault.New(code)
		}
		s.analyse(p)
		pictures[i] = p
	}
	p := pictures[0]
	if n < 0 {
		if len(pictures) == 2 {
			p = pictures[1]
		} else {
			p.prefix = s.minus + p.prefix
		}
	}
	return s.format(n, p), nil
}

// split finds the parts of a picture.
func (s *symbols) split(picture string) *subPicture {
	p := &subPicture{text: picture, whole: chars(picture)}
	isEdge := func(c string) bool { return s.isActive(c) && c != s.exponent }
	from := slices.IndexFunc(p.whole, isEdge)
	to := len(p.whole)
	for to > 0 && !isEdge(p.whole[to-1]) {
		to--
	}
	if from < 0 {
		from, to = 0, len(p.whole)
	}
	p.prefix, p.suffix = strings.Join(p.whole[:from], ""), strings.Join(p.whole[to:], "")
	p.active = p.whole[from:to]
	p.mantissa = p.active
	if i := slices.Index(p.whole[from:], s.exponent); i >= 0 && from+i <= to {
		i += from // the reference counts it from the picture's beginning
		p.hasExponent = true
		p.mantissa = p.active[:min(i, len(p.active))]
		p.exponent = p.active[min(i+1, len(p.active)):]
	}
	if i := slices.Index(p.mantissa, s.decimal); i >= 0 {
		p.integer, p.fraction = p.mantissa[:i], p.mantissa[i+1:]
	} else {
		p.integer, p.fraction = p.mantissa, chars(p.suffix)
	}
	p.hasPercent, p.hasPerMille = strings.Contains(picture, s.percent), strings.Contains(picture, s.perMille)
	p.hasDecimalSep = slices.Contains(p.whole, s.decimal)
	return p
}

// check returns the code of what is wrong with a picture; of several faults the
// last counts.
func (s *symbols) check(p *subPicture) (code string) {
	at := func(i int) string {
		if i < 0 || i >= len(p.whole) {
			return ""
		}
		return p.whole[i]
	}
	twice := func(c string) bool { return strings.Index(p.text, c) != strings.LastIndex(p.text, c) }
	fail := func(c string, wrong bool) {
		if wrong {
			code = c
		}
	}
	passive := func(c string) bool { return !s.isActive(c) }
	notDigit := func(c string) bool { return !s.isDigit(c) }
	fail("D3081", twice(s.decimal))
	fail("D3082", twice(s.percent))
	fail("D3083", twice(s.perMille))
	fail("D3084", p.hasPercent && p.hasPerMille)
	fail("D3085", count(p.mantissa, func(c string) bool { return s.isDigit(c) || c == s.digit }) == 0)
	fail("D3086", count(p.active, passive) > 0)
	if i := slices.Index(p.whole, s.decimal); i >= 0 {
		fail("D3087", at(i-1) == s.grouping || at(i+1) == s.grouping)
	} else {
		fail("D3088", len(p.integer) > 0 && p.integer[len(p.integer)-1] == s.grouping)
	}
	for i := range p.whole {
		fail("D3089", at(i) == s.grouping && at(i+1) == s.grouping)
	}
	if i := slices.Index(p.integer, s.digit); i >= 0 {
		fail("D3090", count(p.integer[:i], s.isDigit) > 0)
	}
	for i := len(p.fraction) - 1; i >= 0; i-- {
		if p.fraction[i] == s.digit {
			fail("D3091", count(p.fraction[i:], s.isDigit) > 0)
			break
		}
	}
	fail("D3092", len(p.exponent) > 0 && (p.hasPercent || p.hasPerMille))
	fail("D3093", p.hasExponent && (len(p.exponent) == 0 || count(p.exponent, notDigit) > 0))
	return code
}

// analyse finds the sizes of a picture's parts.
func (s *symbols) analyse(p *subPicture) {
	place := func(c string) bool { return s.isDigit(c) || c == s.digit }
	p.integerGroups = s.groups(p, p.integer, func(i int) int { return count(p.integer[min(i, len(p.integer)):], place) })
	p.fractionGroups = s.groups(p, p.fraction, func(i int) int { return count(p.fraction[:min(i, len(p.fraction))], place) })
	p.regular = regularDistance(p.integerGroups)
	p.minInteger = count(p.integer, s.isDigit)
	p.scaling = p.minInteger
	p.minFraction = count(p.fraction, s.isDigit)
	p.maxFraction = count(p.fraction, place)
	if p.minInteger == 0 && p.maxFraction == 0 {
		if p.hasExponent {
			p.minFraction, p.maxFraction = 1, 1
		} else {
			p.minInteger = 1
		}
	}
	if p.hasExponent && p.minInteger == 0 && slices.Contains(p.integer, s.digit) {
		p.minInteger = 1
	}
	if p.minInteger == 0 && p.minFraction == 0 {
		p.minFraction = 1
	}
	p.minExponent = count(p.exponent, s.isDigit)
}

// groups returns the places of grouping separators, as digits counts them.
func (s *symbols) groups(p *subPicture, part []string, digits func(i int) int) (places []int) {
	for i := slices.Index(part, s.grouping); i >= 0; {
		places = append(places, digits(i))
		// as in the reference, the next one is looked for in the integer part
		next := -1
		if i+1 <= len(p.integer) {
			next = slices.Index(p.integer[i+1:], s.grouping)
		}
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return places
}

// regularDistance returns the distance between separators if it is always the
// same, else 0.
func regularDistance(places []int) int {
	if len(places) == 0 {
		return 0
	}
	factor := places[0]
	for _, p := range places[1:] {
		for p != 0 {
			factor, p = p, factor%p
		}
	}
	for i := range places {
		if !slices.Contains(places, (i+1)*factor) {
			return 0
		}
	}
	return factor
}

// digits writes a number's digits, in the picture's family of them.
func (s *symbols) digits(f float64, decimals int) []string {
	f = math.Abs(f)
	if f >= 1e21 { // JavaScript gives up, too
		return chars(Number(f))
	}
	text := chars(strconv.FormatFloat(f, 'f', decimals, 64))
	for i, c := range text {
		if c >= "0" && c <= "9" {
			text[i] = s.family[c[0]-'0']
		}
	}
	return text
}

// format writes a number by a picture that was analysed.
func (s *symbols) format(n float64, p *subPicture) string {
	switch {
	case p.hasPercent:
		n *= 100
	case p.hasPerMille:
		n *= 1000
	}
	exponent := 0
	if p.minExponent > 0 && n != 0 && !math.IsInf(n, 0) {
		most, least := math.Pow(10, float64(p.scaling)), math.Pow(10, float64(p.scaling-1))
		for ; math.Abs(n) < least; exponent-- {
			n *= 10
		}
		for ; math.Abs(n) > most; exponent++ {
			n /= 10
		}
	}
	text := s.digits(Round(n, float64(p.maxFraction)), p.maxFraction)
	point := slices.Index(text, ".")
	if point < 0 {
		text = append(text, s.decimal)
	} else {
		text[point] = s.decimal
	}
	for len(text) > 0 && text[0] == s.family[0] {
		text = text[1:]
	}
	for len(text) > 0 && text[len(text)-1] == s.family[0] {
		text = text[:len(text)-1]
	}
	text = s.fill(text, p)
	text = s.group(text, p)
	point = slices.Index(text, s.decimal)
	if !p.hasDecimalSep || point == len(text)-1 {
		text = text[:len(text)-1]
	}
	result := p.prefix + strings.Join(text, "")
	if p.minExponent > 0 {
		result += s.exponent
		if exponent < 0 {
			result += s.minus
		}
		digits := s.digits(float64(exponent), 0)
		result += strings.Repeat(s.family[0], max(0, p.minExponent-len(digits))) + strings.Join(digits, "")
	}
	return result + p.suffix
}

// fill adds the zeros that must be there.
func (s *symbols) fill(text []string, p *subPicture) []string {
	point := slices.Index(text, s.decimal)
	left := max(0, p.minInteger-point)
	right := max(0, p.minFraction-(len(text)-point-1))
	return slices.Concat(slices.Repeat(s.family[:1], left), text, slices.Repeat(s.family[:1], right))
}

// group puts the separators in.
func (s *symbols) group(text []string, p *subPicture) []string {
	insert := func(at int) {
		if at < 0 {
			at = max(0, len(text)+at)
		}
		text = slices.Insert(text, min(at, len(text)), s.grouping)
	}
	point := slices.Index(text, s.decimal)
	if p.regular > 0 {
		for i := 1; i <= (point-1)/p.regular; i++ {
			insert(point - i*p.regular)
		}
	} else {
		for _, place := range p.integerGroups {
			insert(point - place)
			point++
		}
	}
	point = slices.Index(text, s.decimal)
	for _, place := range p.fractionGroups {
		insert(place + point + 1)
	}
	return text
}
