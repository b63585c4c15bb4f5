package items

import (
	"bytes"
	"strings"
	"testing"

	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/value"
)

func TestRead(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reader  asl.ItemReader
		pointer string
		limit   int64
		file    string
		want    string // "!" is an error
	}{
		"array":         {asl.ItemReader{InputType: "JSON"}, "", 0, `[1,{"a":2}]`, `[1,{"a":2}]`},
		"limited":       {asl.ItemReader{InputType: "JSON"}, "", 1, `[1,2]`, `[1]`},
		"object":        {asl.ItemReader{InputType: "JSON"}, "", 0, `{"a":1,"b":2}`, `["a",1,"b",2]`},
		"pointer":       {asl.ItemReader{InputType: "JSON"}, "/x/y", 0, `{"x":{"y":[3]}}`, `[3]`},
		"wrong pointer": {asl.ItemReader{InputType: "JSON"}, "/x/z", 0, `{"x":{"y":[3]}}`, `!`},
		"scalar":        {asl.ItemReader{InputType: "JSON"}, "", 0, `3`, `!`},
		"no JSON":       {asl.ItemReader{InputType: "JSON"}, "", 0, `[`, `!`},
		"lines":         {asl.ItemReader{InputType: "JSONL"}, "", 0, "{\"a\":1}\n\n2\n", `[{"a":1},2]`},
		"bad line":      {asl.ItemReader{InputType: "JSONL"}, "", 0, "{\n", `!`},
		"csv":           {asl.ItemReader{InputType: "CSV", CSVHeaderLocation: "FIRST_ROW"}, "", 0, "a,b\n1,\"x,y\"\n2\n", `[{"a":"1","b":"x,y"},{"a":"2","b":""}]`},
		"csv given":     {asl.ItemReader{InputType: "CSV", CSVHeaders: []string{"p", "q"}, CSVDelimiter: "PIPE"}, "", 1, "1|2\n3|4\n", `[{"p":"1","q":"2"}]`},
		"parquet":       {asl.ItemReader{InputType: "PARQUET"}, "", 0, "", `!`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			items, err := Read(&tt.reader, tt.pointer, tt.limit, strings.NewReader(tt.file))
			if err != nil {
				if tt.want != "!" {
					t.Fatal(err)
				}
				return
			}
			list := []any{}
			for _, it := range items {
				if it.HasKey {
					list = append(list, it.Key)
				}
				list = append(list, it.Value)
			}
			if got := string(value.Text(list)); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add("CSV", "", []byte("a,b\n1,2"))
	f.Add("JSONL", "", []byte("1\n2"))
	f.Add("JSON", "/a", []byte(`{"a":[1]}`))
	f.Fuzz(func(_ *testing.T, kind, pointer string, file []byte) {
		_, _ = Read(&asl.ItemReader{InputType: kind}, pointer, 10, bytes.NewReader(file))
	})
}
