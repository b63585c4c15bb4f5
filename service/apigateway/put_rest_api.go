package apigateway

import (
	"context"
	"errors"
	"slices"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/openapi"
	"maru.dev/maru/service/rows"
	"maru.dev/maru/wire"
)

// PutRestApi makes an API what a Swagger or OpenAPI document says, or adds to it
// what the document says. Its stages serve what was deployed.
//
// Spec: API Gateway API Reference, PutRestApi; Developer Guide, "Update an existing
// API using an OpenAPI file".
func (s *Service) PutRestApi(ctx context.Context, in *api.PutRestApiInput) (out *api.PutRestApiOutput, err error) {
	d, err := s.readDefinition(in.Body, in.RestApiId, in.Parameters, in.FailOnWarnings)
	if err != nil {
		return nil, err
	}
	mode := wire.Or(in.Mode, api.PutModeMerge)
	err = s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, a *apiRecord) error {
		d.describe(&a.API, mode == api.PutModeOverwrite)
		if err := checkAPI(at, &a.API); err != nil {
			return imported("Unable to update the API", err)
		}
		out = shown(&a.API)
		return s.define(tx, at, &a.API, d, mode)
	})
	return out, err
}

// define writes what a document says an API is made of: over what there is, or in
// its place. What has a name or a path that was there keeps its id.
func (s *Service) define(tx *kv.Tx, at service.Home, a *api.RestApi, d *definition, mode string) error {
	w := &importer{s: s, tx: tx, at: at, id: *a.Id, whole: mode == api.PutModeOverwrite, paths: map[string]string{}}
	all, err := loadTree(tx, at, w.id)
	if err != nil {
		return err
	}
	for _, r := range all {
		w.paths[*r.Path] = *r.Id
	}
	if w.tree = all; w.whole {
		if w.tree, err = w.bare(all); err != nil {
			return err
		}
	}
	for _, write := range []func(*definition) error{w.validators, w.authorizers, w.models, w.responses, w.methods, w.documentation} {
		if err := write(d); err != nil {
			return err
		}
	}
	return nil
}

// importer is a document on its way into an API.
type importer struct {
	s     *Service
	tx    *kv.Tx
	at    service.Home
	id    string
	whole bool              // nothing stays but what the document says
	tree  tree              // the resources that are there
	paths map[string]string // ids of resources that are or were there
	names struct{ validators, authorizers map[string]string }
}

// bare removes an API's methods and resources, and returns what stays: the root.
func (w *importer) bare(all tree) (tree, error) {
	if err := methods().Drop(w.tx, w.at, w.id); err != nil {
		return nil, err
	}
	var root tree
	for _, r := range all {
		if r.ParentId == nil {
			root = append(root, r)
		} else if err := resources().Delete(w.tx, w.at, w.id, *r.Id); err != nil {
			return nil, err
		}
	}
	return root, nil
}

// emptied reads the ids of a table's records by name, and removes those records
// where they are not to stay.
func emptied[T any](w *importer, t rows.Table[T], of func(*T) (id, name *string)) (map[string]string, error) {
	list, err := t.All(w.tx, w.at, w.id)
	if err != nil {
		return nil, err
	}
	ids := make(map[string]string, len(list))
	for i := range list {
		id, name := of(&list[i])
		ids[wire.Value(name)] = wire.Value(id)
	}
	if w.whole {
		err = t.Drop(w.tx, w.at, w.id)
	}
	return ids, err
}

// idOf is the id that something of a name had, or a new one.
func (w *importer) idOf(ids map[string]string, name string) string {
	if ids[name] == "" {
		ids[name] = w.s.newID(6)
	}
	return ids[name]
}

// validators writes the request validators.
func (w *importer) validators(d *definition) error {
	ids, err := emptied(w, validators(), func(v *api.RequestValidator) (*string, *string) { return v.Id, v.Name })
	if err != nil {
		return err
	}
	w.names.validators = ids
	for _, v := range d.Validators {
		v.Id = new(w.idOf(ids, *v.Name))
		if err := putValidator(w.tx, w.at, w.id, &v); err != nil {
			return imported("Unable to create request validator '"+*v.Name+"'", err)
		}
	}
	return nil
}

