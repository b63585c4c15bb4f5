package lambda

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// maxPage is how many entries Lambda's lists return at most.
const maxPage = 50

// ListFunctions returns the functions of a region by name; with FunctionVersion
// ALL, all of their versions.
//
// Spec: Lambda API Reference, ListFunctions.
func (s *Service) ListFunctions(ctx context.Context, in *api.ListFunctionsInput) (*api.ListFunctionsOutput, error) {
	h := homeOf(call.From(ctx))
	out := &api.ListFunctionsOutput{Functions: []api.FunctionConfiguration{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		p, err := newPage(kv.Prefix(h.key("f")), in.Marker, in.MaxItems)
		if err != nil {
			return err
		}
		for row, err := range kv.Scan[function](tx, p.span) {
			if err != nil {
				return fmt.Errorf("list functions: %w", err)
			}
			if p.full(len(out.Functions)) {
				out.NextMarker = p.marker()
				return nil
			}
			p.last = row.Key
			f := row.Value
			all := wire.Value(in.FunctionVersion) == api.FunctionVersionAll
			out.Functions = append(out.Functions, *f.configuration(&f.Latest, all))
			if !all {
				continue
			}
			for row, err := range kv.Scan[version](tx, kv.Prefix(f.key("v", f.Name))) {
				if err != nil {
					return fmt.Errorf("list versions: %w", err)
				}
				out.Functions = append(out.Functions, *f.configuration(&row.Value, true))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListVersionsByFunction returns $LATEST and the published versions in order.
//
// Spec: Lambda API Reference, ListVersionsByFunction.
func (s *Service) ListVersionsByFunction(ctx context.Context, in *api.ListVersionsByFunctionInput) (*api.ListVersionsByFunctionOutput, error) {
	t, err := locateBare(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	out := &api.ListVersionsByFunctionOutput{Versions: []api.FunctionConfiguration{}}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		f, err := loadFunction(tx, t)
		if err != nil {
			return err
		}
		p, err := newPage(kv.Prefix(f.key("v", f.Name)), in.Marker, in.MaxItems)
		if err != nil {
			return err
		}
		if in.Marker == nil {
			out.Versions = append(out.Versions, *f.configuration(&f.Latest, true))
		}
		for row, err := range kv.Scan[version](tx, p.span) {
			if err != nil {
				return fmt.Errorf("list versions: %w", err)
			}
			if p.full(len(out.Versions)) {
				out.NextMarker = p.marker()
				return nil
			}
			p.last = row.Key
			out.Versions = append(out.Versions, *f.configuration(&row.Value, true))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// page is where a list goes on and how long it may get.
type page struct {
	list  kv.Key // where the whole list begins
	span  kv.Range
	limit int
	last  kv.Key // the last row shown
}

// newPage returns the page of span after marker.
func newPage(span kv.Range, marker *string, limit *int32) (*page, error) {
	p := &page{list: span.From, span: span, limit: maxPage, last: span.From}
	if n := int(wire.Value(limit)); n > 0 && n < maxPage {
		p.limit = n
	}
	switch last, ok := service.ReadPageToken(span.From, marker); {
	case !ok:
		return nil, invalid("The Marker is not one that was returned by this operation.")
	case last != "":
		p.last = kv.Key(last)
		p.span = span.After(p.last)
	}
	return p, nil
}

// full says whether the page has no room for another row.
func (p *page) full(n int) bool { return n >= p.limit }

// marker names the row after which the next page begins.
func (p *page) marker() *string { return service.PageToken(p.list, string(p.last)) }
