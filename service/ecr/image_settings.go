package ecr

import (
	"context"
	"strings"

	api "maru.dev/maru/api/ecr"
	"maru.dev/maru/kv"
)

// maxWildcards is how many stars an exclusion filter may have.
const maxWildcards = 2

// PutImageScanningConfiguration says whether images are scanned as they are
// pushed.
//
// Spec: Amazon ECR API Reference, PutImageScanningConfiguration.
func (s *Service) PutImageScanningConfiguration(ctx context.Context, in *api.PutImageScanningConfigurationInput) (*api.PutImageScanningConfigurationOutput, error) {
	out := &api.PutImageScanningConfigurationOutput{RepositoryName: &in.RepositoryName}
	err := s.change(ctx, in.RegistryId, "PutImageScanningConfiguration", in.RepositoryName, func(tx *kv.Tx, h registry, r *repository) error {
		c := in.ImageScanningConfiguration
		r.ScanOnPush = c.ScanOnPush != nil && *c.ScanOnPush
		out.RegistryId, out.ImageScanningConfiguration = &h.Account, &api.ImageScanningConfiguration{ScanOnPush: &r.ScanOnPush}
		return kv.Put(tx, h.repositoryKey(r.Name), *r)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// PutImageTagMutability says whether tags may move from image to image.
//
// Spec: Amazon ECR API Reference, PutImageTagMutability.
func (s *Service) PutImageTagMutability(ctx context.Context, in *api.PutImageTagMutabilityInput) (*api.PutImageTagMutabilityOutput, error) {
	exclusions, err := readExclusions(in.ImageTagMutability, in.ImageTagMutabilityExclusionFilters)
	if err != nil {
		return nil, err
	}
	out := &api.PutImageTagMutabilityOutput{RepositoryName: &in.RepositoryName, ImageTagMutability: &in.ImageTagMutability}
	err = s.change(ctx, in.RegistryId, "PutImageTagMutability", in.RepositoryName, func(tx *kv.Tx, h registry, r *repository) error {
		r.Mutability, r.Exclusions = in.ImageTagMutability, exclusions
		out.RegistryId, out.ImageTagMutabilityExclusionFilters = &h.Account, r.exclusions()
		return kv.Put(tx, h.repositoryKey(r.Name), *r)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// readExclusions reads exclusion filters, which the mutability must have been
// chosen for.
func readExclusions(mutability string, filters []api.ImageTagMutabilityExclusionFilter) (out []string, err error) {
	const parameter = "imageTagMutabilityExclusionFilters"
	if wants := strings.HasSuffix(mutability, "_WITH_EXCLUSION"); wants != (len(filters) > 0) {
		if wants {
			return nil, invalid(parameter, "ImageTagMutabilityExclusionFilters can't be null or empty when imageTagMutability is set as %s", mutability)
		}
		return nil, invalid(parameter, "ImageTagMutabilityExclusionFilters can't be present when imageTagMutability is set as %s", mutability)
	}
	for _, f := range filters {
		if strings.Count(f.Filter, "*") > maxWildcards {
			return nil, invalid(parameter, "a filter can have at most %d wildcards (*)", maxWildcards)
		}
		out = append(out, f.Filter)
	}
	return out, nil
}
