package items

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
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
		"in an array":   {asl.ItemReader{InputType: "JSON"}, "/x/1", 0, `{"w":[0],"x":[[1],[2,3]],"y":{}}`, `[2,3]`},
		"cut off":       {asl.ItemReader{InputType: "JSON"}, "/x", 0, `{"x":[1,2]`, `!`},
		"two values":    {asl.ItemReader{InputType: "JSON"}, "", 0, `[1][2]`, `!`},
		"byte order":    {asl.ItemReader{InputType: "JSON"}, "", 0, "\uFEFF[1]", `[1]`},
		"parquet":       {asl.ItemReader{InputType: "PARQUET"}, "", 0, "", `!`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list, n := []any{}, int64(0)
			for it, err := range Read(&tt.reader, tt.pointer, strings.NewReader(tt.file)) {
				if err != nil {
					if tt.want != "!" {
						t.Fatal(err)
					}
					return
				}
				if n++; tt.limit != 0 && n > tt.limit {
					break
				}
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

func TestManifest(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reader asl.ItemReader
		file   string
		want   string // "!" is an error
	}{
		"inventory":         {asl.ItemReader{InputType: "MANIFEST"}, `{"sourceBucket":"s","destinationBucket":"arn:aws:s3:::d","fileFormat":"CSV","fileSchema":"Bucket, Key","files":[{"key":"a.csv.gz"},{"key":"b.csv.gz"}]}`, "d/a.csv.gz [Bucket Key] d/b.csv.gz [Bucket Key]"},
		"inventory as ORC":  {asl.ItemReader{InputType: "MANIFEST"}, `{"destinationBucket":"arn:aws:s3:::d","fileFormat":"ORC","fileSchema":"struct<>","files":[]}`, "!"},
		"no inventory":      {asl.ItemReader{ManifestType: "S3_INVENTORY"}, `a,b`, "!"},
		"without a bucket":  {asl.ItemReader{ManifestType: "S3_INVENTORY"}, `{"fileFormat":"CSV","fileSchema":"Bucket"}`, "!"},
		"Athena":            {asl.ItemReader{ManifestType: "ATHENA_DATA", InputType: "JSONL"}, "s3://b/x/1.gz\n\ns3://c/2\n", "b/x/1.gz [] c/2 []"},
		"no Athena address": {asl.ItemReader{ManifestType: "ATHENA_DATA"}, "http://b/x\n", "!"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for o, err := range Manifest(&tt.reader, strings.NewReader(tt.file)) {
				if err != nil {
					got = []string{"!"}
					break
				}
				got = append(got, fmt.Sprintf("%s/%s %v", o.Bucket, o.Key, o.Reader.CSVHeaders))
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("%s, want %s", s, tt.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add("CSV", "", []byte("a,b\n1,2"))
	f.Add("JSONL", "", []byte("1\n2"))
	f.Add("JSON", "/a", []byte(`{"a":[1]}`))
	f.Fuzz(func(_ *testing.T, kind, pointer string, file []byte) {
		n := 0
		for range Read(&asl.ItemReader{InputType: kind}, pointer, bytes.NewReader(file)) {
			if n++; n > 10 {
				break
			}
		}
		for range Manifest(&asl.ItemReader{ManifestType: kind}, bytes.NewReader(file)) {
			n++
		}
	})
}

// Parquet is a format of its own, with codecs of its own, and the one that a map
// cannot read.
func TestParquetFilesAreRead(t *testing.T) {
	t.Parallel()
	testenv.KnownGap(t, "docs/services/states.md", func(t testing.TB) {
		for _, err := range Read(&asl.ItemReader{InputType: "PARQUET"}, "", strings.NewReader("PAR1")) {
			if err != nil && strings.Contains(err.Error(), "not supported by maru") {
				t.Error(err)
			}
		}
	})
}
