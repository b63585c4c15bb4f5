package main

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"maru.dev/maru/wire"
)

// schema writes the service's rows as one literal that the linker lays out:
// nothing of it runs when the program starts.
func (g *generator) schema() error {
	g.imports(func() {
		g.printf("// Model is the table of %s.\nvar Model = &wire.Service{\n", g.title())
		for _, field := range fields(reflect.ValueOf(g.svc).Elem()) {
			g.printf("%s,\n", field)
		}
		g.printf("Shapes: []wire.Shape{\n")
		for i, shape := range g.svc.Shapes {
			g.shapeRow(i, shape)
		}
		g.printf("},\nOperations: []wire.Operation{\n")
		for _, op := range g.svc.Operations {
			g.operationRow(op)
		}
		g.printf("},\n}\n")
	})
	return nil
}

func (g *generator) shapeRow(i int, s wire.Shape) {
	members := s.Members
	s.Members = nil
	row := fmt.Sprintf("%d: {%s", i, strings.Join(fields(reflect.ValueOf(s)), ", "))
	switch {
	case len(members) == 0:
		g.printf("%s},\n", row)
	case s.Kind == wire.List || s.Kind == wire.Map:
		g.printf("%s, Members: %s},\n", row, literal(reflect.ValueOf(members)))
	default:
		g.printf("%s, Members: []wire.Member{\n", row)
		for _, m := range members {
			g.printf("%s,\n", element(reflect.ValueOf(m)))
		}
		g.printf("}},\n")
	}
}

func (g *generator) operationRow(op wire.Operation) {
	full := generated(op)
	op.New = nil
	row := strings.Join(fields(reflect.ValueOf(op)), ", ")
	if !full {
		g.printf("{%s},\n", row)
		return
	}
	g.printf("{\n%s,\n", row)
	g.printf("New: func() any { return new(%sInput) }, NewOut: func() any { return new(%[1]sOutput) },\n", op.Name)
	g.printf("Invoke: func(ctx context.Context, svc, in any) (any, error) "+
		"{ return svc.(Service).%s(ctx, in.(*%[1]sInput)) },\n},\n", op.Name)
}

// fields lists what is set in a struct, as a Go literal lists it.
func fields(v reflect.Value) []string {
	var out []string
	for i := range v.NumField() {
		name, value := v.Type().Field(i).Name, v.Field(i)
		switch {
		case !v.Type().Field(i).IsExported(), name == "Shapes", name == "Operations":
			continue // the caches of a service, and its tables, which have a line for each row
		case name == "Input" || name == "Output":
			if value.Int() == wire.NoShape {
				out = append(out, name+": wire.NoShape")
				continue
			}
		case name == "Ref" || name == "Kind": // said even where they are zero, for the reader
		case value.IsZero():
			continue
		}
		out = append(out, name+": "+literal(value))
	}
	return out
}

// literal writes a value of a row as Go.
func literal(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case wire.Kind:
		return "wire." + kindNames[x]
	case wire.Location:
		return "wire." + locationNames[x]
	case wire.TimeFormat:
		return "wire." + timeFormatNames[x]
	case wire.Protocol:
		return "wire." + protocolNames[x]
	}
	switch v.Kind() {
	case reflect.String:
		return quote(v.String())
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	case reflect.Pointer:
		return "&wire." + v.Elem().Type().Name() + element(v.Elem())
	case reflect.Slice:
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = element(v.Index(i))
		}
		return fmt.Sprintf("%s{%s}", v.Type(), strings.Join(parts, ", "))
	default:
		return fmt.Sprint(v.Interface())
	}
}

// element is literal, without the type that the slice or the pointer around it tells.
func element(v reflect.Value) string {
	if v.Kind() == reflect.Struct {
		return "{" + strings.Join(fields(v), ", ") + "}"
	}
	return literal(v)
}

// quote prefers back quotes where they save escapes, as patterns do.
func quote(s string) string {
	if strings.ContainsAny(s, `\"`) && strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

// The names of package wire's constants.
var (
	kindNames = map[wire.Kind]string{
		wire.Structure: "Structure", wire.List: "List", wire.Map: "Map", wire.String: "String", wire.Blob: "Blob",
		wire.Boolean: "Boolean", wire.Integer: "Integer", wire.Long: "Long", wire.Float: "Float", wire.Double: "Double",
		wire.Timestamp: "Timestamp", wire.Document: "Document", wire.Events: "Events",
	}
	locationNames = map[wire.Location]string{
		wire.Body: "Body", wire.Header: "Header", wire.Headers: "Headers", wire.URI: "URI",
		wire.QueryString: "QueryString", wire.StatusCode: "StatusCode",
	}
	timeFormatNames = map[wire.TimeFormat]string{
		wire.DefaultTime: "DefaultTime", wire.UnixTime: "UnixTime", wire.ISO8601: "ISO8601", wire.RFC822: "RFC822",
	}
	protocolNames = map[wire.Protocol]string{
		wire.AWSJSON: "AWSJSON", wire.Query: "Query", wire.EC2Query: "EC2Query", wire.RESTJSON: "RESTJSON",
		wire.RESTXML: "RESTXML", wire.RPCv2: "RPCv2",
	}
)
