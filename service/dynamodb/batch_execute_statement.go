package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/capacity"
	"maru.dev/maru/service/dynamodb/partiql"
	"maru.dev/maru/wire"
)

// maxStatements is how many statements a batch may hold.
const maxStatements = 25

// BatchExecuteStatement runs statements one after another, each for itself: all
// of them read one item each, or all of them change one. What is wrong with one
// stands in its place among the answers.
//
// Spec: DynamoDB API Reference, BatchExecuteStatement.
func (s *Service) BatchExecuteStatement(ctx context.Context, in *api.BatchExecuteStatementInput) (*api.BatchExecuteStatementOutput, error) {
	if len(in.Statements) > maxStatements {
		return nil, invalid("1 validation error detected: Value at 'statements' failed to satisfy constraint: Member must have length less than or equal to 25")
	}
	batch, faults := make([]statement, len(in.Statements)), make([]error, len(in.Statements))
	reads, writes := false, false
	for i, b := range in.Statements {
		if batch[i], faults[i] = s.readStatement(ctx, b.Statement, b.Parameters, b.ConsistentRead, b.ReturnValuesOnConditionCheckFailure); faults[i] != nil {
			continue
		}
		if batch[i].Kind == partiql.Exists {
			faults[i] = invalid("EXISTS can only be used in ExecuteTransaction.")
		}
		reads = reads || batch[i].Kind.Reads()
		writes = writes || !batch[i].Kind.Reads()
	}
	if reads && writes {
		return nil, errMixed("batch")
	}
	m := &capacity.Meter{Wanted: in.ReturnConsumedCapacity, Metrics: s.metrics}
	out := &api.BatchExecuteStatementOutput{Responses: make([]api.BatchStatementResponse, len(batch))}
	for i := range batch {
		var item attr.Raw
		err := faults[i]
		if err == nil {
			item, err = s.executeOne(ctx, &batch[i], m)
		}
		if err := answerOne(&out.Responses[i], batch[i].Statement, item, err); err != nil {
			return nil, err
		}
	}
	out.ConsumedCapacity = m.All()
	return out, nil
}

// errMixed is the answer to reads and writes in one request.
func errMixed(what string) error {
	return invalid("A %s may contain reads or writes, but not both.", what)
}

// executeOne runs one statement of a batch.
func (s *Service) executeOne(ctx context.Context, st *statement, m *capacity.Meter) (item attr.Raw, err error) {
	if !st.Kind.Reads() {
		p, used, err := s.changeByStatement(ctx, *st)
		if err != nil {
			return nil, err
		}
		m.Wrote(p.table, used, 1)
		if changed := st.returns(&p); changed != nil {
			item = changed.Encode()
		}
		return item, nil
	}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		item, err = s.readOne(tx, st, m, 1)
		return err
	})
	return item, err
}

// batchCodes are the codes of faults as batches have them.
var batchCodes = map[string]string{
	"ConditionalCheckFailedException": api.BatchStatementErrorCodeEnumConditionalCheckFailed,
	"DuplicateItemException":          api.BatchStatementErrorCodeEnumDuplicateItem,
	"ResourceNotFoundException":       api.BatchStatementErrorCodeEnumResourceNotFound,
	"AccessDeniedException":           api.BatchStatementErrorCodeEnumAccessDenied,
	"ValidationException":             api.BatchStatementErrorCodeEnumValidationError,
}

// answerOne fills in the answer to one statement. It returns an error that is
// not the statement's own.
func answerOne(r *api.BatchStatementResponse, st *partiql.Statement, item attr.Raw, err error) error {
	if st != nil {
		r.TableName = &st.Table
	}
	if err == nil {
		r.Item = item.Reply()
		return nil
	}
	fault, ok := err.(wire.Error) //nolint:errorlint // made here, and never wrapped
	if !ok || batchCodes[fault.ErrorCode()] == "" {
		return err
	}
	r.Error = &api.BatchStatementError{Code: new(batchCodes[fault.ErrorCode()]), Message: new(fault.ErrorMessage())}
	if failed, ok := fault.(*api.ConditionalCheckFailedException); ok {
		r.Error.Item = failed.Item
	}
	return nil
}
