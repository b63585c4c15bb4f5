package ecr

import (
	"time"

	api "maru.dev/maru/api/ecr"
)

// repository is a repository's row.
type repository struct {
	Name       string
	Created    time.Time
	Mutability string
	Exclusions []string          `cbor:",omitempty"` // wildcards of tags for which the opposite holds
	ScanOnPush bool              `cbor:",omitempty"`
	Encryption string            // AES256, KMS or KMS_DSSE
	KMSKey     string            `cbor:",omitempty"`
	Tags       map[string]string `cbor:",omitempty"`
}

// shape is the repository in the API's form.
func (r *repository) shape(h registry) *api.Repository {
	out := &api.Repository{
		RepositoryArn: new(h.arnOf(r.Name)), RegistryId: &h.Account, RepositoryName: &r.Name, RepositoryUri: new(h.uriOf(r.Name)),
		CreatedAt: &r.Created, ImageTagMutability: &r.Mutability, ImageTagMutabilityExclusionFilters: r.exclusions(),
		ImageScanningConfiguration: &api.ImageScanningConfiguration{ScanOnPush: &r.ScanOnPush},
		EncryptionConfiguration:    &api.EncryptionConfiguration{EncryptionType: r.Encryption},
	}
	if r.KMSKey != "" {
		out.EncryptionConfiguration.KmsKey = &r.KMSKey
	}
	return out
}

// exclusions are the exclusion filters in the API's form.
func (r *repository) exclusions() (out []api.ImageTagMutabilityExclusionFilter) {
	for _, f := range r.Exclusions {
		out = append(out, api.ImageTagMutabilityExclusionFilter{FilterType: api.ImageTagMutabilityExclusionFilterTypeWildcard, Filter: f})
	}
	return out
}
