package lambda

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// arn is a layer version's ARN.
func (lv *layerVersion) arn(h home) string {
	return fmt.Sprintf("%s:%d", h.layerARN(lv.Name), lv.Version)
}

// locateLayer reads a layer's name or ARN.
func locateLayer(ctx context.Context, name string) (home, string, error) {
	if !strings.HasPrefix(name, "arn:") {
		return homeOf(call.From(ctx)), name, nil
	}
	h, layerName, _, ok := parseLayerARN(name)
	if !ok {
		return home{}, "", invalid("The layer name %q is neither a name nor the ARN of a layer.", name)
	}
	return h, layerName, nil
}

// PublishLayerVersion makes the next version of a layer.
//
// Spec: Lambda API Reference, PublishLayerVersion.
func (s *Service) PublishLayerVersion(ctx context.Context, in *api.PublishLayerVersionInput) (*api.PublishLayerVersionOutput, error) {
	h, name, err := locateLayer(ctx, in.LayerName)
	if err != nil {
		return nil, err
	}
	if in.Content == nil {
		return nil, invalid("Please provide a source for the layer's content.")
	}
	c := in.Content
	a, err := s.storeArchive(ctx, codeSource{zip: c.ZipFile, bucket: c.S3Bucket, key: c.S3Key, version: c.S3ObjectVersion})
	if err != nil {
		return nil, err
	}
	lv := layerVersion{
		Name: name, Description: wire.Value(in.Description), License: wire.Value(in.LicenseInfo), Runtimes: in.CompatibleRuntimes,
		Architectures: in.CompatibleArchitectures, Code: a, Created: s.Clock.Now(),
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		l, _, err := kv.Get[layer](tx, h.layerKey(name))
		if err != nil {
			return fmt.Errorf("load layer: %w", err)
		}
		l.Name = name
		l.LastVersion++
		lv.Version = l.LastVersion
		if err := s.Blobs.Link(tx, a.Ref); err != nil {
			return fmt.Errorf("keep layer: %w", err)
		}
		if err := kv.Put(tx, h.layerVersionKey(name, lv.Version), lv); err != nil {
			return err
		}
		return kv.Put(tx, h.layerKey(name), l)
	})
	if err != nil {
		return nil, err
	}
	d, err := s.describeLayer(ctx, h, &lv)
	if err != nil {
		return nil, err
	}
	return &api.PublishLayerVersionOutput{
		Content: d.Content, LayerArn: d.LayerArn, LayerVersionArn: d.LayerVersionArn, Description: d.Description, CreatedDate: d.CreatedDate,
		Version: d.Version, CompatibleRuntimes: d.CompatibleRuntimes, LicenseInfo: d.LicenseInfo, CompatibleArchitectures: d.CompatibleArchitectures,
	}, nil
}

// describeLayer is a layer version as clients see it.
func (s *Service) describeLayer(ctx context.Context, h home, lv *layerVersion) (*api.GetLayerVersionResponse, error) {
	location, err := s.codeURL(ctx, lv.Code)
	if err != nil {
		return nil, err
	}
	return &api.GetLayerVersionResponse{
		Content: &api.LayerVersionContentOutput{
			Location: &location, CodeSha256: new(lv.Code.SHA256), CodeSize: new(lv.Code.Size),
		},
		LayerArn: new(h.layerARN(lv.Name)), LayerVersionArn: new(lv.arn(h)), Description: new(lv.Description),
		CreatedDate: timeText(lv.Created), Version: new(int64(lv.Version)), CompatibleRuntimes: lv.Runtimes,
		LicenseInfo: wire.Optional(lv.License), CompatibleArchitectures: lv.Architectures,
	}, nil
}

// loadLayerVersion reads a version of a layer.
func loadLayerVersion(tx *kv.Tx, h home, name string, n int64) (*layerVersion, error) {
	if n < 1 {
		return nil, invalid("Layer Version Cannot be less than 1.")
	}
	lv, ok, err := kv.Get[layerVersion](tx, h.layerVersionKey(name, uint64(n)))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load layer: %w", err)
	case !ok:
		return nil, notFound("The resource you requested does not exist.")
	}
	return &lv, nil
}

