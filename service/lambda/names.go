package lambda

import (
	"context"
	"fmt"
	"regexp"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// nameForms are a name, a partial ARN and an ARN, each with or without a
// qualifier.
var nameForms = regexp.MustCompile(`^(?:arn:aws[a-zA-Z-]*:lambda:([a-z]{2}(?:-[a-z]+)+-\d):)?(?:(\d{12}):)?(?:function:)?([a-zA-Z0-9-_]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$`)

// target is which function, and which of its versions, a request names.
type target struct {
	home
	name      string
	qualifier string // "" when none was given
}

// arn is the target's ARN as it was named.
func (t target) arn() string { return t.functionARN(t.name, t.qualifier) }

// locate reads a FunctionName with or without a separate Qualifier.
func locate(ctx context.Context, functionName string, qualifier *string) (target, error) {
	m := nameForms.FindStringSubmatch(functionName)
	if m == nil {
		return target{}, invalid("The function name %q is not a name, partial ARN or ARN of a function.", functionName)
	}
	t := target{home: homeOf(call.From(ctx)), name: m[3], qualifier: m[4]}
	if len(t.name) > 64 {
		return target{}, invalid("Value '%s' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64", t.name)
	}
	if m[1] != "" && m[1] != t.Region {
		return target{}, notFound("Functions from '%s' are not reachable in this region ('%s')", m[1], t.Region)
	}
	if m[2] != "" {
		t.Account = m[2]
	}
	if qualifier != nil && *qualifier != "" {
		if t.qualifier != "" && t.qualifier != *qualifier {
			return target{}, invalid("The derived qualifier from the function name does not match the specified qualifier.")
		}
		t.qualifier = *qualifier
	}
	return t, nil
}

// locateBare is locate where a qualifier makes no sense.
func locateBare(ctx context.Context, functionName string) (target, error) {
	return locate(ctx, functionName, nil)
}

// loadFunction reads the function that t names, whatever the qualifier.
func loadFunction(tx *kv.Tx, t target) (*function, error) {
	f, ok, err := kv.Get[function](tx, t.functionKey(t.name))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load function: %w", err)
	case !ok:
		return nil, notFound("Function not found: %s", t.arn())
	}
	return &f, nil
}

// loadVersion reads a version of f by its number or $LATEST.
func loadVersion(tx *kv.Tx, f *function, name string) (*version, error) {
	if name == latest || name == "" {
		v := f.Latest
		return &v, nil
	}
	n, ok := number(name)
	if !ok {
		return nil, notFound("Function not found: %s", f.functionARN(f.Name, name))
	}
	v, ok, err := kv.Get[version](tx, f.versionKey(f.Name, n))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load version: %w", err)
	case !ok:
		return nil, notFound("Function not found: %s", f.functionARN(f.Name, name))
	}
	return &v, nil
}

// loadAlias reads an alias of f.
func loadAlias(tx *kv.Tx, f *function, name string) (*alias, error) {
	a, ok, err := kv.Get[alias](tx, f.aliasKey(f.Name, name))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load alias: %w", err)
	case !ok:
		return nil, notFound("Cannot find alias arn: %s", f.functionARN(f.Name, name))
	}
	return &a, nil
}

// isAlias says whether a qualifier can only be an alias.
func isAlias(qualifier string) bool {
	_, isNumber := number(qualifier)
	return qualifier != "" && qualifier != latest && !isNumber
}

// resolve reads the function and the version that t's qualifier stands for
// now; an alias with weights picks by pick, a number in [0, 1).
func resolve(tx *kv.Tx, t target, pick float64) (*function, *version, error) {
	f, err := loadFunction(tx, t)
	if err != nil {
		return nil, nil, err
	}
	name := t.qualifier
	if isAlias(name) {
		a, ok, err := kv.Get[alias](tx, f.aliasKey(f.Name, name))
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("load alias: %w", err)
		case !ok:
			return nil, nil, notFound("Function not found: %s", t.arn())
		}
		name = a.choose(pick)
	}
	v, err := loadVersion(tx, f, name)
	if err != nil {
		return nil, nil, err
	}
	return f, v, nil
}

// choose picks the version that serves an invocation.
func (a *alias) choose(pick float64) string {
	for v, weight := range a.Weights {
		if pick < weight {
			return v
		}
		pick -= weight
	}
	return a.Version
}

// invalid is Lambda's answer to a parameter that cannot be.
func invalid(format string, args ...any) error {
	return &api.InvalidParameterValueException{Type: new("User"), Message: fmt.Sprintf(format, args...)}
}

// notFound is Lambda's answer to a resource that is not there.
func notFound(format string, args ...any) error {
	return &api.ResourceNotFoundException{Type: new("User"), Message: fmt.Sprintf(format, args...)}
}

// conflict is Lambda's answer to a resource that is there already, or is in
// the way.
func conflict(format string, args ...any) error {
	return &api.ResourceConflictException{Type: new("User"), Message: fmt.Sprintf(format, args...)}
}

// checkRevision compares a RevisionId that a request gives.
func checkRevision(given *string, current, operations string) error {
	if given == nil || *given == "" || *given == current {
		return nil
	}
	return &api.PreconditionFailedException{
		Type:    new("User"),
		Message: "The Revision Id provided does not match the latest Revision Id. Call the " + operations + " API to retrieve the latest Revision Id",
	}
}
