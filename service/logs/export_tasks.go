package logs

import (
	"context"
	"fmt"
	"strings"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/api/s3"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
)

// exportKind is the task that writes a group's events to a bucket.
const exportKind = "logs.export"

// export is an export task. Its times are milliseconds.
type export struct {
	ID       string
	Name     *string
	Group    string
	GroupID  string
	Streams  string // prefix of their names
	From, To int64
	Bucket   string
	Prefix   string
	Status   string
	Message  string
	Created  int64
	Ended    int64
	Done     string // the last stream that is written
}

func (h home) exportKey(id string) kv.Key { return h.key("ex", id) }

// activeExportKey holds the id of the account's one export that is under way.
func (h home) activeExportKey() kv.Key { return h.key("ea") }

// exporter is who writes to buckets.
func (h home) exporter(ctx context.Context, group string) context.Context {
	return call.As(ctx, "logs."+h.Region+".amazonaws.com", h.arnOf(group)+":*", h.Account, h.Region)
}

// CreateExportTask writes the events of a group and a span of time to a bucket,
// as gzip files by stream. One export of an account runs at a time.
//
// Spec: CloudWatch Logs API Reference, CreateExportTask.
func (s *Service) CreateExportTask(ctx context.Context, in *api.CreateExportTaskInput) (*api.CreateExportTaskOutput, error) {
	h, now := homeOf(ctx), s.Clock.Now()
	e := export{
		ID: s.IDs.UUID(), Name: in.TaskName, Group: in.LogGroupName, From: in.From, To: in.To, Bucket: in.Destination, Prefix: "exportedlogs",
		Status: string(api.ExportTaskStatusCodePending), Message: "Task is pending", Created: now.UnixMilli(),
	}
	if in.DestinationPrefix != nil && *in.DestinationPrefix != "" {
		e.Prefix = *in.DestinationPrefix
	}
	if in.LogStreamNamePrefix != nil {
		e.Streams = *in.LogStreamNamePrefix
	}
	if e.To < e.From {
		return nil, invalid("Invalid time range: 'from' must not be after 'to'.")
	}
	ready := func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, e.Group)
		if err != nil {
			return err
		}
		if e.GroupID = g.ID; e.To < g.Created.UnixMilli()-maxBehind.Milliseconds() {
			return invalid("The specified time range is before the log group was created.")
		}
		if _, busy, err := tx.Get(h.activeExportKey()); err != nil || busy {
			if err == nil {
				err = &api.LimitExceededException{Message: "Resource limit exceeded."}
			}
			return err
		}
		return nil
	}
	if err := s.Store.View(ctx, ready); err != nil {
		return nil, err
	}
	if err := s.putObject(h.exporter(ctx, e.Group), e.Bucket, e.Prefix+"/aws-logs-write-test", []byte("Permission Check Successful")); err != nil {
		if task.Refused(err) {
			return nil, invalid("PutObject call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to perform this operation.")
		}
		return nil, err
	}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := ready(tx); err != nil {
			return err
		}
		if err := tx.Put(h.activeExportKey(), []byte(e.ID)); err != nil {
			return err
		}
		if err := kv.Put(tx, h.exportKey(e.ID), e); err != nil {
			return err
		}
		_, err := s.Tasks.Add(tx, task.Task{
			Kind: exportKind, Owner: h.arnOf(e.Group) + ":export", Key: e.ID, Body: exportWork{h.Account, h.Region, e.ID},
			Account: h.Account, Region: h.Region, Policy: task.Policy{MaxAttempts: 10},
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateExportTaskOutput{TaskId: &e.ID}, nil
}

// putObject writes an object.
func (s *Service) putObject(ctx context.Context, bucket, key string, body []byte) error {
	_, err := s.Caller.Call(ctx, "s3", "PutObject", &s3.PutObjectInput{
		Bucket: bucket, Key: key, Body: strings.NewReader(string(body)), ContentLength: new(int64(len(body))),
	})
	return err
}

// loadExport reads an export.
func loadExport(tx *kv.Tx, h home, id string) (export, error) {
	e, ok, err := kv.Get[export](tx, h.exportKey(id))
	switch {
	case err != nil:
		return e, fmt.Errorf("load export task: %w", err)
	case !ok:
		return e, &api.ResourceNotFoundException{Message: "The specified export task does not exist."}
	}
	return e, nil
}

// active says whether an export has not ended.
func (e *export) active() bool {
	return e.Status == string(api.ExportTaskStatusCodePending) || e.Status == string(api.ExportTaskStatusCodeRunning)
}

// end ends an export, and lets another one begin.
func (e *export) end(tx *kv.Tx, h home, status, message string, now int64) error {
	e.Status, e.Message, e.Ended = status, message, now
	if err := tx.Delete(h.activeExportKey()); err != nil {
		return err
	}
	return kv.Put(tx, h.exportKey(e.ID), *e)
}

// CancelExportTask ends an export; what is written stays.
//
// Spec: CloudWatch Logs API Reference, CancelExportTask.
func (s *Service) CancelExportTask(ctx context.Context, in *api.CancelExportTaskInput) (*api.CancelExportTaskOutput, error) {
	h := homeOf(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		e, err := loadExport(tx, h, in.TaskId)
		if err != nil {
			return err
		}
		if !e.active() {
			return &api.InvalidOperationException{Message: "The specified export task has already finished."}
		}
		if err := s.Tasks.CancelKey(tx, exportKind, e.ID); err != nil {
			return err
		}
		return e.end(tx, h, string(api.ExportTaskStatusCodeCancelled), "Cancelled by user", s.Clock.Now().UnixMilli())
	})
	if err != nil {
		return nil, err
	}
	return &api.CancelExportTaskOutput{}, nil
}

// DescribeExportTasks returns exports: one, those of a status, or all.
//
// Spec: CloudWatch Logs API Reference, DescribeExportTasks.
func (s *Service) DescribeExportTasks(ctx context.Context, in *api.DescribeExportTasksInput) (*api.DescribeExportTasksOutput, error) {
	h := homeOf(ctx)
	r := kv.Prefix(h.key("ex"))
	if in.NextToken != nil {
		id, err := readPage(h.key("ex"), *in.NextToken)
		if err != nil {
			return nil, err
		}
		r = r.After(h.exportKey(id))
	}
	out := &api.DescribeExportTasksOutput{ExportTasks: []api.ExportTask{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		for row, err := range kv.Scan[export](tx, r) {
			if err != nil {
				return err
			}
			e := row.Value
			if in.TaskId != nil && *in.TaskId != e.ID || in.StatusCode != nil && *in.StatusCode != e.Status {
				continue
			}
			if n := len(out.ExportTasks); n == pageSize(in.Limit) {
				out.NextToken = service.PageToken(h.key("ex"), *out.ExportTasks[n-1].TaskId)
				return nil
			}
			out.ExportTasks = append(out.ExportTasks, e.render())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// render writes an export as clients see it.
func (e *export) render() api.ExportTask {
	out := api.ExportTask{
		TaskId: &e.ID, TaskName: e.Name, LogGroupName: &e.Group, From: &e.From, To: &e.To, Destination: &e.Bucket, DestinationPrefix: &e.Prefix,
		Status: &api.ExportTaskStatus{Code: &e.Status, Message: &e.Message}, ExecutionInfo: &api.ExportTaskExecutionInfo{CreationTime: &e.Created},
	}
	if e.Ended > 0 {
		out.ExecutionInfo.CompletionTime = &e.Ended
	}
	return out
}
