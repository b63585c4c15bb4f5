package dynamodb_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	api "maru.dev/maru/api/dynamodb"
)

// statements are shapes of PartiQL, by their length in bytes.
var statements = map[string]func(n int) string{
	"parentheses": func(n int) string { return where(n, func(n int) string { return nest("(", "a = 1", ")", n/2) }) },
	"NOT":         func(n int) string { return where(n, func(n int) string { return nest("NOT ", "a = 1", "", n/4) }) },
	"NOT in parentheses": func(n int) string {
		return where(n, func(n int) string { return nest("NOT (", "a = 1", ")", n/6) })
	},
	"AND to the left":  func(n int) string { return where(n, func(n int) string { return nest("(", "a=1", " AND b=2)", n/10) }) },
	"AND to the right": func(n int) string { return where(n, func(n int) string { return nest("(b=2 AND ", "a=1", ")", n/10) }) },
	"OR and AND": func(n int) string {
		return where(n, func(n int) string { return nest("(b=2 OR (c=3 AND ", "a=1", "))", n/20) })
	},
	"OR": func(n int) string {
		return where(n, func(n int) string { return strings.Repeat("a=1 OR ", n/7) + "a=1" })
	},
	"AND": func(n int) string {
		return where(n, func(n int) string { return strings.Repeat("a=1 AND ", n/8) + "a=1" })
	},
	"IN": func(n int) string {
		return where(n, func(n int) string { return "a IN (" + strings.Repeat("1,", n/2) + "1)" })
	},
	"hash IN": func(n int) string {
		return where(n, func(n int) string { return "pk IN (" + strings.Repeat("'',", n/3) + "'')" })
	},
	"a path": func(n int) string {
		return where(n, func(n int) string { return "a" + strings.Repeat("[0]", n/3) + "=1" })
	},
	"a path of names": func(n int) string {
		return where(n, func(n int) string { return "a" + strings.Repeat(".b", n/2) + "=1" })
	},
	"a number": func(n int) string { return where(n, func(n int) string { return "a = " + strings.Repeat("9", n) }) },
	"zeros":    func(n int) string { return where(n, func(n int) string { return "a = " + strings.Repeat("0", n) }) },
	"a list": func(n int) string {
		return where(n, func(n int) string { return "a = [" + strings.Repeat("1,", n/2) + "1]" })
	},
	"lists": func(n int) string {
		return where(n, func(n int) string { return "a = [" + strings.Repeat(nest("[", "1", "]", 30)+",", n/62) + "1]" })
	},
	"a set": func(n int) string {
		return where(n, func(n int) string { return "a = <<" + strings.TrimSuffix(many(n, "%d,"), ",") + ">>" })
	},
	"a map": func(n int) string {
		return where(n, func(n int) string { return "a = {" + strings.TrimSuffix(many(n, "'%x':1,"), ",") + "}" })
	},
	"a map backwards": func(n int) string {
		return where(n, func(n int) string {
			keys := strings.Split(strings.TrimSuffix(many(n, "'%06d':1,"), ","), ",")
			for i, j := 0, len(keys)-1; i < j; i, j = i+1, j-1 {
				keys[i], keys[j] = keys[j], keys[i]
			}
			return "a = {" + strings.Join(keys, ",") + "}"
		})
	},
	"functions": func(n int) string {
		return where(n, func(n int) string { return nest("size(", "a", ")", n/6) + " = 1" })
	},
	"quotes": func(n int) string {
		return where(n, func(n int) string { return "a = '" + strings.Repeat("''", n/2) + "'" })
	},
	"selected": func(n int) string {
		return "SELECT " + strings.TrimSuffix(many(n, "a%x,"), ",") + " FROM bench WHERE pk='p'"
	},
	"selected path": func(n int) string { return "SELECT a" + strings.Repeat("[0]", n/3) + " FROM bench WHERE pk='p'" },
	"selected paths": func(n int) string {
		return "SELECT " + strings.TrimSuffix(many(n, "l[%d],"), ",") + " FROM bench WHERE pk='p'"
	},
	"order": func(n int) string { return "SELECT * FROM bench WHERE pk='p' ORDER BY pk" + strings.Repeat(",sk", n/3) },
	"INSERT": func(n int) string {
		return "INSERT INTO bench VALUE {'pk':'p','sk':1," + strings.TrimSuffix(many(n, "'%x':1,"), ",") + "}"
	},
	"SET": func(n int) string {
		return "UPDATE bench " + strings.TrimSuffix("SET "+many(n, "a%x=1,"), ",") + " WHERE pk='p' AND sk=1"
	},
	"SETs": func(n int) string { return "UPDATE bench " + many(n, "SET a%x=1 ") + "WHERE pk='p' AND sk=1" },
	"REMOVE": func(n int) string {
		return "UPDATE bench " + strings.TrimSuffix("REMOVE "+many(n, "a%x,"), ",") + " WHERE pk='p' AND sk=1"
	},
	"REMOVE elements": func(n int) string {
		return "UPDATE bench " + strings.TrimSuffix("REMOVE "+many(n, "l[%d],"), ",") + " WHERE pk='p' AND sk=1"
	},
	"semicolons": func(n int) string { return "SELECT * FROM bench" + strings.Repeat(";", n) },
	"blanks":     func(n int) string { return "SELECT * FROM bench" + strings.Repeat(" ", n) },
	"unfinished": func(n int) string { return "SELECT * FROM bench WHERE a = '" + strings.Repeat("x", n) },
}

// where is a SELECT of n bytes of condition.
func where(n int, condition func(n int) string) string {
	return "SELECT * FROM bench WHERE pk='p' AND sk=1 AND " + condition(n-50)
}

// nest is open n times, then middle, then shut n times.
func nest(open, middle, shut string, n int) string {
	return strings.Repeat(open, n) + middle + strings.Repeat(shut, n)
}

// many is a format of numbers, as often as n bytes hold it.
func many(n int, format string) string {
	var b strings.Builder
	for i := 0; b.Len() < n-60; i++ {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// What a statement costs grows with its length: twice the bytes allocate about
// twice as much, and not four times.
// It counts what the whole process allocates, so nothing may run beside it.
func TestExecuteStatementCostsWhatItsLengthIs(t *testing.T) {
	ctx, s := benchTable(t)
	list := make([]api.AttributeValue, 5000)
	for i := range list {
		list[i] = api.AttributeValue{N: new("1")}
	}
	it := avs("pk", "p", "sk", "1")
	it["l"] = api.AttributeValue{L: list}
	if _, err := s.PutItem(ctx, &api.PutItemInput{TableName: "bench", Item: it}); err != nil {
		t.Fatal(err)
	}
	allocated := func(statement string) uint64 {
		const rounds = 5
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range rounds {
			_, _ = s.ExecuteStatement(ctx, &api.ExecuteStatementInput{Statement: statement}) // a refusal is to cost no more
		}
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / rounds
	}
	for name, write := range statements {
		allocated(write(4 << 10)) // what is made once is made
		if half, whole := allocated(write(4<<10)), allocated(write(8<<10)); whole > 3*half {
			t.Errorf("%s: 4 KB allocate %d bytes, 8 KB %d", name, half, whole)
		}
	}
}
