package bind

import (
	"fmt"
	"strconv"
	"strings"
)

// phrases are how a language writes what a field holds; list has a %s for its
// element.
type phrases struct {
	anything, text, moment, whole, number, truth, list string
}

// of writes a field's type.
func (p *phrases) of(f *field) string {
	switch f.kind {
	case text:
		return p.text
	case moment:
		return p.moment
	case whole:
		return p.whole
	case number:
		return p.number
	case truth:
		return p.truth
	case list:
		return fmt.Sprintf(p.list, p.of(f.element))
	case record:
		return f.of
	case anything:
	}
	return p.anything
}

// free is a name that a language has not reserved and that no field before had.
func free(name, reserved string, taken map[string]bool) string {
	if strings.Contains(" "+reserved+" ", " "+name+" ") {
		name += "_"
	}
	for taken[name] {
		name += "_"
	}
	taken[name] = true
	return name
}

// goFiles writes structs that encoding/json fills.
func goFiles(pack string, types []typ) map[string]string {
	p := phrases{"any", "string", "time.Time", "int64", "float64", "bool", "[]%s"}
	var b strings.Builder
	for _, t := range types {
		fmt.Fprintf(&b, "\n// %s is a part of the schema.\ntype %s struct {\n", t.name, t.name)
		taken := make(map[string]bool)
		for _, f := range t.fields {
			kind, option := p.of(&f), ""
			if !f.required {
				option = ",omitempty"
				if f.kind == record || f.kind == moment {
					kind = "*" + kind
				}
			}
			tag := "json:" + strconv.Quote(f.json+option)
			if quoted := "`" + tag + "`"; strings.Count(quoted, "`") == 2 {
				tag = quoted
			} else {
				tag = strconv.Quote(tag)
			}
			fmt.Fprintf(&b, "\t%s %s %s\n", free(pascal(f.json), "", taken), kind, tag)
		}
		b.WriteString("}\n")
	}
	head := "// Package " + pack + " has the types of an event's schema.\npackage " + pack + "\n"
	if strings.Contains(b.String(), "time.Time") {
		head += "\nimport \"time\"\n"
	}
	return map[string]string{"schema/" + pack + "/" + pack + ".go": head + b.String()}
}

// javaFiles writes classes that Jackson fills.
func javaFiles(pack string, types []typ) map[string]string {
	const reserved = "abstract assert boolean break byte case catch char class const continue default do double else enum extends final finally float for goto if implements import instanceof int interface long native new package private protected public return short static strictfp super switch synchronized this throw throws transient try void volatile while true false null"
	p := phrases{"Object", "String", "java.time.OffsetDateTime", "Long", "Double", "Boolean", "java.util.List<%s>"}
	files := make(map[string]string, len(types))
	for _, t := range types {
		var fields, methods strings.Builder
		taken := make(map[string]bool)
		for _, f := range t.fields {
			name, kind := free(camel(f.json), reserved, taken), p.of(&f)
			fmt.Fprintf(&fields, "    @JsonProperty(%s)\n    private %s %s;\n\n", strconv.Quote(f.json), kind, name)
			suffix := pascal(name) + strings.Repeat("_", strings.Count(name, "_"))
			fmt.Fprintf(&methods, "    public %s get%s() { return %s; }\n\n    public void set%s(%s value) { this.%s = value; }\n\n", kind, suffix, name, suffix, kind, name)
		}
		files["schema/"+pack+"/"+t.name+".java"] = "package schema." + pack + ";\n\nimport com.fasterxml.jackson.annotation.JsonProperty;\n\npublic class " + t.name + " {\n" +
			fields.String() + strings.TrimSuffix(methods.String(), "\n") + "}\n"
	}
	return files
}

// pythonFiles writes classes with a marshaller of their own.
func pythonFiles(pack string, types []typ) map[string]string {
	const reserved = "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return self try while with yield"
	p := phrases{"object", "str", "str", "int", "float", "bool", "list"}
	files := map[string]string{"schema/__init__.py": "", "schema/" + pack + "/__init__.py": ""}
	var b strings.Builder
	b.WriteString("\"\"\"The types of an event's schema.\"\"\"\n")
	for _, t := range types {
		fmt.Fprintf(&b, "\n\nclass %s:\n    def __init__(self, **values):\n", t.name)
		var from, to strings.Builder
		taken := make(map[string]bool)
		for _, f := range t.fields {
			name := free(snake(f.json), reserved, taken)
			comment := p.of(&f)
			fmt.Fprintf(&b, "        self.%s = values.get(%s)  # %s\n", name, strconv.Quote(name), comment)
			at := "data.get(" + strconv.Quote(f.json) + ")"
			fmt.Fprintf(&from, "            %s=%s,\n", name, pythonRead(&f, at))
			fmt.Fprintf(&to, "            %s: _plain(self.%s),\n", strconv.Quote(f.json), name)
		}
		if len(t.fields) == 0 {
			b.WriteString("        pass\n")
		}
		fmt.Fprintf(&b, "\n    @classmethod\n    def from_dict(cls, data):\n        return cls(\n%s        )\n", from.String())
		fmt.Fprintf(&b, "\n    def to_dict(self):\n        data = {\n%s        }\n        return {k: v for k, v in data.items() if v is not None}\n", to.String())
	}
	b.WriteString("\n\ndef _record(kind, value):\n    return kind.from_dict(value) if isinstance(value, dict) else value\n")
	b.WriteString("\n\ndef _records(kind, value):\n    return [_record(kind, v) for v in value] if isinstance(value, list) else value\n")
	b.WriteString("\n\ndef _plain(value):\n    if isinstance(value, list):\n        return [_plain(v) for v in value]\n    return value.to_dict() if hasattr(value, \"to_dict\") else value\n")
	files["schema/"+pack+"/types.py"] = b.String()
	return files
}

// pythonRead reads a field's value out of a dictionary.
func pythonRead(f *field, at string) string {
	switch {
	case f.kind == record:
		return "_record(" + f.of + ", " + at + ")"
	case f.kind == list && f.element.kind == record:
		return "_records(" + f.element.of + ", " + at + ")"
	}
	return at
}

// typeScriptFiles writes interfaces.
func typeScriptFiles(pack string, types []typ) map[string]string {
	p := phrases{"unknown", "string", "string", "number", "number", "boolean", "Array<%s>"}
	var b strings.Builder
	for i, t := range types {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "export interface %s {\n", t.name)
		for _, f := range t.fields {
			mark := "?"
			if f.required {
				mark = ""
			}
			fmt.Fprintf(&b, "  %s%s: %s;\n", strconv.Quote(f.json), mark, p.of(&f))
		}
		b.WriteString("}\n")
	}
	return map[string]string{"schema/" + pack + "/index.ts": b.String()}
}
