package java

import "errors"

// Invoke calls a method of a value. Its error is ErrNoMethod if there is none that
// takes the arguments.
func (u *Usage) Invoke(v any, name string, args []any) (any, error) {
	for _, a := range args {
		if err := u.Weigh(a); err != nil {
			return nil, err
		}
	}
	if made, err := u.invokeAny(v, name, args); !errors.Is(err, ErrNoMethod) {
		return made, err
	}
	switch v := v.(type) {
	case string:
		return u.invokeText(v, name, args)
	case int64, float64:
		return invokeNumber(v, name, args)
	case bool:
		return invokeBool(v, name, args)
	case *List:
		return u.invokeList(v, name, args)
	case *Map:
		return u.invokeMap(v, name, args)
	case *Entry:
		return invokeEntry(v, name, args)
	case *iterator:
		return v.invoke(name, args)
	case Object:
		return u.invokeObject(v, name, args)
	}
	return nil, ErrNoMethod
}

// ErrNoMethod is that an object has no method of a name for the arguments.
var ErrNoMethod = errors.New("no such method")

// invokeObject calls a method of the program's, which counts as much as it has made.
func (u *Usage) invokeObject(v Object, name string, args []any) (any, error) {
	if costly, ok := v.(interface{ Cost() int }); ok {
		if err := u.Spend(costly.Cost() / bytesPerStep); err != nil {
			return nil, err
		}
	}
	made, err := v.Call(name, args)
	if err != nil {
		return nil, err
	}
	if s, ok := made.(string); ok {
		err = u.Weigh(s)
	}
	return made, err
}

// invokeAny calls the methods that every value has.
func (u *Usage) invokeAny(v any, name string, args []any) (any, error) {
	switch {
	case name == "toString" && len(args) == 0:
		made, err := u.Text(v)
		return made, err
	case name == "equals" && len(args) == 1:
		if !sameKind(v, args[0]) {
			return false, nil
		}
		same, err := u.Equal(v, args[0])
		return same, err
	}
	return nil, ErrNoMethod
}

// sameKind tells whether two values are of one kind, without which Java's equals()
// is never true.
func sameKind(a, b any) bool {
	switch a.(type) {
	case string:
		_, ok := b.(string)
		return ok
	case int64:
		_, ok := b.(int64)
		return ok
	case float64:
		_, ok := b.(float64)
		return ok
	case bool:
		_, ok := b.(bool)
		return ok
	case *List:
		_, ok := b.(*List)
		return ok
	case *Map:
		_, ok := b.(*Map)
		return ok
	}
	return a == b
}

// whole returns an argument that has to be a whole number.
func whole(args []any, i int) (int, bool) {
	if i >= len(args) {
		return 0, false
	}
	n, ok := args[i].(int64)
	return int(n), ok
}

// texts tells whether the arguments are n strings.
func texts(args []any, n int) bool {
	if len(args) != n {
		return false
	}
	for _, a := range args {
		if !isText(a) {
			return false
		}
	}
	return true
}

// isText tells whether a value is a string.
func isText(v any) bool {
	_, ok := v.(string)
	return ok
}
