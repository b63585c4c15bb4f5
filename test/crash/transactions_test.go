package crash_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"maru.dev/maru/internal/testenv"
)

// accounts is how many the transactions are about: few, so that they meet.
const accounts = 4

// balances are what the accounts hold. Together they hold what they held at first.
type balances [accounts]int

// opening is what each holds at first.
const opening = 1000

// transfer is a transaction that moves an amount from an account that has it to
// another; with from < 0 it is one that reads all accounts.
type transfer struct{ from, to, amount int }

// outcome is what a client was told; known is false when the kill swallowed it.
type outcome struct {
	known, done bool
	read        balances
}

// bank is the accounts as porcupine sees them.
func bank(start balances) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return start },
		Step: func(state, input, output any) (bool, any) {
			now, in, out := state.(balances), input.(transfer), output.(outcome)
			if in.from < 0 {
				return out.read == now, now
			}
			holds := now[in.from] >= in.amount
			if out.known && out.done != holds {
				return false, now
			}
			if holds {
				now[in.from] -= in.amount
				now[in.to] += in.amount
			}
			return true, now
		},
		Equal: func(a, b any) bool { return a.(balances) == b.(balances) },
		DescribeOperation: func(input, output any) string {
			return fmt.Sprintf("%+v: %+v", input, output)
		},
	}
}

// transactions: transfers between items happen whole or not at all, each once,
// and in one order that everybody sees.
type transactions struct {
	env   *testenv.Proc
	start balances // of the round
	judged
}

func (w *transactions) prepare(t *testing.T) {
	t.Helper()
	_, err := w.env.DynamoDB().CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("accounts"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeN}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for n := range accounts {
		w.start[n] = opening
		_, err := w.env.DynamoDB().PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: aws.String("accounts"), Item: map[string]types.AttributeValue{"id": whole(n), "balance": whole(opening)},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// whole is a number as DynamoDB has it.
func whole(n int) types.AttributeValue { return &types.AttributeValueMemberN{Value: fmt.Sprint(n)} }

// client makes transfers, and reads now and then.
func (w *transactions) client(ctx context.Context, more func() bool, number int, random *rand.Rand) {
	for more() {
		in := transfer{from: -1}
		if random.IntN(4) > 0 {
			in = transfer{from: random.IntN(accounts), amount: 1 + random.IntN(opening)}
			in.to = (in.from + 1 + random.IntN(accounts-1)) % accounts
		}
		called := tick()
		out, err := w.carryOut(ctx, in)
		if out.known || in.from >= 0 {
			w.note(number, called, in, out, out.known)
		}
		if err != nil {
			return
		}
	}
}

// carryOut makes one transaction. Whoever meets another tries again: it has not
// happened.
func (w *transactions) carryOut(ctx context.Context, in transfer) (outcome, error) {
	for {
		out, err := w.once(ctx, in)
		var cancelled *types.TransactionCanceledException
		if !errors.As(err, &cancelled) {
			return out, err
		}
		for _, reason := range cancelled.CancellationReasons {
			if aws.ToString(reason.Code) == "ConditionalCheckFailed" {
				return outcome{known: true}, nil
			}
		}
	}
}

// once makes one attempt at a transaction.
func (w *transactions) once(ctx context.Context, in transfer) (outcome, error) {
	if in.from < 0 {
		read, err := w.read(ctx)
		return outcome{known: err == nil, read: read}, err
	}
	add := func(account int, expression, condition string) types.TransactWriteItem {
		u := &types.Update{
			TableName: aws.String("accounts"), Key: map[string]types.AttributeValue{"id": whole(account)}, UpdateExpression: &expression,
			ExpressionAttributeValues: map[string]types.AttributeValue{":n": whole(in.amount)},
		}
		if condition != "" {
			u.ConditionExpression = &condition
		}
		return types.TransactWriteItem{Update: u}
	}
	_, err := w.env.DynamoDB().TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		add(in.from, "SET balance = balance - :n", "balance >= :n"), add(in.to, "SET balance = balance + :n", ""),
	}})
	return outcome{known: err == nil, done: err == nil}, err
}

// read reads all accounts in one transaction.
func (w *transactions) read(ctx context.Context) (balances, error) {
	var now balances
	in := &dynamodb.TransactGetItemsInput{}
	for n := range accounts {
		in.TransactItems = append(in.TransactItems, types.TransactGetItem{
			Get: &types.Get{TableName: aws.String("accounts"), Key: map[string]types.AttributeValue{"id": whole(n)}},
		})
	}
	out, err := w.env.DynamoDB().TransactGetItems(ctx, in)
	if err != nil {
		return now, err
	}
	for n, reply := range out.Responses {
		if _, err := fmt.Sscan(reply.Item["balance"].(*types.AttributeValueMemberN).Value, &now[n]); err != nil {
			return now, err
		}
	}
	return now, nil
}

// look implements looker.
func (w *transactions) look(t *testing.T) {
	t.Helper()
	now := w.readAll(t)
	w.found = func(state any) bool { return state == any(now) }
}

// readAll reads all accounts, and notes it.
func (w *transactions) readAll(t *testing.T) balances {
	t.Helper()
	called := tick()
	now, err := w.read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.note(clients, called, transfer{from: -1}, outcome{known: true, read: now}, true)
	return now
}

// check has the round's history judged, with what is there at its end for its last
// read, and sees that nothing was made or lost on the way.
func (w *transactions) check(t *testing.T) {
	now, sum := w.readAll(t), 0
	for _, n := range now {
		sum += n
	}
	if sum != accounts*opening {
		t.Errorf("the accounts hold %d, which is not what they began with: %v", sum, now)
	}
	w.judge(t, bank(w.start))
	t.Logf("from %v to %v", w.start, now)
	w.start = now
}
