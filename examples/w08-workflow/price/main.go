// Command price tells what an order costs: a few cents for each letter, since
// nobody knows better.
package main

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/lambda"
)

// item is a line of an order.
type item struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// bill is what an order costs, in cents.
type bill struct {
	Total int            `json:"total"`
	Lines map[string]int `json:"lines"`
}

func main() { lambda.Start(handle) }

func handle(_ context.Context, order struct {
	Items []item `json:"items"`
},
) (bill, error) {
	b := bill{Lines: make(map[string]int)}
	for _, i := range order.Items {
		if i.Count < 0 {
			return bill{}, fmt.Errorf("%d of %s", i.Count, i.Name)
		}
		cost := 3 * utf8.RuneCountInString(i.Name) * i.Count
		b.Lines[i.Name] += cost
		b.Total += cost
	}
	return b, nil
}
