package resource

import "context"

// ecrRepository is AWS::ECR::Repository.
func ecrRepository() *Type {
	return &Type{
		Name: "AWS::ECR::Repository",
		Properties: `EmptyOnDelete EncryptionConfiguration! ImageScanningConfiguration ImageTagMutability ImageTagMutabilityExclusionFilters
			LifecyclePolicy RepositoryName! RepositoryPolicyText Tags`,
		Attributes: "Arn RepositoryUri",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			r.ID = r.name("RepositoryName", naming{max: 256, lower: true})
			in := obj{"repositoryName": r.ID, "tags": tagList(r.allTags())}
			in["imageTagMutability"], in["imageTagMutabilityExclusionFilters"] = r.Props["ImageTagMutability"], exclusionFilters(r)
			in["imageScanningConfiguration"] = scanning(r)
			if e := object(r.Props["EncryptionConfiguration"]); e != nil {
				in["encryptionConfiguration"] = obj{"encryptionType": e["EncryptionType"], "kmsKey": e["KmsKey"]}
			}
			_, err := r.do(ctx, "ecr", "CreateRepository", in)
			if r.adopt(err) != nil {
				return Result{}, err
			}
			return r.repository(), r.repositoryPolicies(ctx)
		},
		Update: updateRepository,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "ecr", "DeleteRepository", obj{"repositoryName": r.ID, "force": truth(r.Props["EmptyOnDelete"])})
			return forget(err)
		},
	}
}

// updateRepository sets what changed.
func updateRepository(ctx context.Context, r *Request) (Result, error) {
	if r.changed("ImageTagMutability", "ImageTagMutabilityExclusionFilters") {
		mutability := r.str("ImageTagMutability")
		if mutability == "" {
			mutability = "MUTABLE"
		}
		in := obj{"repositoryName": r.ID, "imageTagMutability": mutability, "imageTagMutabilityExclusionFilters": exclusionFilters(r)}
		if _, err := r.do(ctx, "ecr", "PutImageTagMutability", in); err != nil {
			return Result{}, err
		}
	}
	if r.changed("ImageScanningConfiguration") {
		in := obj{"repositoryName": r.ID, "imageScanningConfiguration": scanning(r)}
		if _, err := r.do(ctx, "ecr", "PutImageScanningConfiguration", in); err != nil {
			return Result{}, err
		}
	}
	if err := r.repositoryPolicies(ctx); err != nil {
		return Result{}, err
	}
	return r.repository(), r.tagRepository(ctx)
}

// repository is what a template sees of a repository.
func (r *Request) repository() Result {
	return Result{ID: r.ID, Attributes: obj{
		"Arn":           r.arn("ecr", "repository/"+r.ID),
		"RepositoryUri": r.Account + ".dkr.ecr." + r.Region + ".amazonaws.com/" + r.ID,
	}}
}

// repositoryPolicies brings both policies of a repository up to date.
func (r *Request) repositoryPolicies(ctx context.Context) error {
	for _, p := range []struct{ before, after, put, remove, member string }{
		{lifecycleText(r.Old), lifecycleText(r.Props), "PutLifecyclePolicy", "DeleteLifecyclePolicy", "lifecyclePolicyText"},
		{policyText(r.Old), policyText(r.Props), "SetRepositoryPolicy", "DeleteRepositoryPolicy", "policyText"},
	} {
		var err error
		switch {
		case p.before == p.after:
		case p.after == "":
			_, err = r.do(ctx, "ecr", p.remove, obj{"repositoryName": r.ID})
			err = forget(err)
		default:
			_, err = r.do(ctx, "ecr", p.put, obj{"repositoryName": r.ID, p.member: p.after})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lifecycleText is the text of a repository's lifecycle policy; "" is none.
func lifecycleText(props obj) string {
	return text(at(props["LifecyclePolicy"], "LifecyclePolicyText"))
}

// policyText is the text of a repository's policy; "" is none.
func policyText(props obj) string {
	if props["RepositoryPolicyText"] == nil {
		return ""
	}
	return document(props["RepositoryPolicyText"])
}

// scanning writes ImageScanningConfiguration in the API's words.
func scanning(r *Request) obj {
	return obj{"scanOnPush": truth(at(r.Props["ImageScanningConfiguration"], "ScanOnPush"))}
}

// exclusionFilters writes ImageTagMutabilityExclusionFilters in the API's words;
// nil is none.
func exclusionFilters(r *Request) any {
	var out []any
	for _, f := range list(r.Props["ImageTagMutabilityExclusionFilters"]) {
		out = append(out, obj{"filterType": at(f, "ImageTagMutabilityExclusionFilterType"), "filter": at(f, "ImageTagMutabilityExclusionFilterValue")})
	}
	if out == nil {
		return nil
	}
	return out
}

// tagRepository brings the tags of a repository up to date.
func (r *Request) tagRepository(ctx context.Context) error {
	arn := r.arn("ecr", "repository/"+r.ID)
	set, remove := r.tagChanges()
	if len(set) > 0 {
		if _, err := r.do(ctx, "ecr", "TagResource", obj{"resourceArn": arn, "tags": tagList(set)}); err != nil {
			return err
		}
	}
	if len(remove) > 0 {
		if _, err := r.do(ctx, "ecr", "UntagResource", obj{"resourceArn": arn, "tagKeys": texts(remove)}); err != nil {
			return err
		}
	}
	return nil
}
