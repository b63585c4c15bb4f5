package cloudformation

import (
	"context"
	"maps"
	"slices"

	"maru.dev/maru/service/cloudformation/template"
)

// includeName is the transform that puts a document from S3 into a template.
const includeName = "AWS::Include"

// include replaces each Fn::Transform of AWS::Include, and the whole-template
// form, by the members of the document that it names.
func (s *Service) include(ctx context.Context, tree map[string]any) (map[string]any, error) {
	out, err := s.includeIn(ctx, tree)
	if err != nil {
		return nil, err
	}
	merged := out.(map[string]any)
	for _, tr := range asList(tree["Transform"]) {
		m, _ := tr.(map[string]any)
		if m["Name"] != includeName {
			continue
		}
		doc, err := s.document(ctx, m)
		if err != nil {
			return nil, err
		}
		for k, v := range doc {
			mergeMember(merged, k, v)
		}
	}
	return merged, nil
}

// mergeMember adds a member, or what it holds to the member that is there.
func mergeMember(into map[string]any, k string, v any) {
	a, isMap := into[k].(map[string]any)
	b, alsoMap := v.(map[string]any)
	if isMap && alsoMap {
		maps.Copy(a, b)
		return
	}
	if _, there := into[k]; !there {
		into[k] = v
	}
}

// asList is v as a list; a single value is a list of one.
func asList(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// includeIn is include of the Fn::Transform members below v.
func (s *Service) includeIn(ctx context.Context, v any) (any, error) {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			e, err := s.includeIn(ctx, e)
			if err != nil {
				return nil, err
			}
			out[i] = e
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if k != "Fn::Transform" {
				e, err := s.includeIn(ctx, v[k])
				if err != nil {
					return nil, err
				}
				out[k] = e
				continue
			}
			m, _ := v[k].(map[string]any)
			if m["Name"] != includeName {
				return nil, invalid("No transform named %v found.", m["Name"])
			}
			doc, err := s.document(ctx, m)
			if err != nil {
				return nil, err
			}
			maps.Copy(out, doc)
		}
		return out, nil
	}
	return v, nil
}

// document reads the document that a transform of AWS::Include names.
func (s *Service) document(ctx context.Context, transform map[string]any) (map[string]any, error) {
	params, _ := transform["Parameters"].(map[string]any)
	location, _ := params["Location"].(string)
	body, err := s.fetch(ctx, location)
	if err != nil {
		return nil, invalid("Transform AWS::Include failed with: The specified S3 object's content should be valid Yaml/JSON: %v", err)
	}
	doc, err := template.Decode([]byte(body))
	if err != nil {
		return nil, invalid("Transform AWS::Include failed with: The specified S3 object's content should be valid Yaml/JSON")
	}
	return doc, nil
}
