package crash_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"maru.dev/maru/internal/testenv"
)

// places is how many registers there are: few, so that clients meet.
const places = 4

// access is one of an item: it is read, written, or written if it has a value.
// An item that is not there has the value 0.
type access struct {
	place int
	kind  accessKind
	old   int // what a conditional write wants to find
	value int // what is written
}

// accessKind tells what an access does.
type accessKind int

const (
	reads accessKind = iota
	writes
	swaps // writes if the item is as it was
)

// told is what a client was told of an access: what it has read, or whether what
// it wanted to find was there.
type told struct {
	known, held bool
	value       int
}

// register is the state of one: what the item has. Before it is first used it has
// no place.
type register struct{ place, value int }

// cellOf is a register as porcupine sees it.
func cellOf(start [places]int) porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			all := make([][]porcupine.Operation, places)
			for _, op := range history {
				place := op.Input.(access).place
				all[place] = append(all[place], op)
			}
			return all
		},
		Init: func() any { return register{place: -1} },
		Step: func(before, input, output any) (bool, any) {
			now, in, out := before.(register), input.(access), output.(told)
			if now.place < 0 {
				now = register{in.place, start[in.place]}
			}
			switch in.kind {
			case reads:
				return out.value == now.value, now
			case swaps:
				held := now.value == in.old
				if out.known && out.held != held {
					return false, now
				}
				if !held {
					return true, now
				}
			}
			return true, register{in.place, in.value}
		},
	}
}

// registers: single items that are read, written and swapped by many behave as if
// each access had happened at one moment.
type registers struct {
	env   *testenv.Proc
	start [places]int // of the round
	judged
}

func (w *registers) prepare(t *testing.T) {
	t.Helper()
	_, err := w.env.DynamoDB().CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("registers"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeN}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// client accesses items, and swaps against what it has seen last.
func (w *registers) client(ctx context.Context, more func() bool, number int, random *rand.Rand) {
	var seen [places]int
	for more() {
		in := access{place: random.IntN(places), kind: accessKind(random.IntN(3))}
		if in.old = seen[in.place]; in.kind != reads && random.IntN(8) > 0 {
			in.value = 1 + random.IntN(1<<40) // else it is deleted
		}
		called := tick()
		out, err := w.carryOut(ctx, in)
		if out.known || in.kind != reads {
			w.note(number, called, in, out, out.known)
		}
		if err != nil {
			return
		}
		switch {
		case in.kind == reads:
			seen[in.place] = out.value
		case in.kind == writes || out.held:
			seen[in.place] = in.value
		}
	}
}

// carryOut makes one access.
func (w *registers) carryOut(ctx context.Context, in access) (told, error) {
	table, key := aws.String("registers"), map[string]types.AttributeValue{"id": whole(in.place)}
	if in.kind == reads {
		value, err := w.read(ctx, in.place)
		return told{known: err == nil, value: value}, err
	}
	var condition *string
	var values map[string]types.AttributeValue
	if in.kind == swaps {
		if condition = aws.String("attribute_not_exists(id)"); in.old != 0 {
			condition, values = aws.String("content = :old"), map[string]types.AttributeValue{":old": whole(in.old)}
		}
	}
	var err error
	if in.value == 0 {
		_, err = w.env.DynamoDB().DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: table, Key: key, ConditionExpression: condition, ExpressionAttributeValues: values})
	} else {
		item := map[string]types.AttributeValue{"id": whole(in.place), "content": whole(in.value)}
		_, err = w.env.DynamoDB().PutItem(ctx, &dynamodb.PutItemInput{TableName: table, Item: item, ConditionExpression: condition, ExpressionAttributeValues: values})
	}
	if failed := (&types.ConditionalCheckFailedException{}); errors.As(err, &failed) {
		return told{known: true}, nil
	}
	return told{known: err == nil, held: err == nil}, err
}

// read reads an item.
func (w *registers) read(ctx context.Context, place int) (int, error) {
	out, err := w.env.DynamoDB().GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String("registers"), Key: map[string]types.AttributeValue{"id": whole(place)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil || out.Item == nil {
		return 0, err
	}
	content, ok := out.Item["content"].(*types.AttributeValueMemberN)
	if !ok {
		return 0, fmt.Errorf("item %d is %v", place, out.Item)
	}
	return strconv.Atoi(content.Value)
}

// look implements looker.
func (w *registers) look(t *testing.T) {
	t.Helper()
	now := w.readAll(t)
	w.found = func(state any) bool {
		at := state.(register)
		return at.place < 0 || at.value == now[at.place]
	}
}

// readAll reads all items, and notes it.
func (w *registers) readAll(t *testing.T) (now [places]int) {
	t.Helper()
	for place := range places {
		called := tick()
		value, err := w.read(t.Context(), place)
		if err != nil {
			t.Fatal(err)
		}
		now[place] = value
		w.note(clients, called, access{place: place}, told{known: true, value: value}, true)
	}
	return now
}

// check has the round's history judged, with what is there at its end for its last
// reads.
func (w *registers) check(t *testing.T) {
	now := w.readAll(t)
	w.judge(t, cellOf(w.start))
	w.start = now
}
