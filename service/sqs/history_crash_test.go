package sqs

import (
	"testing"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

func TestBatchesAndMoveTasksSurviveCrashes(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:sqs:us-east-1:000000000000:"
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, _, ctx := newTestService(st)
		h.Did(s.CreateQueue(ctx, &api.CreateQueueInput{QueueName: "dead"}))
		h.Did(s.CreateQueue(ctx, &api.CreateQueueInput{QueueName: "q", Attributes: map[string]string{
			"RedrivePolicy": `{"deadLetterTargetArn":"` + arn + `dead","maxReceiveCount":"1"}`,
		}}))
		h.Did(s.SendMessageBatch(ctx, &api.SendMessageBatchInput{QueueUrl: testURL + "q", Entries: []api.SendMessageBatchRequestEntry{{Id: "a", MessageBody: "1"}, {Id: "b", MessageBody: "2"}}}))
		got, err := s.ReceiveMessage(ctx, &api.ReceiveMessageInput{QueueUrl: testURL + "q", MaxNumberOfMessages: new(int32(10))})
		h.Did(got, err)
		handle := got.Messages[0].ReceiptHandle
		h.Did(s.ChangeMessageVisibilityBatch(ctx, &api.ChangeMessageVisibilityBatchInput{QueueUrl: testURL + "q", Entries: []api.ChangeMessageVisibilityBatchRequestEntry{{Id: "a", ReceiptHandle: *handle, VisibilityTimeout: new(int32(99))}}}))
		h.Did(s.DeleteMessageBatch(ctx, &api.DeleteMessageBatchInput{QueueUrl: testURL + "q", Entries: []api.DeleteMessageBatchRequestEntry{{Id: "a", ReceiptHandle: *handle}}}))
		h.Did(s.SendMessage(ctx, &api.SendMessageInput{QueueUrl: testURL + "dead", MessageBody: "3"}))
		moving, err := s.StartMessageMoveTask(ctx, &api.StartMessageMoveTaskInput{SourceArn: arn + "dead", DestinationArn: new(arn + "q")})
		h.Did(moving, err)
		h.Did(s.CancelMessageMoveTask(ctx, &api.CancelMessageMoveTaskInput{TaskHandle: *moving.TaskHandle}))
	})
}
