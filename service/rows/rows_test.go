package rows_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/service/rows"
)

// pet is a record.
type pet struct{ Name string }

// errNone is the error of a missing pet.
var errNone = errors.New("no such pet")

func pets() rows.Table[pet] {
	return rows.Table[pet]{Service: "zoo", Name: "pet", Missing: func(service.Home, string) error { return errNone }}
}

// fill writes pets of these names below an owner.
func fill(t *testing.T, st *kv.Store, at service.Home, owner string, names ...string) {
	t.Helper()
	err := st.Update(t.Context(), func(tx *kv.Tx) error {
		for _, n := range names {
			if err := pets().Put(tx, pet{n}, at, owner, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAPageHoldsWhatIsKeptAndLeadsToTheRest(t *testing.T) {
	t.Parallel()
	st, at := kvtest.Open(t), service.Home{Account: "1", Region: "r"}
	fill(t, st, at, "a", "cat", "cow", "dog", "crow", "cod")
	fill(t, st, at, "b", "carp")
	keep := func(p *pet) bool { return p.Name[0] == 'c' }
	tests := map[string]struct {
		keep  func(*pet) bool
		limit int
		want  [][]string
	}{
		"all":       {nil, 10, [][]string{{"cat", "cod", "cow", "crow", "dog"}}},
		"two":       {nil, 2, [][]string{{"cat", "cod"}, {"cow", "crow"}, {"dog"}}},
		"exact":     {nil, 5, [][]string{{"cat", "cod", "cow", "crow", "dog"}}},
		"some":      {keep, 3, [][]string{{"cat", "cod", "cow"}, {"crow"}}},
		"some, all": {keep, 4, [][]string{{"cat", "cod", "cow", "crow"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got [][]string
			for token := (*string)(nil); ; {
				var page []string
				err := st.View(t.Context(), func(tx *kv.Tx) error {
					items, next, ok, err := pets().Pick(tx, tt.limit, token, tt.keep, at, "a")
					if !ok {
						t.Error("the list does not know its own token")
					}
					page, token = nil, next
					for _, p := range items {
						page = append(page, p.Name)
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				if got = append(got, page); token == nil {
					break
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestATokenIsOfItsListAlone(t *testing.T) {
	t.Parallel()
	st, at := kvtest.Open(t), service.Home{Account: "1", Region: "r"}
	fill(t, st, at, "a", "cat", "cow")
	err := st.View(t.Context(), func(tx *kv.Tx) error {
		_, next, _, err := pets().Page(tx, 1, nil, at, "a")
		if err != nil {
			return err
		}
		for _, token := range []*string{next, new("forged")} {
			if _, _, ok, err := pets().Page(tx, 1, token, at, "b"); ok || err != nil {
				t.Errorf("another list takes %s: %v", *token, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsMissingIsTheCallersError(t *testing.T) {
	t.Parallel()
	st, at := kvtest.Open(t), service.Home{Account: "1", Region: "r"}
	fill(t, st, at, "a", "cat", "cow")
	err := st.Update(t.Context(), func(tx *kv.Tx) error {
		if _, err := pets().Need(tx, at, "a", "dog"); !errors.Is(err, errNone) {
			t.Errorf("a missing one: %v", err)
		}
		if p, err := pets().Need(tx, at, "a", "cat"); err != nil || p.Name != "cat" {
			t.Errorf("one that is there: %v, %v", p, err)
		}
		if n, err := pets().Count(tx, at, "a"); err != nil || n != 2 {
			t.Errorf("%d, %v", n, err)
		}
		if err := pets().Delete(tx, at, "a", "cat"); err != nil {
			return err
		}
		if list, err := pets().All(tx, at, "a"); err != nil || len(list) != 1 {
			t.Errorf("left %v, %v", list, err)
		}
		if err := pets().Drop(tx, at, "a"); err != nil {
			return err
		}
		if n, err := pets().Count(tx, at, "a"); err != nil || n != 0 {
			t.Errorf("after all went: %d, %v", n, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
