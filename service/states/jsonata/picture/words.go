package picture

import (
	"math"
	"regexp"
	"slices"
	"strings"
)

// The words of numbers, as they are counted.
var (
	few = []string{
		"Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
		"Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
	}
	ordinals = []string{
		"Zeroth", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth",
		"Eleventh", "Twelfth", "Thirteenth", "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth",
		"Nineteenth",
	}
	decades    = []string{"Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety", "Hundred"}
	magnitudes = []string{"Thousand", "Million", "Billion", "Trillion"}
)

// toWords writes a number in words.
func toWords(n float64, ordinal bool) string { return wordsOf(n, false, ordinal) }

// wordsOf writes a number, or the rest of one if something stands before it.
func wordsOf(n float64, rest, ordinal bool) string {
	and, comma := "", ""
	if rest {
		and, comma = " and ", ", "
	}
	switch {
	case n <= 19 && ordinal:
		return and + ordinals[int(n)]
	case n <= 19:
		return and + few[int(n)]
	case n < 100:
		text := and + decades[int(n)/10-2]
		if unit := math.Mod(n, 10); unit > 0 {
			return text + "-" + wordsOf(unit, false, ordinal)
		} else if ordinal {
			return text[:len(text)-1] + "ieth"
		}
		return text
	case n < 1000:
		return endWords(comma+few[int(n)/100]+" Hundred", math.Mod(n, 100), ordinal)
	}
	magnitude := min(int(math.Log10(n)/3), len(magnitudes))
	factor := math.Pow(10, float64(3*magnitude))
	many := math.Floor(n / factor)
	return endWords(comma+wordsOf(many, false, false)+" "+magnitudes[magnitude-1], n-many*factor, ordinal)
}

// endWords adds what remains after hundreds or thousands.
func endWords(text string, remainder float64, ordinal bool) string {
	switch {
	case remainder > 0:
		return text + wordsOf(remainder, true, ordinal)
	case ordinal:
		return text + "th"
	}
	return text
}

// wordValue returns the number that a word is.
func wordValue(word string) (float64, bool) {
	fold := func(w string) bool { return strings.ToLower(w) == word }
	if i := slices.IndexFunc(few, fold); i >= 0 {
		return float64(i), true
	}
	if i := slices.IndexFunc(ordinals, fold); i >= 0 {
		return float64(i), true
	}
	if i := slices.IndexFunc(decades, func(w string) bool {
		return fold(w) || fold(w[:len(w)-1]+"ieth") || fold(w+"th") && w == "Hundred"
	}); i >= 0 {
		return float64(i+2) * 10, true
	}
	if i := slices.IndexFunc(magnitudes, func(w string) bool { return fold(w) || fold(w+"th") }); i >= 0 {
		return math.Pow(10, float64(3*(i+1))), true
	}
	return 0, false
}

// wordNames returns all words of numbers; the longer of two with one beginning
// come first.
func wordNames() []string {
	var names []string
	add := func(list []string, endings ...string) {
		for _, w := range list {
			for _, e := range endings {
				names = append(names, strings.ToLower(w)+e)
			}
		}
	}
	add(few, "")
	add(ordinals, "")
	add(decades, "")
	for _, w := range decades {
		names = append(names, strings.ToLower(w[:len(w)-1])+"ieth")
	}
	add([]string{"Hundred"}, "th")
	add(magnitudes, "", "th")
	slices.SortStableFunc(names, func(a, b string) int { return len(b) - len(a) })
	return names
}

// wordBreaks are what stands between words.
var wordBreaks = regexp.MustCompile(`,\s|\sand\s|[\s\\-]`)

// fromWords reads a number in words: those below a hundred are added, the others
// multiply what was added before them.
func fromWords(s string) float64 {
	segments := []float64{0}
	for _, word := range wordBreaks.Split(s, -1) {
		v, ok := wordValue(word)
		if !ok {
			return math.NaN()
		}
		last := &segments[len(segments)-1]
		switch {
		case v >= 100:
			*last *= v
		case *last >= 1000:
			segments = append(segments, v)
		default:
			*last += v
		}
	}
	total := 0.0
	for _, s := range segments {
		total += s
	}
	return total
}
