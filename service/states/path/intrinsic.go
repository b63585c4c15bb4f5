package path

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"maru.dev/maru/pattern/scan"
	"maru.dev/maru/pattern/value"
)

// maxNesting is how deep calls of intrinsic functions may lie in each other.
const maxNesting = 10

// maxRead bounds what all functions of a field are given together: one value can
// be an argument many times.
const maxRead = 32 << 20 // bytes

// Intrinsic is a compiled call of an intrinsic function. It may be used by many
// at once.
type Intrinsic struct {
	source   string
	name     string
	function intrinsic
	args     []argument
}

// argument is one argument of a call: one of the parts is set.
type argument struct {
	path *Path
	call *Intrinsic

	// constant is a number, boolean, null, or a text with its escapes resolved;
	// raw is that text as it was written, for templates of States.Format.
	constant any
	raw      string
	text     bool
}

// IntrinsicError is that a function cannot be computed.
type IntrinsicError struct {
	// Call is the call as it was written.
	Call string

	// Reason says why.
	Reason string

	// Lookup tells that an argument's path led nowhere.
	Lookup bool
}

// Error returns the message as Step Functions writes it.
func (e *IntrinsicError) Error() string {
	return "The function '" + e.Call + "' had the following error: " + e.Reason
}

// reasonError is why a function cannot be computed, in words that users see.
type reasonError string

// Error returns the reason.
func (r reasonError) Error() string { return string(r) }

// reasonf makes a reason.
func reasonf(format string, args ...any) error { return reasonError(fmt.Sprintf(format, args...)) }

// String returns the call as it was written.
func (i *Intrinsic) String() string { return i.source }

// Name returns the function's name, such as States.Format.
func (i *Intrinsic) Name() string { return i.name }

// Paths returns the paths among the arguments, at every depth.
func (i *Intrinsic) Paths() []*Path {
	var paths []*Path
	for _, a := range i.args {
		switch {
		case a.path != nil:
			paths = append(paths, a.path)
		case a.call != nil:
			paths = append(paths, a.call.Paths()...)
		}
	}
	return paths
}

// ParseIntrinsic compiles a call such as States.Format('{}', $.a).
func ParseIntrinsic(source string) (*Intrinsic, error) {
	r := reader{scan.Reader{Text: source}}
	r.Spaces()
	i, err := r.call(1)
	if err != nil {
		return nil, err
	}
	r.Spaces()
	if !r.Done() {
		return nil, fmt.Errorf("unexpected %q after a call", r.Text[r.At:])
	}
	i.source = source
	return i, nil
}

// reader goes through the text of a call.
type reader struct{ scan.Reader }

// call takes one call, which lies depth calls deep.
func (r *reader) call(depth int) (*Intrinsic, error) {
	if depth > maxNesting {
		return nil, errors.New("calls are nested deeper than 10 levels")
	}
	from := r.At
	for !r.Done() && (r.Peek() == '.' || unicode.IsLetter(rune(r.Peek())) || r.Peek() >= '0' && r.Peek() <= '9') {
		r.At++
	}
	i := &Intrinsic{name: r.Text[from:r.At]}
	spec, ok := intrinsicNamed(i.name)
	if !ok {
		return nil, fmt.Errorf("no intrinsic function %q", i.name)
	}
	i.function = spec.compute
	r.Spaces()
	if !r.Accept('(') {
		return nil, errors.New("a ( is missing after a function's name")
	}
	args, err := r.arguments(depth)
	if err != nil {
		return nil, err
	}
	i.args, i.source = args, r.Text[from:r.At]
	if n := len(args); n < spec.least || spec.most >= 0 && n > spec.most {
		return nil, fmt.Errorf("%s does not take %d arguments", i.name, n)
	}
	return i, nil
}

// arguments takes what stands between a call's parentheses, and the last one.
func (r *reader) arguments(depth int) ([]argument, error) {
	var args []argument
	for {
		r.Spaces()
		if r.Accept(')') && len(args) == 0 {
			return args, nil
		}
		a, err := r.argument(depth)
		if err != nil {
			return nil, err
		}
		args = append(args, a)
		r.Spaces()
		if r.Accept(')') {
			return args, nil
		}
		if !r.Accept(',') {
			return nil, errors.New("a comma or ) is missing between arguments")
		}
	}
}

// argument takes one argument.
func (r *reader) argument(depth int) (argument, error) {
	switch c := r.Peek(); {
	case c == '\'':
		return r.textArgument()
	case c == '$':
		from := r.At
		r.At = r.pathEnd()
		p, err := Parse(strings.TrimRight(r.Text[from:r.At], " \t\r\n"))
		return argument{path: p}, err
	case strings.HasPrefix(r.Text[r.At:], "States."):
		call, err := r.call(depth + 1)
		return argument{call: call}, err
	}
	word := r.Until(",) \t\r\n")
	v, err := value.Parse([]byte(word))
	if err != nil || strings.HasPrefix(word, `"`) || strings.ContainsAny(word, "[{") {
		return argument{}, fmt.Errorf("%q is no argument", word)
	}
	return argument{constant: v}, nil
}

// pathEnd finds the comma or parenthesis that ends a path among arguments.
func (r *reader) pathEnd() int {
	depth, quote := 0, byte(0)
	for at := r.At; at < len(r.Text); at++ {
		c := r.Text[at]
		switch {
		case quote != 0:
			switch c {
			case '\\':
				at++
			case quote:
				quote = 0
			}
		case c == '[' || c == '(':
			depth++
		case c == ']':
			depth--
		case c == ')':
			if depth == 0 {
				return at
			}
			depth--
		case c == ',' && depth == 0:
			return at
		case depth > 0 && (c == '\'' || c == '"'):
			quote = c
		}
	}
	return len(r.Text)
}

