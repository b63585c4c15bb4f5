package picture

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"maru.dev/maru/service/states/jsonata/fault"
)

// primary is how an integer is written.
type primary int

const (
	decimal primary = iota
	letters
	roman
	words
	sequence // some other beginning of a sequence; not supported
)

// letterCase is the case of letters.
type letterCase int

const (
	lower letterCase = iota
	upper
	title
)

// separator is a character between digits, with how many digits are to its
// right.
type separator struct {
	position  int
	character string
}

// integerFormat is an integer's picture.
type integerFormat struct {
	primary             primary
	letterCase          letterCase
	ordinal             bool
	zero                rune // the digit zero
	mandatory, optional int  // digits
	separators          []separator
	regular             int // the distance of separators that are all alike
	token               string

	// width is how many digits are read, 0 for as many as there are.
	width, leastWidth int
}

// The zeros of the families of digits.
var zeros = []rune{
	0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
	0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
	0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
}

// maxDigits is how many digits or letters a picture may ask for.
const maxDigits = 10_000

// maxPicture is how many bytes a picture may have: each of its places is held
// against the others.
const maxPicture = 1000

// analyseInteger reads an integer's picture.
func analyseInteger(picture string) (*integerFormat, *fault.Error) {
	if len(picture) > maxPicture {
		return nil, fault.New("U1002")
	}
	f := &integerFormat{zero: '0'}
	main := picture
	if i := strings.LastIndexByte(picture, ';'); i >= 0 {
		main = picture[:i]
		f.ordinal = strings.HasPrefix(picture[i+1:], "o")
	}
	switch main {
	case "A":
		f.primary, f.letterCase = letters, upper
	case "a":
		f.primary = letters
	case "I":
		f.primary, f.letterCase = roman, upper
	case "i":
		f.primary = roman
	case "W":
		f.primary, f.letterCase = words, upper
	case "Ww":
		f.primary, f.letterCase = words, title
	case "w":
		f.primary = words
	default:
		if err := f.digits(main); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// digits reads a picture of digits, from the right.
func (f *integerFormat) digits(picture string) *fault.Error {
	var zero rune
	position := 0
	runes := []rune(picture)
	for _, r := range slices.Backward(runes) {
		i := slices.IndexFunc(zeros, func(z rune) bool { return r >= z && r <= z+9 })
		switch {
		case i >= 0:
			f.mandatory++
			position++
			if zero != 0 && zero != zeros[i] {
				return fault.New("D3131")
			}
			zero = zeros[i]
		case r == '#':
			f.optional++
			position++
		default:
			f.separators = append(f.separators, separator{position, string(r)})
		}
	}
	if f.mandatory == 0 {
		f.primary, f.token, f.separators = sequence, picture, nil
		return nil
	}
	f.zero = zero
	places := make([]int, len(f.separators))
	for i, s := range f.separators {
		places[i] = s.position
		if s.character != f.separators[0].character {
			return nil // not regular
		}
	}
	f.regular = regularDistance(places)
	return nil
}

// FormatInteger writes a whole number by a picture.
func FormatInteger(n float64, picture string) (string, *fault.Error) {
	f, err := analyseInteger(picture)
	if err != nil {
		return "", err
	}
	return f.format(math.Floor(n))
}

// format writes a whole number.
func (f *integerFormat) format(n float64) (text string, _ *fault.Error) {
	abs := math.Abs(n)
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return Number(n), nil
	}
	switch f.primary {
	case letters:
		text = toLetters(abs)
	case roman:
		if abs > 1000*maxDigits {
			return "", fault.New("U1002")
		}
		text = toRoman(int(abs))
	case words:
		text = toWords(abs, f.ordinal)
	case sequence:
		return "", fault.Of("D3130", f.token)
	default:
		if f.mandatory > maxDigits {
			return "", fault.New("U1002")
		}
		text = f.decimal(abs)
	}
	if f.primary != decimal {
		switch f.letterCase {
		case upper:
			text = strings.ToUpper(text)
		case lower:
			text = strings.ToLower(text)
		}
	}
	if n < 0 {
		text = "-" + text
	}
	return text, nil
}

// decimal writes digits with their separators, and an ordinal's ending.
func (f *integerFormat) decimal(abs float64) string {
	text := chars(Number(abs))
	text = slices.Concat(slices.Repeat([]string{"0"}, max(0, f.mandatory-len(text))), text)
	for i, c := range text {
		if f.zero != '0' {
			text[i] = string([]rune(c)[0] + f.zero - '0')
		}
	}
	if f.regular > 0 {
		for n := (len(text) - 1) / f.regular; n > 0; n-- {
			// what was put in stands to the left of what is to come
			text = slices.Insert(text, len(text)-n*f.regular, f.separators[0].character)
		}
	} else {
		for _, s := range slices.Backward(f.separators) {
			at := len(text) - s.position
			if at < 0 { // as the reference cuts strings at negative places
				text = slices.Concat([]string{s.character}, text[max(0, len(text)+at):])
				continue
			}
			text = slices.Insert(text, at, s.character)
		}
	}
	result := strings.Join(text, "")
	if !f.ordinal {
		return result
	}
	suffix, teen := "th", len(text) > 1 && text[len(text)-2] == "1"
	if !teen {
		switch text[len(text)-1] {
		case "1":
			suffix = "st"
		case "2":
			suffix = "nd"
		case "3":
			suffix = "rd"
		}
	}
	return result + suffix
}

// toLetters counts as spreadsheets name columns: a, b … z, aa, ab and so on.
func toLetters(n float64) string {
	var b []byte
	for n > 0 {
		b = append(b, byte(math.Mod(n-1, 26))+'a')
		n = math.Floor((n - 1) / 26)
	}
	slices.Reverse(b)
	return string(b)
}

// The Roman numerals, those of two letters among them.
var numerals = []struct {
	value int
	text  string
}{
	{1000, "m"},
	{900, "cm"},
	{500, "d"},
	{400, "cd"},
	{100, "c"},
	{90, "xc"},
	{50, "l"},
	{40, "xl"},
	{10, "x"},
	{9, "ix"},
	{5, "v"},
	{4, "iv"},
	{1, "i"},
}

// toRoman writes a Roman number.
func toRoman(n int) string {
	var b strings.Builder
	for _, numeral := range numerals {
		b.WriteString(strings.Repeat(numeral.text, n/numeral.value))
		n %= numeral.value
	}
	return b.String()
}

// fromRoman reads a Roman number.
func fromRoman(s string) float64 {
	total, most := 0, 1
	for _, c := range slices.Backward([]byte(strings.ToLower(s))) {
		value := 0
		for _, n := range numerals {
			if n.text == string(c) {
				value = n.value
			}
		}
		if value < most {
			total -= value
		} else {
			most = value
			total += value
		}
	}
	return float64(total)
}

// ParseInteger reads a whole number by a picture.
func ParseInteger(s, picture string) (float64, *fault.Error) {
	f, err := analyseInteger(picture)
	if err != nil {
		return 0, err
	}
	if f.primary == sequence {
		return 0, fault.Of("D3130", f.token)
	}
	return f.parse(s), nil
}

// parse reads a whole number; what is none is NaN.
func (f *integerFormat) parse(s string) float64 {
	switch f.primary {
	case letters:
		first := 'a'
		if f.letterCase == upper {
			first = 'A'
		}
		n, power := 0.0, 1.0
		for _, r := range slices.Backward([]rune(s)) {
			n += float64(r-first+1) * power
			power *= 26
		}
		return n
	case roman:
		return fromRoman(s)
	case words:
		return fromWords(strings.ToLower(s))
	}
	if f.ordinal {
		s = s[:max(0, len(s)-2)]
	}
	if f.regular > 0 {
		s = strings.ReplaceAll(s, ",", "")
	} else {
		for _, sep := range f.separators {
			s = strings.ReplaceAll(s, sep.character, "")
		}
	}
	var b strings.Builder
	for i, r := range s {
		r -= f.zero - '0'
		if (r < '0' || r > '9') && (i > 0 || r != '-' && r != '+') {
			break
		}
		b.WriteRune(r)
	}
	n, err := strconv.ParseFloat(b.String(), 64)
	if err != nil {
		return math.NaN()
	}
	return n
}

// pattern is a regular expression for what parse reads.
func (f *integerFormat) pattern() (string, *fault.Error) {
	switch f.primary {
	case letters:
		return "[a-z]+", nil
	case roman:
		return "[mdclxvi]+", nil
	case words:
		return "(?:" + strings.Join(slices.Concat(wordNames(), []string{"and", `[\-, ]`}), "|") + ")+", nil
	case sequence:
		return "", fault.Of("D3130", f.token)
	}
	result := "[0-9]+"
	if f.width > 0 {
		result = "[0-9]{" + strconv.Itoa(max(0, f.leastWidth)) + "," + strconv.Itoa(f.width) + "}"
	}
	if f.ordinal {
		result += "(?:th|st|nd|rd)"
	}
	return result, nil
}
