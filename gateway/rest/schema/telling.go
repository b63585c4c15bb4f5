package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"maru.dev/maru/pattern/pointer"
)

// fault is one thing that is wrong.
type fault struct {
	at      []string // in the document
	keyword string   // of the schema
	text    string
}

// telling makes texts of what is wrong with a document.
type telling struct {
	schemas  Schemas
	document any
	faults   []fault
}

// collect takes what a schema's keywords say. Those that combine schemas say only
// how many of them fit.
func (t *telling) collect(e *jsonschema.ValidationError) {
	switch k := e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference:
		for _, cause := range e.Causes {
			t.collect(cause)
		}
		return
	case *kind.Type:
		t.typeFault(e, k)
		return
	}
	keyword, text := t.words(e)
	t.add(e, keyword, text)
}

// add keeps a fault.
func (t *telling) add(e *jsonschema.ValidationError, keyword, text string) {
	t.faults = append(t.faults, fault{at: e.InstanceLocation, keyword: keyword, text: text})
}

// told returns the texts in order, without those of what lies within something
// that is wrong itself.
func (t *telling) told() []string {
	slices.SortStableFunc(t.faults, func(a, b fault) int {
		if order := slices.CompareFunc(a.at, b.at, comparePlaces); order != 0 {
			return order
		}
		if order := strings.Compare(rank(a.keyword), rank(b.keyword)); order != 0 {
			return order
		}
		return strings.Compare(a.text, b.text)
	})
	var texts []string
	var last []string
	for i, f := range t.faults {
		if i > 0 && len(f.at) > len(last) && slices.Equal(f.at[:len(last)], last) {
			continue
		}
		last = f.at
		texts = append(texts, f.text)
	}
	return texts
}

// rank puts the format of a text last.
func rank(keyword string) string {
	if keyword == "format" {
		return "~"
	}
	return keyword
}

// comparePlaces compares names by their letters, and indexes by their numbers.
func comparePlaces(a, b string) int {
	n, errA := strconv.Atoi(a)
	m, errB := strconv.Atoi(b)
	if errA == nil && errB == nil {
		return n - m
	}
	return strings.Compare(a, b)
}

// typeFault tells that a value is of another type, and that it is not in the
// schema's enum, which the library does not look at then.
func (t *telling) typeFault(e *jsonschema.ValidationError, k *kind.Type) {
	got := k.Got
	v := t.value(e)
	if n, ok := v.(json.Number); ok && !strings.ContainsAny(n.String(), ".eE") {
		got = "integer"
	}
	allowed := slices.Clone(k.Want)
	if slices.Contains(allowed, "number") && !slices.Contains(allowed, "integer") {
		allowed = append(allowed, "integer")
	}
	t.add(e, "type", fmt.Sprintf("instance type (%s) does not match any allowed primitive type (allowed: %s)", got, names(allowed)))
	enum, ok := t.keyword(e, "enum").([]any)
	if ok && !slices.ContainsFunc(enum, func(a any) bool { return reflect.DeepEqual(a, v) }) {
		t.add(e, "enum", notInEnum(v, enum))
	}
}

// words tell which keyword a fault is of, and what is wrong.
func (t *telling) words(e *jsonschema.ValidationError) (keyword, text string) {
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		return "additionalProperties", "object instance has properties which are not allowed by the schema: " + names(k.Properties)
	case *kind.AllOf:
		all, _ := t.keyword(e, "allOf").([]any)
		return "allOf", fmt.Sprintf("instance failed to match all required schemas (matched only %d out of %d)", len(all)-len(e.Causes), len(all))
	case *kind.AnyOf:
		return "anyOf", fmt.Sprintf("instance failed to match at least one required schema among %d", len(e.Causes))
	case *kind.OneOf:
		all, _ := t.keyword(e, "oneOf").([]any)
		return "oneOf", fmt.Sprintf("instance failed to match exactly one schema (matched %d out of %d)", len(k.Subschemas), len(all))
	case *kind.Not:
		return "not", "instance matched a schema which it should not have"
	case *kind.Dependency:
		all, _ := t.keyword(e, "dependencies").(map[string]any)
		required, _ := all[k.Prop].([]any)
		wanted := make([]string, len(required))
		for i, r := range required {
			wanted[i] = fmt.Sprint(r)
		}
		return "dependencies", fmt.Sprintf("property %q of object has missing property dependencies (schema requires %s; missing: %s)", k.Prop, names(wanted), names(k.Missing))
	case *kind.Enum:
		return "enum", notInEnum(k.Got, k.Want)
	case *kind.MaxProperties:
		return "maxProperties", fmt.Sprintf("object has too many properties (found %d but schema requires at most %d)", k.Got, k.Want)
	case *kind.MinProperties:
		return "minProperties", fmt.Sprintf("object has too few properties (found %d but schema requires at least %d)", k.Got, k.Want)
	case *kind.Required:
		return "required", "object has missing required properties (" + names(k.Missing) + ")"
	}
	return t.wordsOfValue(e)
}

