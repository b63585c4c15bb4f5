package java

import "slices"

// Element returns what stands at an index.
func Element(v, index any) (any, error) {
	switch v := v.(type) {
	case *List:
		if n, ok := index.(int64); ok {
			return v.at(n)
		}
	case *Map:
		e, _ := v.Get(index)
		return e, nil
	case Object:
		if name, ok := index.(string); ok {
			return v.Get(name), nil
		}
	}
	return nil, nil
}

// Property returns a property, nil if there is none.
func Property(v any, name string) any {
	switch v := v.(type) {
	case *Map:
		member, _ := v.Get(name)
		return member
	case Object:
		return v.Get(name)
	case *Entry:
		switch name {
		case "key":
			return v.Key
		case "value":
			return v.Of.values[v.Key]
		}
	case *List:
		if name == "empty" {
			return len(v.Items) == 0
		}
	case string:
		if name == "empty" {
			return v == ""
		}
	}
	return nil
}

// Set sets a member of a value that has such ones: by its name, or by an index.
func Set(holder, key any, indexed bool, v any) error {
	switch holder := holder.(type) {
	case *Map:
		return holder.put(key, v)
	case *List:
		if n, ok := key.(int64); ok && indexed {
			_, err := holder.set(n, v)
			return err
		}
	case Setter:
		holder.Set(text(key), v)
	}
	return nil
}

// Iterated returns what a loop goes through: nothing for what is no collection.
func Iterated(v any) []any {
	switch v := v.(type) {
	case *List:
		return slices.Clone(v.Items)
	case *Map:
		values := make([]any, 0, v.Len())
		for _, k := range v.keys {
			values = append(values, v.values[k])
		}
		return values
	case *iterator:
		left := v.left
		v.left = nil
		return left
	}
	return nil
}
