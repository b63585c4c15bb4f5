package template

// The bounds on what the functions of one expression make: their values may
// stand in each other, and many times, so that a small template could grow
// without end.
const (
	maxMade  = 32 << 20 // bytes
	callCost = 64       // bytes that a value counts beside its text
)

// room is how much the functions of an expression may still make.
type room struct{ left int }

// bounded is the environment with the room for one expression, unless it is in
// the middle of one.
func (e *Env) bounded() *Env {
	if e.room != nil {
		return e
	}
	own := *e
	own.room = &room{left: maxMade}
	return &own
}

// take counts one value with a text of so many bytes.
func (r *room) take(bytes int) error {
	if r.left -= bytes + callCost; r.left < 0 {
		return malformed("Template expands to too many values.")
	}
	return nil
}

// takeAll counts a value with what is in it.
func (r *room) takeAll(v any) error {
	switch v := v.(type) {
	case string:
		return r.take(len(v))
	case []any:
		for _, item := range v {
			if err := r.takeAll(item); err != nil {
				return err
			}
		}
	case map[string]any:
		for key, item := range v {
			if err := r.take(len(key)); err != nil {
				return err
			}
			if err := r.takeAll(item); err != nil {
				return err
			}
		}
	}
	return r.take(0)
}
