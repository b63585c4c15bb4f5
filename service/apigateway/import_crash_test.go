package apigateway

import (
	"testing"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

func TestImportsSurviveCrashes(t *testing.T) {
	t.Parallel()
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, ctx := newTestService(st)
		doc := []byte(`{"swagger": "2.0", "info": {"title": "x"}, "definitions": {"M": {"type": "object"}}, "x-amazon-apigateway-request-validators": {"v": {}},
			"paths": {"/a/{b}": {"get": {"x-amazon-apigateway-request-validator": "v", "x-amazon-apigateway-integration": {"type": "mock"}}}}}`)
		a, err := s.ImportRestApi(ctx, &api.ImportRestApiInput{Body: doc})
		h.Did(a, err)
		h.Did(s.PutRestApi(ctx, &api.PutRestApiInput{RestApiId: *a.Id, Mode: new(api.PutModeOverwrite), Body: doc}))
		h.Did(s.PutRestApi(ctx, &api.PutRestApiInput{RestApiId: *a.Id, Body: []byte(`{"openapi": "3.0.1", "paths": {"/c": {}}}`)}))
	})
}
