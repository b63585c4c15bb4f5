package record

import "maru.dev/maru/wire"

// object appends the members of a JSON object whose brace is open.
type object struct{ dst []byte }

// key writes a member's name, with the comma before it. Names need no escapes.
func (o *object) key(name string) {
	if o.dst[len(o.dst)-1] != '{' {
		o.dst = append(o.dst, ',')
	}
	o.dst = append(o.dst, '"')
	o.dst = append(o.dst, name...)
	o.dst = append(o.dst, '"', ':')
}

// text writes a member that is a string.
func (o *object) text(name, value string) {
	o.key(name)
	o.dst = wire.AppendJSONString(o.dst, value)
}

// filled writes a member that is a string, unless it is empty.
func (o *object) filled(name, value string) {
	if value != "" {
		o.text(name, value)
	}
}

// truth writes a member that is true or false.
func (o *object) truth(name string, value bool) {
	o.key(name)
	if value {
		o.dst = append(o.dst, "true"...)
		return
	}
	o.dst = append(o.dst, "false"...)
}

// raw writes a member that is JSON already.
func (o *object) raw(name string, value []byte) {
	o.key(name)
	o.dst = append(o.dst, value...)
}
