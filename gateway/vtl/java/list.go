package java

import "slices"

// at returns an element; one that is not there fails the run, as Java throws.
func (l *List) at(n int64) (any, error) {
	if n < 0 {
		n += int64(len(l.Items)) // as Velocity counts from the end
	}
	if n < 0 || n >= int64(len(l.Items)) {
		return nil, outOfBounds(n, len(l.Items))
	}
	return l.Items[n], nil
}

// set changes an element, and returns the one before.
func (l *List) set(n int64, v any) (any, error) {
	before, err := l.at(n)
	if err != nil {
		return nil, err
	}
	if n < 0 {
		n += int64(len(l.Items))
	}
	l.Items[n] = v
	return before, nil
}

// outOfBounds is what Java throws for an index.
func outOfBounds(n int64, length int) error {
	return Throw("Index %d out of bounds for length %d", n, length)
}

// grown returns an error if n more elements are too many.
func (l *List) grown(n int) error {
	if len(l.Items)+n > MaxItems {
		return TooLong()
	}
	return nil
}

// invokeList calls a list's method.
func (u *Usage) invokeList(l *List, name string, args []any) (any, error) {
	switch len(args) {
	case 0:
		return invokeListAlone(l, name)
	case 1:
		return u.invokeListWith(l, name, args[0])
	case 2:
		n, ok := whole(args, 0)
		if !ok {
			return nil, ErrNoMethod
		}
		return invokeListAt(l, name, n, args[1])
	}
	return nil, ErrNoMethod
}

// invokeListAlone calls a method without arguments. (count() is none of Java's, but
// one of which AWS's documentation speaks.)
func invokeListAlone(l *List, name string) (any, error) {
	switch name {
	case "size", "count":
		return int64(len(l.Items)), nil
	case "isEmpty":
		return len(l.Items) == 0, nil
	case "clear":
		l.Items = nil
		return none{}, nil
	case "iterator", "listIterator":
		return &iterator{left: slices.Clone(l.Items)}, nil
	case "toArray":
		return &List{Items: slices.Clone(l.Items), array: true}, nil
	case "clone":
		return &List{Items: slices.Clone(l.Items), JSON: l.JSON}, nil
	}
	return nil, ErrNoMethod
}

// invokeListWith calls a method with one argument.
func (u *Usage) invokeListWith(l *List, name string, arg any) (any, error) {
	switch name {
	case "get":
		if n, ok := arg.(int64); ok {
			return l.at(n)
		}
	case "add":
		if err := l.grown(1); err != nil {
			return nil, err
		}
		l.Items = append(l.Items, arg)
		return true, nil
	case "remove":
		return u.removeFrom(l, arg)
	case "contains", "indexOf":
		at, err := u.indexOf(l, arg)
		if name == "contains" {
			return at >= 0, err
		}
		return int64(at), err
	case "lastIndexOf":
		found := -1
		for i, e := range l.Items {
			if same, err := u.equalStrictly(e, arg); err != nil {
				return nil, err
			} else if same {
				found = i
			}
		}
		return int64(found), nil
	case "addAll", "removeAll", "retainAll", "containsAll":
		return u.invokeListWithAll(l, name, Iterated(arg))
	}
	return nil, ErrNoMethod
}

// removeFrom removes the element at an index, or the first that equals a value.
func (u *Usage) removeFrom(l *List, arg any) (any, error) {
	if n, ok := arg.(int64); ok {
		before, err := l.at(n)
		if err == nil && n >= 0 {
			l.Items = slices.Delete(l.Items, int(n), int(n)+1)
		}
		return before, err
	}
	at, err := u.indexOf(l, arg)
	if err != nil || at < 0 {
		return false, err
	}
	l.Items = slices.Delete(l.Items, at, at+1)
	return true, nil
}

// invokeListWithAll calls a method with a collection.
func (u *Usage) invokeListWithAll(l *List, name string, all []any) (any, error) {
	if name == "addAll" {
		if err := l.grown(len(all)); err != nil {
			return nil, err
		}
		l.Items = append(l.Items, all...)
		return len(all) > 0, u.Spend(len(all))
	}
	other := &List{Items: all}
	if name == "containsAll" {
		for _, e := range all {
			if at, err := u.indexOf(l, e); err != nil || at < 0 {
				return false, err
			}
		}
		return true, nil
	}
	kept := make([]any, 0, len(l.Items))
	for _, e := range l.Items {
		at, err := u.indexOf(other, e)
		if err != nil {
			return nil, err
		}
		if (at >= 0) == (name == "retainAll") {
			kept = append(kept, e)
		}
	}
	changed := len(kept) != len(l.Items)
	l.Items = kept
	return changed, nil
}

// invokeListAt calls a method with an index and something more.
func invokeListAt(l *List, name string, n int, arg any) (any, error) {
	switch name {
	case "add":
		if n < 0 || n > len(l.Items) {
			return nil, outOfBounds(int64(n), len(l.Items))
		}
		if err := l.grown(1); err != nil {
			return nil, err
		}
		l.Items = slices.Insert(l.Items, n, arg)
		return none{}, nil
	case "set":
		return l.set(int64(n), arg)
	case "subList":
		to, ok := arg.(int64)
		if !ok {
			return nil, ErrNoMethod
		}
		if n < 0 || to < int64(n) || to > int64(len(l.Items)) {
			return nil, outOfBounds(to, len(l.Items))
		}
		return &List{Items: slices.Clone(l.Items[n:to])}, nil
	}
	return nil, ErrNoMethod
}

// indexOf finds the first element that equals a value, or returns -1.
func (u *Usage) indexOf(l *List, v any) (int, error) {
	for i, e := range l.Items {
		if same, err := u.equalStrictly(e, v); err != nil || same {
			return i, err
		}
	}
	return -1, nil
}

// equalStrictly is Java's equals().
func (u *Usage) equalStrictly(a, b any) (bool, error) {
	if !sameKind(a, b) {
		return false, u.Step()
	}
	return u.Equal(a, b)
}

// invoke calls a method of an iterator.
func (i *iterator) invoke(name string, args []any) (any, error) {
	switch {
	case name == "hasNext" && len(args) == 0:
		return len(i.left) > 0, nil
	case name == "next" && len(args) == 0:
		if len(i.left) == 0 {
			return nil, Throw("The iterator has no more elements")
		}
		next := i.left[0]
		i.left = i.left[1:]
		return next, nil
	}
	return nil, ErrNoMethod
}
