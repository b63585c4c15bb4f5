package dynamodb_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// run executes a statement.
func run(t *testing.T, c *sdk.Client, statement string, params ...string) ([]map[string]types.AttributeValue, error) {
	t.Helper()
	out, err := c.ExecuteStatement(t.Context(), &sdk.ExecuteStatementInput{Statement: &statement, Parameters: values(params)})
	if err != nil {
		return nil, err
	}
	return out.Items, nil
}

// values are parameters of statements, as text makes them.
func values(params []string) []types.AttributeValue {
	var out []types.AttributeValue
	for _, p := range params {
		out = append(out, text(p))
	}
	return out
}

// shown writes items as short as they can be compared.
func shown(items []map[string]types.AttributeValue) string {
	parts := make([]string, len(items))
	for i, it := range items {
		all := make(map[string]string, len(it))
		for k, v := range it {
			all[k] = shownValue(v)
		}
		parts[i] = fmt.Sprint(all)
	}
	return strings.Join(parts, " ")
}

// shownValue is textOf for lists and sets of texts, too.
func shownValue(v types.AttributeValue) string {
	switch v := v.(type) {
	case *types.AttributeValueMemberL:
		texts := make([]string, len(v.Value))
		for i := range v.Value {
			texts[i] = textOf(v.Value[i])
		}
		return fmt.Sprint(texts)
	case *types.AttributeValueMemberSS:
		return fmt.Sprint(v.Value)
	}
	return textOf(v)
}

// music is a table with a sort key, indexes and some items in two partitions.
func music(t *testing.T) *sdk.Client {
	t.Helper()
	_, client := start(t)
	create(t, client, withGlobal(keyed("tab", "N"), &types.Projection{ProjectionType: types.ProjectionTypeAll}))
	for i := range 5 {
		put(t, client, "tab", item("pk", "a", "sk", strconv.Itoa(i), "v", "x"+strconv.Itoa(i), "gpk", "g", "gsk", strconv.Itoa(10-i)))
	}
	put(t, client, "tab", item("pk", "b", "sk", "7", "v", "y"))
	return client
}

func TestSelectFindsItems(t *testing.T) {
	t.Parallel()
	client := music(t)
	tests := map[string]struct {
		statement string
		params    []string
		want      string // sort keys, or the error's message
	}{
		"partition":         {`SELECT * FROM tab WHERE pk = 'a'`, nil, "0 1 2 3 4"},
		"range":             {`SELECT * FROM "tab" WHERE pk = ? AND sk BETWEEN 1 AND ?`, []string{"a", "3"}, "1 2 3"},
		"one":               {`SELECT * FROM tab WHERE sk = 7 AND pk = 'b'`, nil, "7"},
		"descending":        {`SELECT * FROM tab WHERE pk = 'a' AND sk > 1 ORDER BY sk DESC`, nil, "4 3 2"},
		"filter":            {`SELECT * FROM tab WHERE pk = 'a' AND (v = 'x1' OR v = 'x4')`, nil, "1 4"},
		"filter on the key": {`SELECT * FROM tab WHERE pk = 'a' AND sk >= 1 AND sk <> 2 AND NOT sk = 3`, nil, "1 4"},
		"several":           {`SELECT * FROM tab WHERE pk IN ['b', 'a', 'b'] AND sk >= 3`, nil, "7 3 4"},
		"everything":        {`SELECT * FROM tab WHERE begins_with(v, 'y') OR sk = 0`, nil, "7 0"},
		"missing":           {`SELECT * FROM tab WHERE pk = 'b' AND gpk IS MISSING`, nil, "7"},
		"index":             {`SELECT * FROM tab.global WHERE gpk = 'g' AND gsk < 9`, nil, "4 3 2"},
		"nothing":           {`SELECT * FROM tab WHERE pk = 'c'`, nil, ""},
		"no table":          {`SELECT * FROM other`, nil, "Requested resource not found"},
		"no index":          {`SELECT * FROM tab.other`, nil, "The table does not have the specified index: other"},
		"wrong type":        {`SELECT * FROM tab WHERE pk = 1`, nil, "Condition parameter type does not match schema type"},
		"order without key": {`SELECT * FROM tab ORDER BY sk`, nil, "Must have WHERE clause in the statement when using ORDER BY clause."},
		"order by another":  {`SELECT * FROM tab WHERE pk = 'a' ORDER BY v`, nil, "Variable reference v in ORDER BY clause must be part of the primary key"},
		"params":            {`SELECT * FROM tab WHERE pk = ?`, []string{"a", "b"}, "Number of parameters in request and statement don't match."},
		"exists":            {`EXISTS(SELECT * FROM tab WHERE pk = 'a' AND sk = 1)`, nil, "EXISTS can only be used in ExecuteTransaction."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			items, err := run(t, client, tt.statement, tt.params...)
			if err != nil {
				if !strings.HasSuffix(err.Error(), tt.want) || tt.want == "" {
					t.Errorf("%v, want %s", err, tt.want)
				}
				return
			}
			var got []string
			for _, it := range items {
				got = append(got, textOf(it["sk"]))
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("%v, want %s", got, tt.want)
			}
		})
	}
}

