package dynamodb

import (
	"errors"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/call"
	"maru.dev/maru/service/dynamodb/capacity"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// Measured implements call.Measured.
//
// Spec: DynamoDB Developer Guide, DynamoDB metrics and dimensions.
func (s *Service) Measured(r *call.Record) {
	name := tableOf(r.In)
	if r.Err != nil {
		s.measureFailure(r, name)
		return
	}
	if name == "" {
		return
	}
	home := telemetry.Of(r.Info.Account, r.Info.Region, plainName(r.Info, name), r.Operation.Name)
	latency := telemetry.Value{Kind: capacity.Latency, Is: float64(r.Ended.Sub(r.Began).Microseconds()) / 1000}
	switch out := r.Out.(type) {
	case *api.QueryOutput:
		s.metrics.Add(home, latency, found(out.Count))
	case *api.ScanOutput:
		s.metrics.Add(home, latency, found(out.Count))
	default:
		s.metrics.Add(home, latency)
	}
}

// found is how many items a search has found.
func found(count *int32) telemetry.Value {
	return telemetry.Value{Kind: capacity.ReturnedItems, Is: float64(wire.Value(count))}
}

// measureFailure counts a call that failed. A condition that does not hold and
// a transaction that was cancelled have metrics of their own in place of
// UserErrors.
func (s *Service) measureFailure(r *call.Record, name string) {
	var refused *api.ConditionalCheckFailedException
	var cancelled *api.TransactionCanceledException
	var known wire.Error
	at := telemetry.Of(r.Info.Account, r.Info.Region)
	switch {
	case errors.As(r.Err, &refused):
		at.Values[0] = plainName(r.Info, name)
		if at.Values[0] != "" {
			s.metrics.Add(at, telemetry.Value{Kind: capacity.ConditionFailed, Is: 1})
		}
	case errors.As(r.Err, &cancelled):
		s.measureCancelled(r, cancelled)
	case errors.As(r.Err, &known) && known.HTTPStatus() < 500:
		s.metrics.Add(at, telemetry.Value{Kind: capacity.UserErrors, Is: 1})
	case r.Operation.Invoke != nil && name != "":
		at.Values[0], at.Values[1] = plainName(r.Info, name), r.Operation.Name
		s.metrics.Add(at, telemetry.Value{Kind: capacity.SystemErrors, Is: 1})
	}
}

// measureCancelled counts why the parts of a transaction failed, by table.
func (s *Service) measureCancelled(r *call.Record, cancelled *api.TransactionCanceledException) {
	in, ok := r.In.(*api.TransactWriteItemsInput)
	if !ok || len(cancelled.CancellationReasons) != len(in.TransactItems) {
		return
	}
	for i := range in.TransactItems {
		name := writtenBy(&in.TransactItems[i])
		if name == "" {
			continue
		}
		at := telemetry.Of(r.Info.Account, r.Info.Region, plainName(r.Info, name))
		switch wire.Value(cancelled.CancellationReasons[i].Code) {
		case "ConditionalCheckFailed":
			s.metrics.Add(at, telemetry.Value{Kind: capacity.ConditionFailed, Is: 1})
		case "TransactionConflict":
			s.metrics.Add(at, telemetry.Value{Kind: capacity.Conflicts, Is: 1})
		}
	}
}

// writtenBy names the table that a part of a transaction is about.
func writtenBy(item *api.TransactWriteItem) string {
	switch {
	case item.Put != nil:
		return item.Put.TableName
	case item.Update != nil:
		return item.Update.TableName
	case item.Delete != nil:
		return item.Delete.TableName
	case item.ConditionCheck != nil:
		return item.ConditionCheck.TableName
	default:
		return ""
	}
}

// plainName is the name of a table that may be named by its ARN.
func plainName(info call.Info, nameOrARN string) string {
	if len(nameOrARN) > 4 && nameOrARN[:4] == "arn:" {
		name, err := nameIn(info, nameOrARN)
		if err != nil {
			return ""
		}
		return name
	}
	return nameOrARN
}

// tableOf names the table that a request on items is about, if it is one.
func tableOf(in any) string {
	switch in := in.(type) {
	case *api.PutItemInput:
		return in.TableName
	case *api.GetItemInput:
		return in.TableName
	case *api.UpdateItemInput:
		return in.TableName
	case *api.DeleteItemInput:
		return in.TableName
	case *api.QueryInput:
		return in.TableName
	case *api.ScanInput:
		return in.TableName
	case *api.BatchWriteItemInput:
		return only(in.RequestItems)
	case *api.BatchGetItemInput:
		return only(in.RequestItems)
	default:
		return ""
	}
}

// only is the table of a batch that has but one.
func only[T any](tables map[string]T) string {
	if len(tables) != 1 {
		return ""
	}
	for name := range tables {
		return name
	}
	return ""
}
