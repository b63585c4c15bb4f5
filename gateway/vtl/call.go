package vtl

import "errors"

// invoke calls a method of a value. Its error is ErrNoMethod if there is none that
// takes the arguments.
func (r *run) invoke(v any, name string, args []any) (any, error) {
	for _, a := range args {
		if err := r.weigh(a); err != nil {
			return nil, err
		}
	}
	if made, err := r.invokeAny(v, name, args); !errors.Is(err, ErrNoMethod) {
		return made, err
	}
	switch v := v.(type) {
	case string:
		return r.invokeText(v, name, args)
	case int64, float64:
		return invokeNumber(v, name, args)
	case bool:
		return invokeBool(v, name, args)
	case *List:
		return r.invokeList(v, name, args)
	case *Map:
		return r.invokeMap(v, name, args)
	case *Entry:
		return invokeEntry(v, name, args)
	case *iterator:
		return v.invoke(name, args)
	case Object:
		return r.invokeObject(v, name, args)
	}
	return nil, ErrNoMethod
}

// invokeObject calls a method of the program's, which counts as much as it has made.
func (r *run) invokeObject(v Object, name string, args []any) (any, error) {
	if costly, ok := v.(interface{ Cost() int }); ok {
		if err := r.spend(costly.Cost() / bytesPerStep); err != nil {
			return nil, err
		}
	}
	made, err := v.Call(name, args)
	if err != nil {
		return nil, err
	}
	if s, ok := made.(string); ok {
		err = r.weigh(s)
	}
	return made, err
}

// invokeAny calls the methods that every value has.
func (r *run) invokeAny(v any, name string, args []any) (any, error) {
	switch {
	case name == "toString" && len(args) == 0:
		made, err := r.text(v)
		return made, err
	case name == "equals" && len(args) == 1:
		if !sameKind(v, args[0]) {
			return false, nil
		}
		return wrap(r.equal(v, args[0]))
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
