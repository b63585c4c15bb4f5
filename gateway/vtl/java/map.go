package java

import "slices"

// put sets the value of a key, up to the limit of a map.
func (m *Map) put(key, v any) error {
	if m.Len() >= MaxItems {
		return TooLong()
	}
	m.Put(key, v)
	return nil
}

// invokeMap calls a map's method.
func (u *Usage) invokeMap(m *Map, name string, args []any) (any, error) {
	switch len(args) {
	case 0:
		return u.invokeMapAlone(m, name)
	case 1:
		return u.invokeMapWith(m, name, args[0])
	case 2:
		return invokeMapOf(m, name, args[0], args[1])
	}
	return nil, ErrNoMethod
}

// invokeMapAlone calls a method without arguments.
func (u *Usage) invokeMapAlone(m *Map, name string) (any, error) {
	made := &List{}
	switch name {
	case "size":
		return int64(m.Len()), nil
	case "isEmpty":
		return m.Len() == 0, nil
	case "clear":
		*m = Map{}
		return none{}, nil
	case "clone":
		c := &Map{}
		for _, k := range m.keys {
			c.Put(k, m.values[k])
		}
		return c, u.Spend(m.Len())
	case "keySet":
		made.Items = slices.Clone(m.keys)
	case "values":
		for _, k := range m.keys {
			made.Items = append(made.Items, m.values[k])
		}
	case "entrySet":
		for _, k := range m.keys {
			made.Items = append(made.Items, &Entry{Of: m, Key: k})
		}
	default:
		return nil, ErrNoMethod
	}
	return made, u.Spend(m.Len()/8 + 1)
}

// invokeMapWith calls a method with one argument.
func (u *Usage) invokeMapWith(m *Map, name string, arg any) (any, error) {
	switch name {
	case "get":
		v, _ := m.Get(arg)
		return v, nil
	case "containsKey":
		_, ok := m.Get(arg)
		return ok, nil
	case "containsValue":
		for _, v := range m.values {
			if same, err := u.equalStrictly(v, arg); err != nil || same {
				return same, err
			}
		}
		return false, nil
	case "remove":
		return m.Remove(arg), u.Spend(m.Len()/8 + 1)
	case "putAll":
		other, ok := arg.(*Map)
		if !ok {
			return nil, ErrNoMethod
		}
		for _, k := range slices.Clone(other.keys) {
			if err := m.put(k, other.values[k]); err != nil {
				return nil, err
			}
		}
		return none{}, u.Spend(other.Len())
	}
	return nil, ErrNoMethod
}

// invokeMapOf calls a method with a key and a value.
func invokeMapOf(m *Map, name string, key, v any) (any, error) {
	before, ok := m.Get(key)
	switch name {
	case "put":
		return before, m.put(key, v)
	case "putIfAbsent":
		if ok {
			return before, nil
		}
		return nil, m.put(key, v)
	case "getOrDefault":
		if ok {
			return before, nil
		}
		return v, nil
	}
	return nil, ErrNoMethod
}

// invokeEntry calls a method of an entry.
func invokeEntry(e *Entry, name string, args []any) (any, error) {
	switch {
	case name == "getKey" && len(args) == 0:
		return e.Key, nil
	case name == "getValue" && len(args) == 0:
		return e.Of.values[e.Key], nil
	case name == "setValue" && len(args) == 1:
		return e.Of.Put(e.Key, args[0]), nil
	}
	return nil, ErrNoMethod
}
