package cloudformation

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudformation/template"
	"maru.dev/maru/wire"
)

// ValidateTemplate checks a template's form.
//
// Spec: CloudFormation API Reference, ValidateTemplate.
func (s *Service) ValidateTemplate(ctx context.Context, in *api.ValidateTemplateInput) (*api.ValidateTemplateOutput, error) {
	body, err := s.body(ctx, homeOf(ctx), request{Body: in.TemplateBody, URL: in.TemplateURL})
	if err != nil {
		return nil, err
	}
	sum, err := summarize(body)
	if err != nil {
		return nil, err
	}
	out := &api.ValidateTemplateOutput{
		Parameters: []api.TemplateParameter{}, Description: wire.Optional(sum.template.Description), DeclaredTransforms: sum.transforms,
	}
	out.Capabilities, out.CapabilitiesReason = sum.capabilities, wire.Optional(sum.reason)
	for _, name := range slices.Sorted(maps.Keys(sum.template.Parameters)) {
		p := sum.template.Parameters[name]
		out.Parameters = append(out.Parameters, api.TemplateParameter{
			ParameterKey: new(name), DefaultValue: p.Default, NoEcho: &p.NoEcho, Description: wire.Optional(p.Description),
		})
	}
	return out, nil
}

// summary is what a template says of itself without parameters.
type summary struct {
	template     *template.Template
	version      string
	transforms   []string
	capabilities []string
	reason       string
}

// summarize reads a template as it is given: transforms are named, not run.
func summarize(body string) (*summary, error) {
	tree, err := template.Decode([]byte(body))
	if err != nil {
		return nil, err
	}
	out := &summary{transforms: template.TransformNames(tree)}
	out.version, _ = tree["AWSTemplateFormatVersion"].(string)
	if len(out.transforms) > 0 {
		out.template, err = template.Outline(tree)
	} else {
		out.template, err = template.New(tree)
	}
	if err != nil {
		return nil, err
	}
	if len(out.transforms) == 0 {
		if _, err := out.template.Dependencies(nil); err != nil && strings.HasPrefix(err.Error(), "ValidationError: Circular") {
			return nil, err
		}
	}
	if need, types := neededCapability(out.template); need != "" {
		out.capabilities = append(out.capabilities, need)
		out.reason = "The following resource(s) require capabilities: [" + strings.Join(types, ", ") + "]"
	}
	if len(out.transforms) > 0 {
		out.capabilities = append(out.capabilities, "CAPABILITY_AUTO_EXPAND")
		out.reason = "The following transforms require capabilities: [" + strings.Join(out.transforms, ", ") + "]"
	}
	return out, nil
}

// GetTemplateSummary tells what a template, or that of a stack, consists of.
//
// Spec: CloudFormation API Reference, GetTemplateSummary.
func (s *Service) GetTemplateSummary(ctx context.Context, in *api.GetTemplateSummaryInput) (*api.GetTemplateSummaryOutput, error) {
	body, err := s.bodyOf(ctx, in)
	if err != nil {
		return nil, err
	}
	sum, err := summarize(body)
	if err != nil {
		return nil, err
	}
	out := &api.GetTemplateSummaryOutput{
		Parameters: []api.ParameterDeclaration{}, Description: wire.Optional(sum.template.Description), Version: wire.Optional(sum.version),
		Capabilities: sum.capabilities, CapabilitiesReason: wire.Optional(sum.reason), DeclaredTransforms: sum.transforms,
	}
	if sum.template.Metadata != nil {
		if b, err := json.Marshal(sum.template.Metadata); err == nil {
			out.Metadata = new(string(b))
		}
	}
	byType := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(sum.template.Resources)) {
		kind := sum.template.Resources[name].Type
		byType[kind] = append(byType[kind], name)
	}
	for _, kind := range slices.Sorted(maps.Keys(byType)) {
		out.ResourceTypes = append(out.ResourceTypes, kind)
		out.ResourceIdentifierSummaries = append(out.ResourceIdentifierSummaries, api.ResourceIdentifierSummary{
			ResourceType: new(kind), LogicalResourceIds: byType[kind],
		})
	}
	for _, name := range slices.Sorted(maps.Keys(sum.template.Parameters)) {
		p := sum.template.Parameters[name]
		out.Parameters = append(out.Parameters, api.ParameterDeclaration{
			ParameterKey: new(name), DefaultValue: p.Default, ParameterType: &p.Type, NoEcho: &p.NoEcho, Description: wire.Optional(p.Description),
			ParameterConstraints: &api.ParameterConstraints{AllowedValues: p.AllowedValues},
		})
	}
	return out, nil
}

// bodyOf finds the template that GetTemplateSummary is asked about.
func (s *Service) bodyOf(ctx context.Context, in *api.GetTemplateSummaryInput) (string, error) {
	h := homeOf(ctx)
	name := wire.Value(in.StackName)
	if name == "" {
		return s.body(ctx, h, request{Body: in.TemplateBody, URL: in.TemplateURL})
	}
	var t stored
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		d, id, err := deploymentOf(tx, h, name, "")
		switch {
		case err != nil:
			return err
		case d == nil:
			return noStack(name)
		}
		t, err = getText(tx, h, id, d.Text)
		return err
	})
	return t.Body, err
}
