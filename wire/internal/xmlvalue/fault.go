package xmlvalue

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"maru.dev/maru/wire"
)

// Fault appends the <Error> element of query and rest-xml envelopes: whose
// fault it is, its code and message, and what else it carries.
func Fault(dst []byte, svc *wire.Service, fault wire.Error) ([]byte, error) {
	dst = append(dst, "<Error>"...)
	dst = Leaf(dst, "Type", wire.FaultParty(fault))
	dst = Leaf(dst, "Code", wire.QueryCode(svc, fault))
	dst = Leaf(dst, "Message", fault.ErrorMessage())
	dst, err := FaultMembers(dst, svc, fault)
	return append(dst, "</Error>"...), err
}

// FaultMembers appends what a fault carries beside code and message.
func FaultMembers(dst []byte, svc *wire.Service, fault wire.Error) ([]byte, error) {
	if e, ok := fault.(*wire.APIError); ok {
		for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
			dst = Leaf(dst, name, e.Fields[name])
		}
		return dst, nil
	}
	t := svc.ErrorType(fault)
	if t == nil {
		return dst, nil
	}
	v := reflect.ValueOf(fault).Elem()
	for i := range t.Fields {
		f := &t.Fields[i]
		if strings.EqualFold(f.Name, "message") || f.Location != wire.Body {
			continue
		}
		value, ok := f.Of(v)
		if !ok {
			continue
		}
		var err error
		if dst, err = member(dst, f, value); err != nil {
			return dst, err
		}
	}
	return dst, nil
}
