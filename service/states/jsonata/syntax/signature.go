package syntax

import (
	"strings"

	"maru.dev/maru/service/states/jsonata/fault"
)

// Signature tells which arguments a function takes.
type Signature struct {
	params []param
}

// param is one parameter, or with more a row of them.
type param struct {
	symbols string // the types it takes, a letter each; m is a missing argument
	array   bool   // an array; another value becomes one
	subtype string // what an array holds
	kind    string // as it was written
	context bool   // if the argument is missing it is the context's value
	least   int    // 0 if it may be missing
	more    bool   // one or more arguments
}

// ParseSignature reads a signature, such as "<a-n:a>". Its errors' positions
// count from its beginning.
func ParseSignature(text string) (*Signature, *fault.Error) {
	s := &Signature{}
	last := func() *param {
		if len(s.params) == 0 {
			return &param{}
		}
		return &s.params[len(s.params)-1]
	}
	for i := 1; i < len(text) && text[i] != ':'; i++ {
		switch c := text[i]; c {
		case 's', 'n', 'b', 'l', 'o':
			s.add(param{symbols: string(c) + "m", kind: string(c)})
		case 'a':
			s.add(param{symbols: "asnblfom", kind: "a", array: true})
		case 'f':
			s.add(param{symbols: "f", kind: "f"})
		case 'j':
			s.add(param{symbols: "asnblom", kind: "j"})
		case 'x':
			s.add(param{symbols: "asnblfom", kind: "x"})
		case '-':
			last().context, last().least = true, 0
		case '?':
			last().least = 0
		case '+':
			last().more = true
		case '(':
			end := closing(text, i, '(', ')')
			choice := text[i+1 : end]
			if strings.Contains(choice, "<") {
				return nil, fault.At("S0402", "", i).WithValue(choice)
			}
			s.add(param{symbols: choice + "m", kind: "(" + choice + ")"})
			i = end
		case '<':
			if kind := last().kind; kind != "a" && kind != "f" {
				return nil, fault.At("S0401", "", i).WithValue(kind)
			}
			end := closing(text, i, '<', '>')
			last().subtype = text[i+1 : end]
			i = end
		}
	}
	return s, nil
}

// add adds a parameter.
func (s *Signature) add(p param) {
	p.least = 1
	s.params = append(s.params, p)
}

// closing returns the place of the bracket that closes the one at start.
func closing(text string, start int, opening, closing byte) int {
	depth := 1
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case closing:
			if depth--; depth == 0 {
				return i
			}
		case opening:
			depth++
		}
	}
	return len(text)
}

// matcher distributes arguments, given by their types, over parameters.
type matcher struct {
	params []param
	types  string
	whole  bool            // all arguments must be taken
	failed map[[2]int]bool // what is known to lead nowhere, if there are many parameters
}

// match returns how many arguments each parameter takes.
func match(params []param, types string, whole bool) ([]int, bool) {
	m := matcher{params: params, types: types, whole: whole}
	if len(params) > 8 {
		m.failed = make(map[[2]int]bool)
	}
	counts := make([]int, len(params))
	return counts, m.from(0, 0, counts)
}

// from distributes the arguments from one on over the parameters from one on. As
// many as possible go to the first.
func (m *matcher) from(param, arg int, counts []int) bool {
	if param == len(m.params) {
		return !m.whole || arg == len(m.types)
	}
	if m.failed[[2]int{param, arg}] {
		return false
	}
	p := &m.params[param]
	most := 0
	for arg+most < len(m.types) && strings.IndexByte(p.symbols, m.types[arg+most]) >= 0 && (most == 0 || p.more) {
		most++
	}
	for n := most; n >= p.least; n-- {
		if m.from(param+1, arg+n, counts) {
			counts[param] = n
			return true
		}
	}
	if m.failed != nil {
		m.failed[[2]int{param, arg}] = true
	}
	return false
}

// Argument is an argument as it was given.
type Argument interface {
	// Type is its letter: s, n, b, l (null), a, o, f, or m if it is missing.
	Type(v any) byte
	// Items are an array's elements.
	Items(v any) []any
	// Missing is what stands for an argument that was not given.
	Missing() any
}

// Validate returns the arguments as the function gets them: with what is missing
// taken from the context where the signature says so, and with single values in
// arrays where it wants arrays.
func (s *Signature) Validate(types Argument, args []any, context any) ([]any, *fault.Error) {
	letters := make([]byte, len(args))
	for i, a := range args {
		letters[i] = types.Type(a)
	}
	given := string(letters)
	counts, ok := match(s.params, given, true)
	if !ok {
		return nil, s.mismatch(args, given)
	}
	valid := make([]any, 0, max(len(s.params), len(args)))
	// a parameter that takes nothing passes an argument by, as in the reference:
	// what is matched and what is passed are counted apart
	at, matched := 0, 0
	arg := func() any {
		if at < len(args) {
			return args[at]
		}
		return types.Missing()
	}
	for i, p := range s.params {
		switch {
		case counts[i] == 0 && p.context:
			if strings.IndexByte(p.symbols, types.Type(context)) < 0 {
				e := fault.Of("T0411", context)
				e.Index = at + 1
				return nil, e
			}
			valid = append(valid, context)
		case counts[i] == 0:
			valid = append(valid, arg())
			at++
		default:
			taken := given[matched : matched+counts[i]]
			matched += counts[i]
			for j := range counts[i] {
				v, err := p.coerce(types, arg(), taken, taken[j], at)
				if err != nil {
					return nil, err
				}
				valid = append(valid, v)
				at++
			}
		}
	}
	return valid, nil
}

// coerce makes one argument what the parameter wants; letter is the type by
// which it was taken.
func (p *param) coerce(types Argument, v any, taken string, letter byte, at int) (any, *fault.Error) {
	if !p.array {
		return v, nil
	}
	if letter == 'm' {
		return types.Missing(), nil
	}
	ok := true
	if p.subtype != "" {
		if letter == 'a' {
			for _, e := range types.Items(v) {
				ok = ok && types.Type(e) == p.subtype[0]
			}
		} else {
			ok = taken == p.subtype
		}
	}
	if !ok {
		e := fault.Of("T0412", v)
		e.Index, e.Detail = at+1, arrayOf(p.subtype)
		return nil, e
	}
	if letter != 'a' {
		return []any{v}, nil
	}
	return v, nil
}

// arrayOf names what an array should hold.
func arrayOf(subtype string) string {
	switch subtype {
	case "a":
		return "arrays"
	case "b":
		return "booleans"
	case "f":
		return "functions"
	case "n":
		return "numbers"
	case "o":
		return "objects"
	case "s":
		return "strings"
	}
	return subtype
}

// mismatch tells which argument was the first that no parameter takes.
func (s *Signature) mismatch(args []any, given string) *fault.Error {
	good := 0
	for i := range s.params {
		counts, ok := match(s.params[:i+1], given, false)
		if !ok {
			break
		}
		good = 0
		for _, n := range counts {
			good += n
		}
	}
	e := fault.New("T0410")
	if good < len(args) {
		e = fault.Of("T0410", args[good])
	}
	e.Index = good + 1
	return e
}
