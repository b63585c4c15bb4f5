package wire

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxText bounds the value that a validation message repeats.
const maxText = 4096

// text writes a value as AWS's validation messages do, which is how Java
// prints it: [a, b] for lists, {k=v} for maps, Name(member=value, …) for
// structures.
func (t *Type) text(v reflect.Value) string {
	var b strings.Builder
	t.describe(&b, v)
	if b.Len() > maxText {
		return strings.ToValidUTF8(b.String()[:maxText], "") + "..."
	}
	return b.String()
}

func (t *Type) describe(b *strings.Builder, v reflect.Value) {
	if b.Len() > maxText {
		return
	}
	if t.Shape.Sensitive {
		b.WriteString("***")
		return
	}
	switch t.Shape.Kind {
	case Structure:
		t.describeStruct(b, v)
	case List:
		b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				b.WriteString(", ")
			}
			t.Elem.describe(b, v.Index(i))
		}
		b.WriteByte(']')
	case Map:
		t.describeMap(b, v)
	case String:
		b.WriteString(v.String())
	case Boolean:
		b.WriteString(strconv.FormatBool(v.Bool()))
	case Integer, Long:
		b.WriteString(strconv.FormatInt(v.Int(), 10))
	case Float, Double:
		b.WriteString(javaFloat(v.Float()))
	case Timestamp:
		b.WriteString(v.Interface().(time.Time).UTC().Format("Mon Jan 02 15:04:05 UTC 2006"))
	case Blob:
		b.WriteString("java.nio.HeapByteBuffer")
		if v.Kind() == reflect.Slice {
			n := strconv.Itoa(v.Len())
			b.WriteString("[pos=0 lim=" + n + " cap=" + n + "]")
		}
	case Document:
		b.Write(v.Bytes())
	}
}

func (f *Field) describe(b *strings.Builder, v reflect.Value) {
	if v = indirect(v); !v.IsValid() {
		b.WriteString("null")
		return
	}
	f.Type.describe(b, v)
}

func (t *Type) describeStruct(b *strings.Builder, v reflect.Value) {
	b.WriteString(t.Shape.Name + "(")
	for i := range t.Fields {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(lowerFirst(t.Fields[i].Name) + "=")
		if value, ok := t.Fields[i].Of(v); ok {
			t.Fields[i].Type.describe(b, value)
		} else {
			b.WriteString("null")
		}
	}
	b.WriteByte(')')
}

func (t *Type) describeMap(b *strings.Builder, v reflect.Value) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(x, y reflect.Value) int { return strings.Compare(x.String(), y.String()) })
	b.WriteByte('{')
	for i, k := range keys {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(k.String() + "=")
		t.Elem.describe(b, v.MapIndex(k))
	}
	b.WriteByte('}')
}

// javaFloat writes a number with a fraction, as Java does.
func javaFloat(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.ContainsAny(s, ".IN") {
		s += ".0"
	}
	return s
}