// wordsOfValue are words for arrays, texts and numbers.
func (t *telling) wordsOfValue(e *jsonschema.ValidationError) (keyword, text string) {
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalItems:
		all, _ := t.value(e).([]any)
		return "additionalItems", fmt.Sprintf("schema only allows %d elements in array but instance has %d elements", len(all)-k.Count, len(all))
	case *kind.MinItems:
		return "minItems", fmt.Sprintf("array is too short: must have at least %d elements but instance has %d elements", k.Want, k.Got)
	case *kind.MaxItems:
		return "maxItems", fmt.Sprintf("array is too long: must have at most %d elements but instance has %d elements", k.Want, k.Got)
	case *kind.UniqueItems:
		return "uniqueItems", "array must not contain duplicate elements"
	case *kind.MinLength:
		return "minLength", fmt.Sprintf(`string "%s" is too short (length: %d, required minimum: %d)`, t.value(e), k.Got, k.Want)
	case *kind.MaxLength:
		return "maxLength", fmt.Sprintf(`string "%s" is too long (length: %d, maximum allowed: %d)`, t.value(e), k.Got, k.Want)
	case *kind.Pattern:
		return "pattern", fmt.Sprintf(`ECMA 262 regex "%s" does not match input string "%s"`, k.Want, k.Got)
	case *kind.Format:
		return "format", formatWords(k.Want, fmt.Sprint(k.Got))
	case *kind.Minimum:
		return "minimum", lower(k.Want, k.Got)
	case *kind.Maximum:
		return "maximum", greater(k.Want, k.Got)
	case *kind.ExclusiveMinimum:
		if k.Got.Cmp(k.Want) < 0 {
			return "minimum", lower(k.Want, k.Got)
		}
		return "minimum", "numeric instance is not strictly greater than the required minimum " + decimal(k.Want)
	case *kind.ExclusiveMaximum:
		if k.Got.Cmp(k.Want) > 0 {
			return "maximum", greater(k.Want, k.Got)
		}
		return "maximum", "numeric instance is not strictly lower than the required maximum " + decimal(k.Want)
	case *kind.MultipleOf:
		return "multipleOf", fmt.Sprintf("remainder of division is not zero (%s / %s)", decimal(k.Got), decimal(k.Want))
	}
	return strings.Join(e.ErrorKind.KeywordPath(), "/"), "instance does not match the schema"
}

// lower tells that a number is too small.
func lower(want, got *big.Rat) string {
	return fmt.Sprintf("numeric instance is lower than the required minimum (minimum: %s, found: %s)", decimal(want), decimal(got))
}

// greater tells that a number is too large.
func greater(want, got *big.Rat) string {
	return fmt.Sprintf("numeric instance is greater than the required maximum (maximum: %s, found: %s)", decimal(want), decimal(got))
}

// notInEnum tells that a value is none of some.
func notInEnum(got any, want []any) string {
	return fmt.Sprintf("instance value (%s) not found in enum (possible values: %s)", text(got), text(want))
}

// formatWords tell that a text has not a format.
func formatWords(format, got string) string {
	switch format {
	case "date-time":
		return fmt.Sprintf(`string "%s" is invalid against requested date format(s) [yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.SSSZ]`, got)
	case "email":
		return fmt.Sprintf(`string "%s" is not a valid email address`, got)
	case "hostname":
		return fmt.Sprintf(`string "%s" is not a valid hostname`, got)
	case "ipv4":
		return fmt.Sprintf(`string "%s" is not a valid IPv4 address`, got)
	case "ipv6":
		return fmt.Sprintf(`string "%s" is not a valid IPv6 address`, got)
	case "regex":
		return fmt.Sprintf(`string "%s" is not a valid ECMA 262 regular expression`, got)
	case "uuid":
		return fmt.Sprintf(`input string "%s" is not a valid UUID`, got)
	case "json-pointer":
		return fmt.Sprintf(`input string "%s" is not a valid JSON Pointer`, got)
	default:
		return fmt.Sprintf(`string "%s" is not a valid URI`, got)
	}
}

// decimal writes a number without zeros at its end.
func decimal(r *big.Rat) string {
	digits, _ := r.FloatPrec()
	return r.FloatString(digits)
}

// names writes names as JSON, in order.
func names(of []string) string {
	sorted := make([]any, len(of))
	for i, name := range slices.Sorted(slices.Values(of)) {
		sorted[i] = name
	}
	return text(sorted)
}

// text writes a value as JSON.
func text(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // JSON was read, and is written again
	return strings.TrimSuffix(b.String(), "\n")
}

// value returns the part of the document that a fault is of.
func (t *telling) value(e *jsonschema.ValidationError) any {
	return part(t.document, e.InstanceLocation)
}

// keyword returns what the schema that a fault is of has for a keyword.
func (t *telling) keyword(e *jsonschema.ValidationError, name string) any {
	url, place, _ := strings.Cut(e.SchemaURL, "#")
	schema, err := t.schemas.Load(url)
	if err != nil {
		return nil
	}
	return part(schema, append(pointer.Steps(place), name))
}

// part goes on from a value by names and indexes.
func part(v any, steps []string) any {
	for _, step := range steps {
		switch holder := v.(type) {
		case map[string]any:
			v = holder[step]
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n < 0 || n >= len(holder) {
				return nil
			}
			v = holder[n]
		default:
			return nil
		}
	}
	return v
}