// textArgument takes a text in single quotes.
func (r *reader) textArgument() (argument, error) {
	r.At++ // the quote
	from := r.At
	for !r.Done() && r.Peek() != '\'' {
		if r.Peek() == '\\' {
			r.At++
		}
		r.At++
	}
	if r.At >= len(r.Text) {
		return argument{}, errors.New("a quote is not closed")
	}
	raw := r.Text[from:r.At]
	r.At++
	return argument{text: true, raw: raw, constant: unescape(raw)}, nil
}

// unescape resolves \', \\, \{ and \}; other backslashes stay.
func unescape(raw string) string {
	if !strings.Contains(raw, `\`) {
		return raw
	}
	return strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\{`, `{`, `\}`, `}`).Replace(raw)
}

// Eval computes the call. Its error is an *IntrinsicError.
func (i *Intrinsic) Eval(env *Env) (any, error) {
	v, err := i.eval(env)
	if err == nil {
		return v, nil
	}
	if failed, ok := errors.AsType[*IntrinsicError](err); ok {
		return nil, failed
	}
	return nil, &IntrinsicError{Call: i.source, Reason: err.Error()}
}

// eval computes arguments and function.
func (i *Intrinsic) eval(env *Env) (any, error) {
	in := invocation{env: env, call: i, args: make([]any, len(i.args))}
	for n, a := range i.args {
		switch {
		case a.path != nil:
			v, err := a.path.Get(env)
			if err != nil {
				return nil, i.lookup(a.path, err)
			}
			in.args[n] = v
		case a.call != nil:
			v, err := a.call.Eval(env)
			if err != nil {
				return nil, err
			}
			in.args[n] = v
		default:
			in.args[n] = a.constant
		}
		size, _ := value.Size(in.args[n], maxRead-env.read)
		if env.read += size; env.read > maxRead {
			return nil, reasonf("Invalid arguments: the functions' arguments have more than %d bytes together", maxRead)
		}
	}
	return i.function(&in)
}

// lookup is the failure of an argument's path.
func (i *Intrinsic) lookup(p *Path, err error) error {
	var root any
	if missing, ok := errors.AsType[*NotFoundError](err); ok {
		if missing.Undefined || strings.HasPrefix(missing.Detail, "Filter: ") {
			return &IntrinsicError{Call: i.source, Reason: missing.Detail, Lookup: true}
		}
		root = missing.Root
	}
	return &IntrinsicError{
		Call: i.source, Lookup: true,
		Reason: "The JsonPath argument for the field '" + p.source + "' could not be found in the input '" + string(value.Text(root)) + "'",
	}
}

// invocation is a call with its arguments evaluated.
type invocation struct {
	env  *Env
	call *Intrinsic
	args []any
}

// intrinsic computes a function.
type intrinsic func(in *invocation) (any, error)

// intrinsicSpec is a function with how many arguments it takes; most is -1 for
// any number.
type intrinsicSpec struct {
	compute     intrinsic
	least, most int
}

// intrinsicNamed returns the function of a name.
func intrinsicNamed(name string) (intrinsicSpec, bool) {
	switch name {
	case "States.Format":
		return intrinsicSpec{format, 1, -1}, true
	case "States.StringToJson":
		return intrinsicSpec{stringToJSON, 1, 1}, true
	case "States.JsonToString":
		return intrinsicSpec{jsonToString, 1, 1}, true
	case "States.Array":
		return intrinsicSpec{array, 0, -1}, true
	case "States.ArrayPartition":
		return intrinsicSpec{arrayPartition, 2, 2}, true
	case "States.ArrayContains":
		return intrinsicSpec{arrayContains, 2, 2}, true
	case "States.ArrayRange":
		return intrinsicSpec{arrayRange, 3, 3}, true
	case "States.ArrayGetItem":
		return intrinsicSpec{arrayGetItem, 2, 2}, true
	case "States.ArrayLength":
		return intrinsicSpec{arrayLength, 1, 1}, true
	case "States.ArrayUnique":
		return intrinsicSpec{arrayUnique, 1, 1}, true
	case "States.Base64Encode":
		return intrinsicSpec{base64Encode, 1, 1}, true
	case "States.Base64Decode":
		return intrinsicSpec{base64Decode, 1, 1}, true
	case "States.Hash":
		return intrinsicSpec{hashOf, 2, 2}, true
	case "States.JsonMerge":
		return intrinsicSpec{jsonMerge, 3, 3}, true
	case "States.MathRandom":
		return intrinsicSpec{mathRandom, 2, 3}, true
	case "States.MathAdd":
		return intrinsicSpec{mathAdd, 2, 2}, true
	case "States.StringSplit":
		return intrinsicSpec{stringSplit, 2, 2}, true
	case "States.UUID":
		return intrinsicSpec{newUUID, 0, 0}, true
	}
	return intrinsicSpec{}, false
}

// ReturnsText tells whether the function's result is a string, as the fields
// ErrorPath and CausePath want it.
func (i *Intrinsic) ReturnsText() bool {
	return slices.Contains([]string{
		"States.Format", "States.JsonToString", "States.ArrayGetItem", "States.Base64Encode",
		"States.Base64Decode", "States.Hash", "States.UUID",
	}, i.name)
}
