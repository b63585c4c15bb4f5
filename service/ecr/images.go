package ecr

import (
	"context"
	"regexp"

	api "maru.dev/maru/api/ecr"
	"maru.dev/maru/kv"
)

// digestPattern is the form of images' digests.
const digestPattern = `[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+`

// ListImages returns the images of a repository, which has none.
//
// Spec: Amazon ECR API Reference, ListImages.
func (s *Service) ListImages(ctx context.Context, in *api.ListImagesInput) (*api.ListImagesOutput, error) {
	if err := s.empty(ctx, in.RegistryId, "ListImages", in.RepositoryName, in.NextToken); err != nil {
		return nil, err
	}
	return &api.ListImagesOutput{ImageIds: []api.ImageIdentifier{}}, nil
}

// DescribeImages returns what is known of the images of a repository, which has
// none.
//
// Spec: Amazon ECR API Reference, DescribeImages.
func (s *Service) DescribeImages(ctx context.Context, in *api.DescribeImagesInput) (*api.DescribeImagesOutput, error) {
	if in.ImageIds != nil && in.MaxResults != nil {
		return nil, invalid("maxResults", "must not be specified together with imageIds")
	}
	if in.ImageIds != nil && in.NextToken != nil {
		return nil, invalid("nextToken", "must not be specified together with imageIds")
	}
	if err := s.empty(ctx, in.RegistryId, "DescribeImages", in.RepositoryName, in.NextToken); err != nil {
		return nil, err
	}
	if len(in.ImageIds) > 0 {
		id := in.ImageIds[0]
		h, err := registryOf(ctx, in.RegistryId, "DescribeImages", in.RepositoryName)
		if err != nil {
			return nil, err
		}
		return nil, &api.ImageNotFoundException{
			Message: "The image with imageId {imageDigest:'" + orNull(id.ImageDigest) + "', imageTag:'" + orNull(id.ImageTag) +
				"'} does not exist within the repository with name '" + in.RepositoryName + "' in the registry with id '" + h.Account + "'",
		}
	}
	return &api.DescribeImagesOutput{ImageDetails: []api.ImageDetail{}}, nil
}

// BatchGetImage returns images, of which there are none: each has its failure.
//
// Spec: Amazon ECR API Reference, BatchGetImage.
func (s *Service) BatchGetImage(ctx context.Context, in *api.BatchGetImageInput) (*api.BatchGetImageOutput, error) {
	if err := s.empty(ctx, in.RegistryId, "BatchGetImage", in.RepositoryName, nil); err != nil {
		return nil, err
	}
	return &api.BatchGetImageOutput{Images: []api.Image{}, Failures: missing(in.ImageIds)}, nil
}

// BatchDeleteImage removes images, of which there are none: each has its failure.
//
// Spec: Amazon ECR API Reference, BatchDeleteImage.
func (s *Service) BatchDeleteImage(ctx context.Context, in *api.BatchDeleteImageInput) (*api.BatchDeleteImageOutput, error) {
	if err := s.empty(ctx, in.RegistryId, "BatchDeleteImage", in.RepositoryName, nil); err != nil {
		return nil, err
	}
	return &api.BatchDeleteImageOutput{ImageIds: []api.ImageIdentifier{}, Failures: missing(in.ImageIds)}, nil
}

// empty looks for a repository. No list of images has more than a page, so that a
// token cannot be one of theirs.
func (s *Service) empty(ctx context.Context, id *string, action, name string, token *string) error {
	err := s.view(ctx, id, action, name, func(*kv.Tx, registry, *repository) error { return nil })
	if err == nil && token != nil {
		return invalid("nextToken", "Invalid token")
	}
	return err
}

// missing says of each image why it is not there.
func missing(images []api.ImageIdentifier) []api.ImageFailure {
	digest := regexp.MustCompile(`^` + digestPattern + `$`)
	out := make([]api.ImageFailure, 0, len(images))
	for _, id := range images {
		code, reason := api.ImageFailureCodeImageNotFound, "Requested image not found"
		switch {
		case id.ImageDigest == nil && id.ImageTag == nil:
			code, reason = api.ImageFailureCodeMissingDigestAndTag, "Invalid request parameters: both tag and digest cannot be null"
		case id.ImageDigest != nil && !digest.MatchString(*id.ImageDigest):
			code, reason = api.ImageFailureCodeInvalidImageDigest, "Invalid request parameters: image digest should satisfy the regex '"+digestPattern+"'"
		}
		out = append(out, api.ImageFailure{ImageId: &id, FailureCode: &code, FailureReason: &reason})
	}
	return out
}

// orNull is a text as AWS writes it in messages.
func orNull(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}