// GetLayerVersion describes a version of a layer.
//
// Spec: Lambda API Reference, GetLayerVersion.
func (s *Service) GetLayerVersion(ctx context.Context, in *api.GetLayerVersionInput) (*api.GetLayerVersionOutput, error) {
	h, name, err := locateLayer(ctx, in.LayerName)
	if err != nil {
		return nil, err
	}
	var lv *layerVersion
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		lv, err = loadLayerVersion(tx, h, name, in.VersionNumber)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.describeLayer(ctx, h, lv)
}

// GetLayerVersionByArn describes the version of a layer that an ARN names.
//
// Spec: Lambda API Reference, GetLayerVersionByArn.
func (s *Service) GetLayerVersionByArn(ctx context.Context, in *api.GetLayerVersionByArnInput) (*api.GetLayerVersionByArnOutput, error) {
	h, name, n, ok := parseLayerARN(in.Arn)
	if !ok || n == 0 {
		return nil, invalid("The ARN %s is not that of a layer version.", in.Arn)
	}
	return s.GetLayerVersion(ctx, &api.GetLayerVersionInput{LayerName: h.layerARN(name), VersionNumber: int64(n)})
}

// DeleteLayerVersion removes a version of a layer. Functions that use it keep
// it.
//
// Spec: Lambda API Reference, DeleteLayerVersion.
func (s *Service) DeleteLayerVersion(ctx context.Context, in *api.DeleteLayerVersionInput) (*api.DeleteLayerVersionOutput, error) {
	h, name, err := locateLayer(ctx, in.LayerName)
	if err != nil {
		return nil, err
	}
	if in.VersionNumber < 1 {
		return nil, invalid("Layer Version Cannot be less than 1.")
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		key := h.layerVersionKey(name, uint64(in.VersionNumber))
		lv, ok, err := kv.Get[layerVersion](tx, key)
		if err != nil || !ok {
			return err // deleting twice is no error
		}
		if err := s.Blobs.Unlink(tx, lv.Code.Ref); err != nil {
			return fmt.Errorf("let go of layer: %w", err)
		}
		return tx.Delete(key)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteLayerVersionOutput{}, nil
}

// item is a layer version in a list.
func (lv *layerVersion) item(h home) api.LayerVersionsListItem {
	return api.LayerVersionsListItem{
		LayerVersionArn: new(lv.arn(h)), Version: new(int64(lv.Version)), Description: new(lv.Description),
		CreatedDate: timeText(lv.Created), CompatibleRuntimes: lv.Runtimes, LicenseInfo: wire.Optional(lv.License), CompatibleArchitectures: lv.Architectures,
	}
}

// fits says whether a layer version is for a runtime and an architecture,
// where they are asked for.
func (lv *layerVersion) fits(runtime, architecture *string) bool {
	return (runtime == nil || slices.Contains(lv.Runtimes, *runtime)) &&
		(architecture == nil || slices.Contains(lv.Architectures, *architecture))
}

// ListLayerVersions returns the versions of a layer, newest first.
//
// Spec: Lambda API Reference, ListLayerVersions.
func (s *Service) ListLayerVersions(ctx context.Context, in *api.ListLayerVersionsInput) (*api.ListLayerVersionsOutput, error) {
	h, name, err := locateLayer(ctx, in.LayerName)
	if err != nil {
		return nil, err
	}
	out := &api.ListLayerVersionsOutput{LayerVersions: []api.LayerVersionsListItem{}}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		span := kv.Prefix(h.key("l", name))
		span.Reverse = true
		p, err := newPage(span, in.Marker, in.MaxItems)
		if err != nil {
			return err
		}
		for row, err := range kv.Scan[layerVersion](tx, p.span) {
			if err != nil {
				return fmt.Errorf("list layer versions: %w", err)
			}
			if p.full(len(out.LayerVersions)) {
				out.NextMarker = p.marker()
				return nil
			}
			p.last = row.Key
			if row.Value.fits(in.CompatibleRuntime, in.CompatibleArchitecture) {
				out.LayerVersions = append(out.LayerVersions, row.Value.item(h))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListLayers returns the layers of a region, each with its newest version.
//
// Spec: Lambda API Reference, ListLayers.
func (s *Service) ListLayers(ctx context.Context, in *api.ListLayersInput) (*api.ListLayersOutput, error) {
	h := homeOf(call.From(ctx))
	out := &api.ListLayersOutput{Layers: []api.LayersListItem{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		p, err := newPage(kv.Prefix(h.key("L")), in.Marker, in.MaxItems)
		if err != nil {
			return err
		}
		for row, err := range kv.Scan[layer](tx, p.span) {
			if err != nil {
				return fmt.Errorf("list layers: %w", err)
			}
			if p.full(len(out.Layers)) {
				out.NextMarker = p.marker()
				return nil
			}
			p.last = row.Key
			newest := kv.Prefix(h.key("l", row.Value.Name))
			newest.Reverse = true
			for lv, err := range kv.Scan[layerVersion](tx, newest) {
				if err != nil {
					return fmt.Errorf("list layer versions: %w", err)
				}
				if lv.Value.fits(in.CompatibleRuntime, in.CompatibleArchitecture) {
					item := lv.Value.item(h)
					out.Layers = append(out.Layers, api.LayersListItem{
						LayerName: new(row.Value.Name), LayerArn: new(h.layerARN(row.Value.Name)), LatestMatchingVersion: &item,
					})
					break
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// AddLayerVersionPermission lets other accounts use a layer version.
//
// Spec: Lambda API Reference, AddLayerVersionPermission.
func (s *Service) AddLayerVersionPermission(ctx context.Context, in *api.AddLayerVersionPermissionInput) (*api.AddLayerVersionPermissionOutput, error) {
	var st statement
	revision, err := s.changeLayerPolicy(ctx, in.LayerName, in.VersionNumber, in.RevisionId, func(p *policy, resource string) error {
		st = newStatement(&api.AddPermissionInput{
			StatementId: in.StatementId, Action: in.Action, Principal: in.Principal, PrincipalOrgID: in.OrganizationId,
		}, resource)
		return p.add(st)
	})
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(st)
	if err != nil {
		return nil, fmt.Errorf("encode statement: %w", err)
	}
	return &api.AddLayerVersionPermissionOutput{Statement: new(string(text)), RevisionId: &revision}, nil
}

// RemoveLayerVersionPermission takes a permission back.
//
// Spec: Lambda API Reference, RemoveLayerVersionPermission.
func (s *Service) RemoveLayerVersionPermission(ctx context.Context, in *api.RemoveLayerVersionPermissionInput) (*api.RemoveLayerVersionPermissionOutput, error) {
	_, err := s.changeLayerPolicy(ctx, in.LayerName, in.VersionNumber, in.RevisionId, func(p *policy, _ string) error {
		if !p.remove(in.StatementId) {
			return notFound("Statement %s is not found in resource policy.", in.StatementId)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.RemoveLayerVersionPermissionOutput{}, nil
}

// changeLayerPolicy runs change on the policy of a layer version.
func (s *Service) changeLayerPolicy(ctx context.Context, layerName string, n int64, revision *string, change func(p *policy, resource string) error) (string, error) {
	h, name, err := locateLayer(ctx, layerName)
	if err != nil {
		return "", err
	}
	fresh := s.newRevision()
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		lv, err := loadLayerVersion(tx, h, name, n)
		if err != nil {
			return err
		}
		if err := checkRevision(revision, lv.Policy.Revision, "GetLayerVersionPolicy"); err != nil {
			return err
		}
		if err := change(&lv.Policy, lv.arn(h)); err != nil {
			return err
		}
		lv.Policy.Revision = fresh
		return kv.Put(tx, h.layerVersionKey(name, lv.Version), *lv)
	})
	return fresh, err
}

// GetLayerVersionPolicy returns the policy of a layer version as JSON.
//
// Spec: Lambda API Reference, GetLayerVersionPolicy.
func (s *Service) GetLayerVersionPolicy(ctx context.Context, in *api.GetLayerVersionPolicyInput) (*api.GetLayerVersionPolicyOutput, error) {
	h, name, err := locateLayer(ctx, in.LayerName)
	if err != nil {
		return nil, err
	}
	var p policy
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		lv, err := loadLayerVersion(tx, h, name, in.VersionNumber)
		if err != nil {
			return err
		}
		if p = lv.Policy; len(p.Statements) == 0 {
			return notFound("No policy is associated with the given resource.")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	text, err := p.document()
	if err != nil {
		return nil, err
	}
	return &api.GetLayerVersionPolicyOutput{Policy: &text, RevisionId: &p.Revision}, nil
}
