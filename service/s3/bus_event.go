package s3

import (
	"context"
	"fmt"
	"strings"

	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// The detail of what EventBridge is told, in the order AWS writes it.
type (
	busDetail struct {
		Version      string    `json:"version"`
		Bucket       busBucket `json:"bucket"`
		Object       busObject `json:"object"`
		RequestID    string    `json:"request-id"`
		Requester    string    `json:"requester"`
		SourceIP     string    `json:"source-ip-address"`
		Reason       string    `json:"reason,omitempty"`
		DeletionType string    `json:"deletion-type,omitempty"`
	}
	busBucket struct {
		Name string `json:"name"`
	}
	busObject struct {
		Key       string `json:"key"`
		Size      *int64 `json:"size,omitempty"`
		ETag      string `json:"etag,omitempty"`
		VersionID string `json:"version-id,omitempty"`
		Sequencer string `json:"sequencer,omitempty"`
	}
)

// tellBus puts an event on the default bus if the bucket's configuration says
// so. EventBridge gets every kind of event of such a bucket.
func (s *Service) tellBus(ctx context.Context, tx *kv.Tx, b *bucket, e event) error {
	if b.Notification == nil || b.Notification.EventBridgeConfiguration == nil {
		return nil
	}
	info := call.From(ctx)
	d := busDetail{
		Version: "0", Bucket: busBucket{b.Name}, RequestID: info.RequestID, Requester: info.Account, SourceIP: info.SourceIP,
		Object: busObject{Key: e.key, ETag: e.object.ETag},
	}
	if info.Principal.Kind == call.Service {
		d.Requester = info.Principal.Service
	}
	if b.versioned() {
		d.Object.VersionID = e.object.VersionID
	}
	detailType := d.describe(e)
	if detailType == "" {
		return nil
	}
	return s.Emit(tx, service.Event{
		Account: b.Account, Region: b.Region, Source: "aws.s3", DetailType: detailType, Resources: []string{b.arn()},
		Detail: d, TraceID: info.TraceID,
	})
}

// describe fills in what the kind of event has beside the others, and names it;
// "" is one that EventBridge does not know.
func (d *busDetail) describe(e event) string {
	sequencer := fmt.Sprintf("%018X", e.object.Seq)
	kind, how, _ := strings.Cut(e.name, ":")
	switch kind {
	case "ObjectCreated":
		d.Object.Size, d.Object.Sequencer = &e.object.Size, sequencer
		d.Reason = how
		switch how {
		case "Put", "Copy":
			d.Reason += "Object"
		case "Post":
			d.Reason = "POST Object"
		}
		return "Object Created"
	case "ObjectRemoved", "LifecycleExpiration":
		d.Object.Sequencer, d.Reason, d.DeletionType = sequencer, "DeleteObject", "Permanently Deleted"
		if kind == "LifecycleExpiration" {
			d.Reason = "Lifecycle Expiration"
		}
		if how == "DeleteMarkerCreated" {
			d.DeletionType = "Delete Marker Created"
		}
		return "Object Deleted"
	case "ObjectTagging":
		if how == "Put" {
			return "Object Tags Added"
		}
		return "Object Tags Deleted"
	case "ObjectAcl":
		return "Object ACL Updated"
	}
	return ""
}