func TestSelectNamesValuesByTheirLastStep(t *testing.T) {
	t.Parallel()
	client := music(t)
	if _, err := run(t, client, `INSERT INTO tab VALUE {'pk': 'c', 'sk': 1, 'm': {'n': [1, {'o': 'deep'}]}}`); err != nil {
		t.Fatal(err)
	}
	items, err := run(t, client, `SELECT sk, m.n[1].o, m.n[0], nope FROM tab WHERE pk = 'c'`)
	if err != nil || len(items) != 1 || len(items[0]) != 3 || textOf(items[0]["o"]) != "deep" || textOf(items[0]["n[0]"]) != "1" || textOf(items[0]["sk"]) != "1" {
		t.Errorf("%v, %v", shown(items), err)
	}
}

func TestSelectPages(t *testing.T) {
	t.Parallel()
	client := music(t)
	for statement, want := range map[string]string{
		`SELECT * FROM tab WHERE pk IN ['a', 'b']`:                      "0 1|2 3|4 7|",
		`SELECT * FROM tab WHERE pk = 'a' AND v <> 'x1'`:                "0|2 3|4",
		`SELECT * FROM tab WHERE pk IN ['b', 'a'] ORDER BY pk, sk DESC`: "7 4|3 2|1 0|",
	} {
		in, got := &sdk.ExecuteStatementInput{Statement: &statement, Limit: aws.Int32(2)}, ""
		for {
			out, err := client.ExecuteStatement(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			for i, it := range out.Items {
				if i > 0 {
					got += " "
				}
				got += textOf(it["sk"])
			}
			if (out.NextToken == nil) != (out.LastEvaluatedKey == nil) {
				t.Error("a token without a key, or a key without a token")
			}
			if in.NextToken = out.NextToken; in.NextToken == nil {
				break
			}
			got += "|"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", statement, got, want)
		}
	}
	out, err := client.ExecuteStatement(t.Context(), &sdk.ExecuteStatementInput{Statement: aws.String(`SELECT * FROM tab`), Limit: aws.Int32(1)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.ExecuteStatement(t.Context(), &sdk.ExecuteStatementInput{Statement: aws.String(`SELECT pk FROM tab`), NextToken: out.NextToken})
	refused(t, err, "ValidationException", "Invalid NextToken")
}

func TestStatementsChangeItems(t *testing.T) {
	t.Parallel()
	client := music(t)
	steps := []struct{ statement, want, code string }{
		{`INSERT INTO tab VALUE {'pk': 'n', 'sk': 1, 'v': 'new', 'n': 1, 'l': [1], 'ss': <<'a'>>}`, "", ""},
		{`INSERT INTO tab VALUE {'pk': 'n', 'sk': 1}`, "Duplicate primary key exists in table", "DuplicateItemException"},
		{`INSERT INTO tab VALUE {'pk': 'n'}`, "One or more parameter values were invalid: Missing the key sk in the item", "ValidationException"},
		{
			`UPDATE tab SET n = n + 2, v = 'newer' SET l = list_append(l, [2]) SET ss = set_add(ss, <<'b'>>) WHERE pk = 'n' AND sk = 1 RETURNING MODIFIED NEW *`,
			`map[l:[1 2] n:3 ss:[a b] v:newer]`, "",
		},
		{`UPDATE tab SET ss = set_delete(ss, <<'a'>>) REMOVE l[0] REMOVE v WHERE pk = 'n' AND sk = 1 AND n = 3 RETURNING ALL NEW *`, `map[l:[2] n:3 pk:n sk:1 ss:[b]]`, ""},
		{`UPDATE tab SET n = 4 WHERE pk = 'n' AND sk = 1 RETURNING MODIFIED OLD *`, `map[n:3]`, ""},
		{`UPDATE tab SET n = 5 WHERE pk = 'n' AND sk = 1 AND n = 3`, "The conditional request failed", "ConditionalCheckFailedException"},
		{`UPDATE tab SET n = 5 WHERE pk = 'nobody' AND sk = 1`, "The conditional request failed", "ConditionalCheckFailedException"},
		{`UPDATE tab SET n = 5 WHERE pk = 'n'`, "Where clause does not contain a mandatory equality on all key attributes", "ValidationException"},
		{`UPDATE tab SET sk = 5 WHERE pk = 'n' AND sk = 1`, "One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key", "ValidationException"},
		{`DELETE FROM tab WHERE pk = 'n' AND sk = 1 AND n = 3`, "The conditional request failed", "ConditionalCheckFailedException"},
		{`DELETE FROM tab WHERE pk = 'nobody' AND sk = 1 AND n = 3`, "", ""},
		{`DELETE FROM tab WHERE pk = 'n' AND sk = 1 AND n = 4 RETURNING ALL OLD *`, `map[l:[2] n:4 pk:n sk:1 ss:[b]]`, ""},
		{`DELETE FROM tab WHERE pk = 'n' AND sk = 1 RETURNING ALL OLD *`, "", ""},
		{`SELECT * FROM tab WHERE pk = 'n'`, "", ""},
	}
	for _, s := range steps {
		items, err := run(t, client, s.statement)
		if s.code != "" {
			refused(t, err, s.code, s.want)
		} else if got := shown(items); err != nil || got != s.want {
			t.Errorf("%s: %s, %v, want %s", s.statement, got, err, s.want)
		}
	}
}

func TestFailedStatementTellsOfTheItem(t *testing.T) {
	t.Parallel()
	client := music(t)
	_, err := client.ExecuteStatement(t.Context(), &sdk.ExecuteStatementInput{
		Statement:                           aws.String(`UPDATE tab SET v = 'z' WHERE pk = 'b' AND sk = 7 AND v = 'n'`),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) || textOf(failed.Item["v"]) != "y" {
		t.Errorf("%v", err)
	}
}

func TestBatchExecuteStatementAnswersEachForItself(t *testing.T) {
	t.Parallel()
	client := music(t)
	batch := func(statements ...string) (string, error) {
		in := &sdk.BatchExecuteStatementInput{ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal}
		for _, s := range statements {
			in.Statements = append(in.Statements, types.BatchStatementRequest{Statement: aws.String(s)})
		}
		out, err := client.BatchExecuteStatement(t.Context(), in)
		if err != nil {
			return "", err
		}
		var got []string
		for _, r := range out.Responses {
			if r.Error != nil {
				got = append(got, string(r.Error.Code))
			} else {
				got = append(got, aws.ToString(r.TableName)+textOf(r.Item["v"]))
			}
		}
		return strings.Join(got, " "), nil
	}
	tests := []struct {
		statements []string
		want       string
	}{
		{[]string{
			`SELECT * FROM tab WHERE pk = 'a' AND sk = 1`, `SELECT v FROM tab WHERE pk = 'a' AND sk = 99`, `SELECT * FROM tab WHERE pk = 'a'`,
			`SELECT * FROM other WHERE pk = 'a'`, `SELECT nonsense`, `SELECT v FROM tab WHERE pk = 'b' AND sk = 7`,
		}, "tabx1 tab ValidationError ResourceNotFound ValidationError taby"},
		{[]string{
			`INSERT INTO tab VALUE {'pk': 'n', 'sk': 1}`, `INSERT INTO tab VALUE {'pk': 'n', 'sk': 1}`,
			`UPDATE tab SET v = 'z' WHERE pk = 'n' AND sk = 2`, `DELETE FROM tab WHERE pk = 'b' AND sk = 7 RETURNING ALL OLD *`,
		}, "tab DuplicateItem ConditionalCheckFailed taby"},
	}
	for _, tt := range tests {
		if got, err := batch(tt.statements...); err != nil || got != tt.want {
			t.Errorf("%s, %v, want %s", got, err, tt.want)
		}
	}
	_, err := batch(`SELECT * FROM tab WHERE pk = 'a' AND sk = 1`, `DELETE FROM tab WHERE pk = 'a' AND sk = 1`)
	refused(t, err, "ValidationException", "A batch may contain reads or writes, but not both.")
}

func TestExecuteTransactionChangesAllOrNothing(t *testing.T) {
	t.Parallel()
	client := music(t)
	transact := func(token *string, statements ...string) (*sdk.ExecuteTransactionOutput, error) {
		in := &sdk.ExecuteTransactionInput{ClientRequestToken: token}
		for _, s := range statements {
			in.TransactStatements = append(in.TransactStatements, types.ParameterizedStatement{Statement: aws.String(s)})
		}
		return client.ExecuteTransaction(t.Context(), in)
	}
	const insert, exists = `INSERT INTO tab VALUE {'pk': 'n', 'sk': 1, 'n': 1}`, `EXISTS(SELECT * FROM tab WHERE pk = 'b' AND sk = 7 AND v = 'y')`
	_, err := transact(nil, insert, `UPDATE tab SET v = 'z' WHERE pk = 'a' AND sk = 99`, exists)
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) || *cancelled.CancellationReasons[0].Code != "None" || *cancelled.CancellationReasons[1].Code != "ConditionalCheckFailed" {
		t.Fatalf("%v", err)
	}
	for range 2 { // the second time, the token stands for what has been done
		if _, err := transact(aws.String("once"), insert, `UPDATE tab SET v = 'z' WHERE pk = 'a' AND sk = 1`, exists); err != nil {
			t.Fatal(err)
		}
	}
	_, err = transact(aws.String("once"), insert)
	refused(t, err, "IdempotentParameterMismatchException", "ClientRequestToken already used with different parameters")
	_, err = transact(nil, insert)
	if !errors.As(err, &cancelled) || *cancelled.CancellationReasons[0].Code != "DuplicateItem" {
		t.Errorf("%v", err)
	}
	out, err := transact(nil, `SELECT v FROM tab WHERE pk = 'a' AND sk = 1`, `SELECT * FROM tab WHERE pk = 'x' AND sk = 1`, `SELECT n FROM tab WHERE pk = 'n' AND sk = 1`)
	if err != nil || textOf(out.Responses[0].Item["v"]) != "z" || out.Responses[1].Item != nil || textOf(out.Responses[2].Item["n"]) != "1" {
		t.Errorf("%v, %v", out, err)
	}
	_, err = transact(nil, insert, `SELECT v FROM tab WHERE pk = 'a' AND sk = 1`)
	refused(t, err, "ValidationException", "A transaction may contain reads or writes, but not both.")
}
