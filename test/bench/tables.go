package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
)

func dynamodb(c *conn, operation, body string) ([]byte, error) {
	return c.post("/", "dynamodb", "DynamoDB_20120810."+operation, []byte(body))
}

// makeTable makes a table, unless it is there.
func makeTable(s *server, name string) error {
	err := call(s.address, "dynamodb", "DynamoDB_20120810.CreateTable", fmt.Sprintf(`{"TableName":%q,"BillingMode":"PAY_PER_REQUEST",
		"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"}],
		"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}`, name))
	var refused *refusal
	if errors.As(err, &refused) && strings.Contains(refused.body, "ResourceInUseException") {
		return nil
	}
	return err
}

// withTable prepares a table with a partition of 100 items.
func withTable(do step) func(*server) (step, error) {
	return func(s *server) (step, error) {
		if err := makeTable(s, "bench"); err != nil {
			return nil, err
		}
		return do, times(s.address, 100, func(c *conn, i int) error {
			_, err := dynamodb(c, "PutItem", fmt.Sprintf(`{"TableName":"bench","Item":%s}`, item("fixed", i)))
			return err
		})
	}
}

func item(pk string, sk int) string {
	return fmt.Sprintf(`{"pk":{"S":%q},"sk":{"N":"%d"},"text":{"S":%q},"n":{"N":"42"}}`, pk, sk, text)
}

func putItem(c *conn) error {
	_, err := dynamodb(c, "PutItem", fmt.Sprintf(`{"TableName":"bench","Item":%s}`, item(c.own, c.n)))
	return err
}

// transact puts four items, or none.
func transact(c *conn) error {
	var puts []string
	for i := range 4 {
		puts = append(puts, fmt.Sprintf(`{"Put":{"TableName":"bench","Item":%s}}`, item(fmt.Sprintf("%s-%d", c.own, i), c.n)))
	}
	_, err := dynamodb(c, "TransactWriteItems", `{"TransactItems":[`+strings.Join(puts, ",")+`]}`)
	return err
}

func getItem(c *conn) error {
	_, err := dynamodb(c, "GetItem", fmt.Sprintf(`{"TableName":"bench","Key":{"pk":{"S":"fixed"},"sk":{"N":"%d"}}}`, c.n%100))
	return err
}

func query(c *conn) error { return queryAt(c, "bench", "fixed", 0) }

// queryAt reads 25 items of a partition.
func queryAt(c *conn, table, pk string, from int) error {
	out, err := dynamodb(c, "Query", fmt.Sprintf(
		`{"TableName":%q,"Limit":25,"KeyConditionExpression":"pk = :p AND sk >= :s","ExpressionAttributeValues":{":p":{"S":%q},":s":{"N":"%d"}}}`, table, pk, from))
	if err == nil && c.path == "" && !bytes.Contains(out, []byte(`"Count":25`)) {
		return fmt.Errorf("query: %.200s", out)
	}
	return err
}

// place is where the i-th item of a table is.
type place func(i int) (pk string, sk int)

func onePartition(i int) (string, int)   { return "one", i }
func manyPartitions(i int) (string, int) { return fmt.Sprintf("p%07d", i), 0 }

// withItems prepares a table of n items.
func withItems(name string, n int, at place, do func(n int) step) func(*server) (step, error) {
	return func(s *server) (step, error) {
		if err := makeTable(s, name); err != nil {
			return nil, err
		}
		return do(n), times(s.address, n/25, func(c *conn, batch int) error {
			var puts []string
			for i := range 25 {
				puts = append(puts, `{"PutRequest":{"Item":`+item(at(batch*25+i))+`}}`)
			}
			_, err := dynamodb(c, "BatchWriteItem", fmt.Sprintf(`{"RequestItems":{%q:[%s]}}`, name, strings.Join(puts, ",")))
			return err
		})
	}
}

// getAny reads any of a table's items.
func getAny(table string, at place) func(n int) step {
	return func(n int) step {
		return func(c *conn) error {
			pk, sk := at(rand.IntN(n))
			_, err := dynamodb(c, "GetItem", fmt.Sprintf(`{"TableName":%q,"Key":{"pk":{"S":%q},"sk":{"N":"%d"}}}`, table, pk, sk))
			return err
		}
	}
}

// putAny replaces any of a table's items.
func putAny(table string, at place) func(n int) step {
	return func(n int) step {
		return func(c *conn) error {
			_, err := dynamodb(c, "PutItem", fmt.Sprintf(`{"TableName":%q,"Item":%s}`, table, item(at(rand.IntN(n)))))
			return err
		}
	}
}

// queryAny reads 25 items from anywhere in the one partition.
func queryAny(table string) func(n int) step {
	return func(n int) step {
		return func(c *conn) error { return queryAt(c, table, "one", rand.IntN(n-25)) }
	}
}