// authorizers writes the authorizers.
func (w *importer) authorizers(d *definition) error {
	ids, err := emptied(w, authorizers(), func(z *api.Authorizer) (*string, *string) { return z.Id, z.Name })
	if err != nil {
		return err
	}
	w.names.authorizers = ids
	for _, z := range d.Authorizers {
		z.Id = new(w.idOf(ids, *z.Name))
		if err := putAuthorizer(w.tx, w.at, w.id, &z); err != nil {
			return imported("Unable to create authorizer '"+*z.Name+"'", err)
		}
	}
	return nil
}

// models writes the models. They may refer to each other: all are there before the
// first is checked. Those that every API begins with stay.
func (w *importer) models(d *definition) error {
	ids, err := emptied(w, models(), func(m *api.ModelShape) (*string, *string) { return m.Id, m.Name })
	if err != nil {
		return err
	}
	list := slices.Clone(d.Models)
	if w.whole {
		for _, m := range firstModels() {
			if !slices.ContainsFunc(list, func(other api.ModelShape) bool { return *other.Name == *m.Name }) {
				list = append(list, m)
			}
		}
	}
	for i := range list {
		m := &list[i]
		m.Id = new(w.idOf(ids, *m.Name))
		if err := models().Put(w.tx, *m, w.at, w.id, *m.Name); err != nil {
			return err
		}
	}
	for i := range list {
		if err := putModel(w.tx, w.at, w.id, &list[i]); err != nil {
			return imported("Unable to create model '"+*list[i].Name+"'", err)
		}
	}
	return nil
}

// responses writes what API Gateway itself answers.
func (w *importer) responses(d *definition) error {
	if w.whole {
		if err := responses().Drop(w.tx, w.at, w.id); err != nil {
			return err
		}
	}
	for _, r := range d.Responses {
		if err := putResponse(w.tx, w.at, w.id, &r); err != nil {
			return imported("Unable to put gateway response '"+*r.ResponseType+"'", err)
		}
	}
	return nil
}

// methods writes the resources and their methods.
func (w *importer) methods(d *definition) error {
	for _, path := range d.Paths {
		if err := w.grow(path); err != nil {
			return imported("Unable to create resource at path '"+path+"'", err)
		}
	}
	for _, m := range d.Methods {
		if err := w.method(&m); err != nil {
			return imported("Unable to put method '"+*m.HttpMethod+"' on resource at path '"+m.Path+"'", err)
		}
	}
	return nil
}

// method writes one method, with the ids of what it names.
func (w *importer) method(m *openapi.Method) error {
	one := m.Method
	if name := one.AuthorizerId; name != nil {
		one.AuthorizerId = new(w.names.authorizers[*name])
	}
	if name := one.RequestValidatorId; name != nil {
		one.RequestValidatorId = new(w.names.validators[*name])
	}
	if one.MethodIntegration != nil {
		one.MethodIntegration = new(*one.MethodIntegration)
	}
	return putMethod(w.tx, w.at, w.id, w.paths[m.Path], &one)
}

// grow adds the resources of a path that are not there yet.
func (w *importer) grow(path string) error {
	parent, at := *w.tree.root().Id, ""
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if part == "" {
			continue
		}
		at += "/" + part
		id := w.idOf(w.paths, at)
		if w.tree.at(id) == nil {
			if _, err := w.tree.add(w.tx, w.at, w.id, id, parent, part); err != nil {
				return err
			}
		}
		parent = id
	}
	return nil
}

// root is the resource that all others are below.
func (t tree) root() *api.Resource {
	return &t[slices.IndexFunc(t, func(r api.Resource) bool { return r.ParentId == nil })]
}

// documentation writes what is said of the API and its parts.
func (w *importer) documentation(d *definition) error {
	if !d.documentation {
		return nil
	}
	if w.whole {
		if err := documentationParts().Drop(w.tx, w.at, w.id); err != nil {
			return err
		}
	}
	_, err := putDocumentation(w.tx, w.at, w.id, d.parts, api.PutModeOverwrite)
	return err
}

// imported says of a fault in a document where it is. Other errors stay as they
// are.
func imported(where string, err error) error {
	if theirs, ok := errors.AsType[wire.Error](err); ok {
		return badRequest("Errors found during import:\n\t%s: %s", where, theirs.ErrorMessage())
	}
	return err
}

// with is a list with an entry that it has once.
func with(list []string, v string) []string {
	if slices.Contains(list, v) {
		return list
	}
	return append(slices.Clone(list), v)
}
