package sam

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"maru.dev/maru/service/cloudformation/template"
)

// Name is the transform's name in a template.
const Name = "AWS::Serverless-2016-10-31"

// prefix starts the types that the transform replaces.
const prefix = "AWS::Serverless::"

// The logical ids of the APIs that events make when they name none.
const (
	implicitHTTPAPI = "ServerlessHttpApi"
	implicitRESTAPI = "ServerlessRestApi"
)

// Transform returns tree without serverless resources. parameters are the
// values that the template's expressions see; names that depend on them are
// resolved with them. An API that is always deployed is deployed as of now.
func Transform(ctx context.Context, tree map[string]any, parameters map[string]any, now time.Time) (map[string]any, error) {
	t := &transform{
		ctx: ctx, in: asMap(tree["Resources"]), out: map[string]any{},
		parameters: parameters, mappings: asMap(tree["Mappings"]), now: now, conditions: map[string]any{},
		properties: map[string]string{}, renamed: map[string]string{},
		httpAPIs: map[string]*httpAPI{}, restAPIs: map[string]*restAPI{},
	}
	globals, err := readGlobals(tree["Globals"])
	if err != nil {
		return nil, failure([]string{err.Error()})
	}
	t.globals = globals
	t.run()
	if len(t.faults) > 0 {
		slices.Sort(t.faults)
		return nil, failure(t.faults)
	}
	out := maps.Clone(tree)
	delete(out, "Globals")
	out["Resources"] = t.out
	if len(t.conditions) > 0 {
		maps.Copy(t.conditions, asMap(tree["Conditions"]))
		out["Conditions"] = t.conditions
	}
	if left := withoutTransform(tree["Transform"]); left != nil {
		out["Transform"] = left
	} else {
		delete(out, "Transform")
	}
	return t.rewrite(out).(map[string]any), nil
}

// failure is the error of a template that SAM refuses, with all its faults.
func failure(faults []string) error {
	return template.Invalid("Transform %s failed with: Invalid Serverless Application Specification document. Number of errors found: %d. %s",
		Name, len(faults), strings.Join(faults, " "))
}

// withoutTransform is the Transform section without this transform.
func withoutTransform(v any) any {
	list, ok := v.([]any)
	if !ok {
		return nil
	}
	left := slices.DeleteFunc(slices.Clone(list), func(e any) bool { return e == any(Name) })
	if len(left) == 0 {
		return nil
	}
	return left
}

// transform is one run over a template.
type transform struct {
	ctx        context.Context // of Transform, for expressions on the way
	in, out    map[string]any  // resources
	globals    map[string]map[string]any
	parameters map[string]any
	mappings   map[string]any
	now        time.Time
	faults     []string
	conditions map[string]any // that are made

	properties map[string]string // "Api.Stage" → logical id, for references
	renamed    map[string]string // logical ids that get a suffix: layers
	httpAPIs   map[string]*httpAPI
	restAPIs   map[string]*restAPI
	shared     sharedPlan
}

// run transforms all resources. APIs come first, since events add to them, and
// are written last.
func (t *transform) run() {
	names := slices.Sorted(maps.Keys(t.in))
	for _, name := range names {
		res := asMap(t.in[name])
		if typ, _ := res["Type"].(string); !strings.HasPrefix(typ, prefix) {
			t.out[name] = cloneTree(t.in[name])
		}
	}
	for _, kinds := range [][]string{{"HttpApi", "Api", "LayerVersion"}, nil} {
		for _, name := range names {
			res := asMap(t.in[name])
			typ, _ := res["Type"].(string)
			kind, ok := strings.CutPrefix(typ, prefix)
			early := kind == "HttpApi" || kind == "Api" || kind == "LayerVersion"
			if !ok || early != (kinds != nil) {
				continue
			}
			t.resource(name, kind, res)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(t.httpAPIs)) {
		t.httpAPIs[id].write(t)
	}
	for _, id := range slices.Sorted(maps.Keys(t.restAPIs)) {
		t.restAPIs[id].write(t)
	}
}

// resource transforms one serverless resource.
func (t *transform) resource(name, kind string, res map[string]any) {
	props, ok := res["Properties"].(map[string]any)
	if !ok && res["Properties"] != nil {
		t.fail(name, "'Properties' is not a valid object")
		return
	}
	if c := res["Connectors"]; c != nil {
		t.fail(name, "Connectors are not supported by maru.")
		return
	}
	props = merge(t.globals[kind], props)
	r := &source{id: name, props: props, res: res}
	switch kind {
	case "Function":
		t.function(r)
	case "HttpApi":
		t.declareHTTPAPI(r)
	case "Api":
		t.declareRESTAPI(r)
	case "SimpleTable":
		t.simpleTable(r)
	case "LayerVersion":
		t.layer(r)
	case "StateMachine":
		t.stateMachine(r)
	default:
		t.fail(name, fmt.Sprintf("The resource type %s%s is not supported by maru.", prefix, kind))
	}
}

// source is a serverless resource: its id, its properties with the globals, and
// the rest of it.
type source struct {
	id    string
	props map[string]any
	res   map[string]any
}

// fail notes a fault of a resource.
func (t *transform) fail(id, message string) {
	t.faults = append(t.faults, fmt.Sprintf("Resource with id [%s] is invalid. %s", id, message))
}

// known refuses properties that a type does not have.
func (t *transform) known(r *source, kind string, names ...string) bool {
	for _, p := range slices.Sorted(maps.Keys(r.props)) {
		if !slices.Contains(names, p) {
			t.fail(r.id, fmt.Sprintf("property %s not defined for resource of type %s%s", p, prefix, kind))
			return false
		}
	}
	return true
}

// emit adds a resource that r gives rise to. The condition of r, and whether it
// stays when it goes, are its, too.
func (t *transform) emit(r *source, id, typ string, props map[string]any) map[string]any {
	res := map[string]any{"Type": typ, "Properties": props}
	for _, key := range []string{"Condition", "DeletionPolicy", "UpdateReplacePolicy"} {
		if v, ok := r.res[key]; ok {
			res[key] = v
		}
	}
	t.out[id] = res
	return res
}

// inherit gives res what r says beside its properties.
func inherit(res map[string]any, r *source) {
	for _, key := range []string{"DependsOn", "Metadata", "UpdatePolicy"} {
		if v, ok := r.res[key]; ok {
			res[key] = v
		}
	}
}

// text resolves v as far as parameters and mappings go; what is no text then
// is not resolved here.
func (t *transform) text(v any) (string, bool) {
	switch s := t.static(v).(type) {
	case string:
		return s, true
	case fmt.Stringer: // json.Number
		return s.String(), true
	}
	return "", false
}

// static evaluates v with parameters and mappings only; it stays as it is
// where that is not enough.
func (t *transform) static(v any) any {
	env := &template.Env{Template: &template.Template{Mappings: t.mappings}, Parameters: t.parameters}
	out, err := env.Eval(t.ctx, v)
	if err != nil {
		return v
	}
	return out
}
