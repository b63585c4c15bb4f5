package ecr

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/ecr"
	"maru.dev/maru/kv"
)

// maxRepositories is how many a registry may have.
const maxRepositories = 100_000

// CreateRepository makes a repository.
//
// Spec: Amazon ECR API Reference, CreateRepository.
func (s *Service) CreateRepository(ctx context.Context, in *api.CreateRepositoryInput) (*api.CreateRepositoryOutput, error) {
	h, err := registryOf(ctx, in.RegistryId, "CreateRepository", in.RepositoryName)
	if err != nil {
		return nil, err
	}
	r, err := newRepository(in)
	if err != nil {
		return nil, err
	}
	r.Created = s.Clock.Now().UTC()
	if err := s.Store.Update(ctx, func(tx *kv.Tx) error { return create(tx, h, r) }); err != nil {
		return nil, err
	}
	return &api.CreateRepositoryOutput{Repository: r.shape(h)}, nil
}

// newRepository is the repository that a request asks for.
func newRepository(in *api.CreateRepositoryInput) (*repository, error) {
	r := &repository{Name: in.RepositoryName, Mutability: api.ImageTagMutabilityMutable, Encryption: api.EncryptionTypeAes256}
	if in.ImageTagMutability != nil {
		r.Mutability = *in.ImageTagMutability
	}
	var err error
	if r.Exclusions, err = readExclusions(r.Mutability, in.ImageTagMutabilityExclusionFilters); err != nil {
		return nil, err
	}
	if c := in.ImageScanningConfiguration; c != nil && c.ScanOnPush != nil {
		r.ScanOnPush = *c.ScanOnPush
	}
	if e := in.EncryptionConfiguration; e != nil {
		r.Encryption = e.EncryptionType
		if e.KmsKey != nil {
			r.KMSKey = *e.KmsKey
		}
		if r.KMSKey != "" && r.Encryption == api.EncryptionTypeAes256 {
			return nil, invalid("encryptionConfiguration", "kmsKey must not be set when encryptionType is AES256")
		}
	}
	r.Tags, err = withTags(nil, in.Tags)
	return r, err
}

// create writes a repository that must not be there yet.
func create(tx *kv.Tx, h registry, r *repository) error {
	_, exists, err := kv.Get[repository](tx, h.repositoryKey(r.Name))
	switch {
	case err != nil:
		return fmt.Errorf("look for repository: %w", err)
	case exists:
		return &api.RepositoryAlreadyExistsException{
			Message: "The repository with name '" + r.Name + "' already exists in the registry with id '" + h.Account + "'",
		}
	}
	n, err := tx.Count(h.counterKey())
	if err != nil {
		return fmt.Errorf("count repositories: %w", err)
	}
	if n >= maxRepositories {
		return &api.LimitExceededException{
			Message: fmt.Sprintf("The maximum number of repositories per registry has been reached: %d", maxRepositories),
		}
	}
	if err := tx.Add(h.counterKey(), 1); err != nil {
		return fmt.Errorf("count repository: %w", err)
	}
	return kv.Put(tx, h.repositoryKey(r.Name), *r)
}
