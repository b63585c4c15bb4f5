package resource

import (
	"context"
	"fmt"
	"maps"
	"strings"
)

// pipesPipe is AWS::Pipes::Pipe.
func pipesPipe() *Type {
	settings := []string{
		"Description", "DesiredState", "Enrichment", "EnrichmentParameters", "KmsKeyIdentifier", "LogConfiguration", "RoleArn",
		"SourceParameters", "Target", "TargetParameters",
	}
	return &Type{
		Name: "AWS::Pipes::Pipe",
		Properties: `Description DesiredState Enrichment EnrichmentParameters KmsKeyIdentifier LogConfiguration Name! RoleArn* Source!*
			SourceParameters Tags Target* TargetParameters`,
		Attributes: "Arn CreationTime CurrentState LastModifiedTime StateReason",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			r.ID = r.name("Name", naming{max: 64})
			in := pick(r.Props, append(settings, "Source")...)
			in["Name"] = r.ID
			if tags := r.allTags(); len(tags) > 0 {
				in["Tags"] = tagObject(tags)
			}
			_, err := r.do(ctx, "pipes", "CreatePipe", in)
			return Result{ID: r.ID}, r.adopt(err)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			if r.changed(settings...) {
				in := pick(r.Props, settings...)
				in["Name"] = r.ID
				if _, err := r.do(ctx, "pipes", "UpdatePipe", in); err != nil {
					return Result{}, err
				}
			}
			return Result{ID: r.ID}, r.tagMapARN(ctx, "pipes", r.arn("pipes", "pipe/"+r.ID))
		},
		Ready: pipeReady,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "pipes", "DeletePipe", obj{"Name": r.ID})
			return forget(err)
		},
		Gone: func(ctx context.Context, r *Request) (bool, error) {
			_, err := r.do(ctx, "pipes", "DescribePipe", obj{"Name": r.ID})
			return gone(err), forget(err)
		},
	}
}

// pipeReady waits until a pipe runs, or has stopped as it should.
func pipeReady(ctx context.Context, r *Request) (Result, bool, error) {
	out, err := r.do(ctx, "pipes", "DescribePipe", obj{"Name": r.ID})
	if err != nil {
		return Result{}, false, err
	}
	switch state := text(out["CurrentState"]); {
	case strings.HasSuffix(state, "_FAILED"):
		return Result{}, false, fmt.Errorf("Resource handler returned message: %q", fmt.Sprintf("Pipe is in state %s: %s", state, text(out["StateReason"])))
	case state != "RUNNING" && state != "STOPPED":
		return Result{}, false, nil
	}
	attributes := pick(out, "Arn", "CreationTime", "CurrentState", "LastModifiedTime", "StateReason")
	return Result{ID: r.ID, Attributes: attributes}, true, nil
}

// tagMapARN is tagARN in services whose tags are a map.
func (r *Request) tagMapARN(ctx context.Context, service, arn string) error {
	resource, tags, keys := "ResourceArn", "Tags", "TagKeys"
	if service == "pipes" {
		resource, tags, keys = "resourceArn", "tags", "tagKeys"
	}
	set, remove := r.tagChanges()
	if len(set) > 0 {
		if _, err := r.do(ctx, service, "TagResource", obj{resource: arn, tags: tagObject(set)}); err != nil {
			return err
		}
	}
	if len(remove) > 0 {
		if _, err := r.do(ctx, service, "UntagResource", obj{resource: arn, keys: texts(remove)}); err != nil {
			return err
		}
	}
	return nil
}

// lowerFirst writes the names of a value's members with a small first letter,
// as the APIs of some services have them where templates do not.
func lowerFirst(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(obj, len(v))
		for k, e := range maps.All(v) {
			out[strings.ToLower(k[:min(1, len(k))])+k[min(1, len(k)):]] = lowerFirst(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = lowerFirst(e)
		}
		return out
	}
	return v
}
