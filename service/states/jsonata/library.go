package jsonata

import (
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata/syntax"
)

// library are the functions of the language by name. Never changed.
var library = makeLibrary()

// definition is a function of the language: its signature, how many arguments it
// takes for functions that it is given to, and what it does.
type definition struct {
	signature string
	params    int
	call      func(ev *evaluator, args []any) (any, error)
}

// makeLibrary puts the families of functions together.
func makeLibrary() map[string]*function {
	all := make(map[string]*function, 80)
	for _, family := range []map[string]definition{
		stringFunctions(), numberFunctions(), arrayFunctions(), objectFunctions(), timeFunctions(),
	} {
		for name, d := range family {
			f := &function{name: name, params: d.params, call: d.call}
			s, err := syntax.ParseSignature(d.signature)
			if err != nil {
				panic("jsonata: signature of $" + name + ": " + err.Error())
			}
			f.signature = s
			all[name] = f
		}
	}
	s, _ := syntax.ParseSignature("<sx?:x>")
	all["eval"] = &function{name: "eval", params: 2, signature: s, scoped: evalFunction}
	return all
}

func stringFunctions() map[string]definition {
	return map[string]definition{
		"string":             {"<x-b?:s>", 1, stringFunction},
		"substring":          {"<s-nn?:s>", 3, ofString(substring)},
		"substringBefore":    {"<s-s:s>", 2, ofString(substringBefore)},
		"substringAfter":     {"<s-s:s>", 2, ofString(substringAfter)},
		"lowercase":          {"<s-:s>", 1, ofString(lowercase)},
		"uppercase":          {"<s-:s>", 1, ofString(uppercase)},
		"length":             {"<s-:n>", 1, ofString(length)},
		"trim":               {"<s-:s>", 1, ofString(trim)},
		"pad":                {"<s-ns?:s>", 3, ofString(pad)},
		"match":              {"<s-f<s:o>n?:a<o>>", 3, ofString(matchFunction)},
		"contains":           {"<s-(sf):b>", 2, ofString(containsFunction)},
		"replace":            {"<s-(sf)(sf)n?:s>", 4, ofString(replace)},
		"split":              {"<s-(sf)n?:a<s>>", 3, ofString(split)},
		"join":               {"<a<s>s?:s>", 2, join},
		"base64encode":       {"<s-:s>", 1, ofString(base64encode)},
		"base64decode":       {"<s-:s>", 1, ofString(base64decode)},
		"encodeUrlComponent": {"<s-:s>", 1, ofString(encodeURLComponent)},
		"encodeUrl":          {"<s-:s>", 1, ofString(encodeURL)},
		"decodeUrlComponent": {"<s-:s>", 1, ofString(decodeURLComponent)},
		"decodeUrl":          {"<s-:s>", 1, ofString(decodeURL)},
	}
}

func numberFunctions() map[string]definition {
	return map[string]definition{
		"number":        {"<(nsb)-:n>", 1, numberFunction},
		"floor":         {"<n-:n>", 1, ofNumber(floor)},
		"ceil":          {"<n-:n>", 1, ofNumber(ceil)},
		"round":         {"<n-n?:n>", 2, ofNumber(round)},
		"abs":           {"<n-:n>", 1, ofNumber(abs)},
		"sqrt":          {"<n-:n>", 1, ofNumber(sqrt)},
		"power":         {"<n-n:n>", 2, ofNumber(power)},
		"random":        {"<:n>", 0, randomFunction},
		"formatNumber":  {"<n-so?:s>", 3, ofNumber(formatNumber)},
		"formatBase":    {"<n-n?:s>", 2, ofNumber(formatBase)},
		"formatInteger": {"<n-s:s>", 2, ofNumber(formatInteger)},
		"parseInteger":  {"<s-s:n>", 2, ofString(parseInteger)},
	}
}

func arrayFunctions() map[string]definition {
	return map[string]definition{
		"sum":      {"<a<n>:n>", 1, sum},
		"count":    {"<a:n>", 1, count},
		"max":      {"<a<n>:n>", 1, maximum},
		"min":      {"<a<n>:n>", 1, minimum},
		"average":  {"<a<n>:n>", 1, average},
		"map":      {"<af>", 2, mapFunction},
		"zip":      {"<a+>", 0, zip},
		"filter":   {"<af>", 2, filterFunction},
		"single":   {"<af?>", 2, single},
		"reduce":   {"<afj?:j>", 3, reduce},
		"append":   {"<xx:a>", 2, appendFunction},
		"reverse":  {"<a:a>", 1, reverse},
		"sort":     {"<af?:a>", 2, sortFunction},
		"shuffle":  {"<a:a>", 1, shuffle},
		"distinct": {"<x:x>", 1, distinct},
	}
}

func objectFunctions() map[string]definition {
	return map[string]definition{
		"boolean": {"<x-:b>", 1, booleanFunction},
		"not":     {"<x-:b>", 1, not},
		"exists":  {"<x:b>", 1, exists},
		"sift":    {"<o-f?:o>", 2, sift},
		"keys":    {"<x-:a<s>>", 1, keys},
		"lookup":  {"<x-s:x>", 2, lookupFunction},
		"spread":  {"<x-:a<o>>", 1, spread},
		"merge":   {"<a<o>:o>", 1, merge},
		"each":    {"<o-f:a>", 2, each},
		"error":   {"<s?:x>", 1, errorFunction},
		"assert":  {"<bs?:x>", 2, assert},
		"type":    {"<x:s>", 1, typeFunction},
		"clone":   {"<(oa)-:o>", 1, clone},
	}
}

func timeFunctions() map[string]definition {
	return map[string]definition{
		"now":        {"<s?s?:s>", 2, now},
		"millis":     {"<:n>", 0, millis},
		"toMillis":   {"<s-s?:n>", 2, ofString(toMillis)},
		"fromMillis": {"<n-s?s?:s>", 3, ofNumber(fromMillis)},
	}
}

// ofString makes a function of one whose first argument is a string; of nothing
// it makes nothing.
func ofString(f func(ev *evaluator, s string, args []any) (any, error)) func(*evaluator, []any) (any, error) {
	return func(ev *evaluator, args []any) (any, error) {
		if s, ok := argument(args, 0).(string); ok {
			return f(ev, s, args)
		}
		return Undefined{}, nil
	}
}

// ofNumber makes a function of one whose first argument is a number; of nothing
// it makes nothing.
func ofNumber(f func(ev *evaluator, n float64, args []any) (any, error)) func(*evaluator, []any) (any, error) {
	return func(ev *evaluator, args []any) (any, error) {
		if n, ok := value.Float(argument(args, 0)); ok {
			return f(ev, n, args)
		}
		return Undefined{}, nil
	}
}

// stringArgument returns an argument that is a string, and whether there is one.
func stringArgument(args []any, i int) (string, bool) {
	s, ok := argument(args, i).(string)
	return s, ok
}

// numberArgument returns an argument that is a number, and whether there is one.
func numberArgument(args []any, i int) (float64, bool) { return value.Float(argument(args, i)) }
