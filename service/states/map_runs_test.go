package states

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	s3api "maru.dev/maru/api/s3"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	s3service "maru.dev/maru/service/s3"
)

func s3Registration() service.Registration {
	return service.Registration{Model: s3api.Model, New: func(d service.Deps) any { return s3service.New(d) }}
}

// gz compresses a text.
func gz(text string) string {
	var b strings.Builder
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

// described is an output in which the descriptions of executions are short.
func described(output string) string {
	var list []any
	if json.Unmarshal([]byte(output), &list) != nil {
		return output
	}
	short := false
	for i, e := range list {
		if o, ok := e.(map[string]any); ok && o["ExecutionArn"] != nil {
			list[i], short = fmt.Sprint(o["Status"], " ", o["Error"]), true
		}
	}
	if !short {
		return output
	}
	text, _ := json.Marshal(list)
	return string(text)
}

// distributed is a machine of one distributed map.
func distributed(kind, more, processor string) string {
	return `{"StartAt":"M","States":{"M":{"Type":"Map","Label":"lab",` + more + `"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"` + kind + `"},` + processor + `},"End":true}}}`
}

func TestDistributedMaps(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration(), s3Registration(), withFunctions(&functions{}))
	ctx := t.Context()
	if _, err := env.S3().CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("bucket")}); err != nil {
		t.Fatal(err)
	}
	for key, body := range map[string]string{
		"in/a.json": `[1,2,3,4,5]`, "in/b.csv": "name,n\nx,1\ny,2\n", "in/c.jsonl": "{\"v\":1}\n{\"v\":2}\n",
		"bad/d.gz":          "plain",
		"inv/manifest.json": `{"sourceBucket":"bucket","destinationBucket":"arn:aws:s3:::bucket","version":"2016-11-30","fileFormat":"CSV","fileSchema":"Bucket, Key, Size","files":[{"key":"inv/1.csv.gz","size":1,"MD5checksum":"x"},{"key":"inv/2.csv.gz"}]}`,
		"inv/1.csv.gz":      gz("\"bucket\",\"a\",\"1\"\n\"bucket\",\"b\",\"2\"\n"), "inv/2.csv.gz": gz("\"bucket\",\"c\",\"3\"\n"),
		"athena/1-manifest.csv": "s3://bucket/athena/1.gz\ns3://bucket/athena/2.gz\n", "athena/1.gz": gz("{\"v\":1}\n{\"v\":2}\n"), "athena/2.gz": gz("{\"v\":3}\n"),
		"flat/": "", "flat/1.json": `[1,2]`, "flat/2.json": `[3,4]`,
	} {
		if _, err := env.S3().PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("bucket"), Key: &key, Body: strings.NewReader(body)}); err != nil {
			t.Fatal(err)
		}
	}
	reader := func(key, config string) string {
		return `"ItemReader":{"Resource":"arn:aws:states:::s3:getObject","Parameters":{"Bucket":"bucket","Key":"` + key + `"},"ReaderConfig":{` + config + `}},`
	}
	pass := `"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}`
	odd := `"StartAt":"P","States":{"P":{"Type":"Choice","Choices":[{"Variable":"$","NumericGreaterThan":3,"Next":"F"}],"Default":"S"},"S":{"Type":"Succeed"},"F":{"Type":"Fail","Error":"Big"}}`
	tests := map[string]struct {
		definition, input, status, output, err string
	}{
		"given items":  {distributed("STANDARD", `"ItemsPath":"$.l",`, pass), `{"l":[1,2,3]}`, "SUCCEEDED", `[1,2,3]`, ""},
		"express":      {distributed("EXPRESS", "", pass), `["a","b"]`, "SUCCEEDED", `["a","b"]`, ""},
		"json":         {distributed("STANDARD", reader("in/a.json", `"InputType":"JSON","MaxItems":3`)+`"MaxConcurrency":1,`, pass), `{}`, "SUCCEEDED", `[1,2,3]`, ""},
		"csv":          {distributed("EXPRESS", reader("in/b.csv", `"InputType":"CSV","CSVHeaderLocation":"FIRST_ROW"`), pass), `{}`, "SUCCEEDED", `[{"name":"x","n":"1"},{"name":"y","n":"2"}]`, ""},
		"jsonl":        {distributed("STANDARD", reader("in/c.jsonl", `"InputType":"JSONL"`), pass), `{}`, "SUCCEEDED", `[{"v":1},{"v":2}]`, ""},
		"batches":      {distributed("STANDARD", reader("in/a.json", `"InputType":"JSON"`)+`"ItemBatcher":{"MaxItemsPerBatch":2,"BatchInput":{"k":1}},`, pass), `{}`, "SUCCEEDED", `[{"BatchInput":{"k":1},"Items":[1,2]},{"BatchInput":{"k":1},"Items":[3,4]},{"BatchInput":{"k":1},"Items":[5]}]`, ""},
		"no file":      {distributed("STANDARD", reader("in/none", `"InputType":"JSON"`), pass), `{}`, "FAILED", "", "States.ItemReaderFailed"},
		"inventory":    {distributed("STANDARD", reader("inv/manifest.json", `"InputType":"MANIFEST"`), pass), `{}`, "SUCCEEDED", `[{"Bucket":"bucket","Key":"a","Size":"1"},{"Bucket":"bucket","Key":"b","Size":"2"},{"Bucket":"bucket","Key":"c","Size":"3"}]`, ""},
		"athena":       {distributed("STANDARD", reader("athena/1-manifest.csv", `"ManifestType":"ATHENA_DATA","InputType":"JSONL"`)+`"ItemSelector":{"v.$":"$$.Map.Item.Value.v","i.$":"$$.Map.Item.Index","s.$":"$$.Map.Item.Source"},`, pass), `{}`, "SUCCEEDED", `[{"v":1,"i":0,"s":"s3://bucket/athena/1.gz"},{"v":2,"i":1,"s":"s3://bucket/athena/1.gz"},{"v":3,"i":2,"s":"s3://bucket/athena/2.gz"}]`, ""},
		"flattened":    {distributed("EXPRESS", `"ItemReader":{"Resource":"arn:aws:states:::s3:listObjectsV2","Parameters":{"Bucket":"bucket","Prefix":"flat/"},"ReaderConfig":{"InputType":"JSON","Transformation":"LOAD_AND_FLATTEN","MaxItems":3}},`, pass), `{}`, "SUCCEEDED", `[1,2,3]`, ""},
		"no gzip":      {distributed("STANDARD", reader("bad/d.gz", `"InputType":"JSON"`), pass), `{}`, "FAILED", "", "States.ItemReaderFailed"},
		"parquet":      {distributed("STANDARD", reader("in/a.json", `"InputType":"PARQUET"`), pass), `{}`, "FAILED", "", "States.ItemReaderFailed"},
		"too bad":      {distributed("STANDARD", reader("in/a.json", `"InputType":"JSON"`)+`"ToleratedFailureCount":1,`, odd), `{}`, "FAILED", "", "States.ExceedToleratedFailureThreshold"},
		"tolerated":    {distributed("STANDARD", reader("in/a.json", `"InputType":"JSON"`)+`"ToleratedFailurePercentage":50,`, odd), `{}`, "SUCCEEDED", `[1,2,3,"FAILED Big","FAILED Big"]`, ""},
		"no tolerance": {distributed("EXPRESS", reader("in/a.json", `"InputType":"JSON"`), odd), `{}`, "FAILED", "", "States.ExceedToleratedFailureThreshold"},
		"no items":     {distributed("STANDARD", "", pass), `[]`, "SUCCEEDED", `[]`, ""},
		"selector":     {distributed("STANDARD", `"ItemSelector":{"i.$":"$$.Map.Item.Index","v.$":"$$.Map.Item.Value"},`, pass), `["x"]`, "SUCCEEDED", `[{"i":0,"v":"x"}]`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arn := create(t, env, strings.ReplaceAll(name, " ", "-"), tt.definition, "")
			x := start(t, env, arn, tt.input)
			out := finished(t, env, x)
			if string(out.Status) != tt.status || described(aws.ToString(out.Output)) != tt.output || aws.ToString(out.Error) != tt.err {
				t.Errorf("%s %s %s %s", out.Status, aws.ToString(out.Output), aws.ToString(out.Error), aws.ToString(out.Cause))
			}
			checkHistory(t, env, x)
		})
	}
	t.Run("list and write", func(t *testing.T) {
		t.Parallel()
		arn := create(t, env, "list", distributed("STANDARD", `"ItemReader":{"Resource":"arn:aws:states:::s3:listObjectsV2","Parameters":{"Bucket":"bucket","Prefix":"in/"}},
			"ResultWriter":{"Resource":"arn:aws:states:::s3:putObject","Parameters":{"Bucket":"bucket","Prefix":"out"}},"ItemSelector":{"key.$":"$$.Map.Item.Value.Key"},`, pass), "")
		x := start(t, env, arn, "{}")
		out := finished(t, env, x)
		var result struct {
			MapRunArn           string
			ResultWriterDetails struct{ Bucket, Key string }
		}
		if err := json.Unmarshal([]byte(aws.ToString(out.Output)), &result); err != nil {
			t.Fatal(err, out.Status, aws.ToString(out.Error), aws.ToString(out.Cause))
		}
		get := func(key string, into any) {
			t.Helper()
			o, err := env.S3().GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: &key})
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(o.Body)
			if err := json.Unmarshal(body, into); err != nil {
				t.Fatal(err, string(body))
			}
		}
		var manifest struct {
			ResultFiles map[string][]struct{ Key string }
		}
		get(result.ResultWriterDetails.Key, &manifest)
		var ends []struct{ Input, Status, ExecutionArn string }
		get(manifest.ResultFiles["SUCCEEDED"][0].Key, &ends)
		if len(ends) != 3 || ends[0].Input != `{"key":"in/a.json"}` || ends[0].Status != "SUCCEEDED" {
			t.Errorf("results %+v", ends)
		}
		run, err := env.SFN().DescribeMapRun(ctx, &sfn.DescribeMapRunInput{MapRunArn: &result.MapRunArn})
		if err != nil {
			t.Fatal(err)
		}
		if run.Status != "SUCCEEDED" || run.ItemCounts.Succeeded != 3 || run.ExecutionCounts.ResultsWritten != 3 {
			t.Errorf("%+v %+v", run, run.ItemCounts)
		}
		children, err := env.SFN().ListExecutions(ctx, &sfn.ListExecutionsInput{MapRunArn: &result.MapRunArn})
		if err != nil || len(children.Executions) != 3 {
			t.Errorf("%v %v", children, err)
		}
		runs, err := env.SFN().ListMapRuns(ctx, &sfn.ListMapRunsInput{ExecutionArn: &x})
		if err != nil || len(runs.MapRuns) != 1 || *runs.MapRuns[0].MapRunArn != result.MapRunArn {
			t.Errorf("%v %v", runs, err)
		}
		child, err := env.SFN().DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &ends[0].ExecutionArn})
		if err != nil || aws.ToString(child.MapRunArn) != result.MapRunArn {
			t.Errorf("%v %v", child, err)
		}
	})
	t.Run("many", func(t *testing.T) {
		t.Parallel()
		arn := create(t, env, "many", distributed("STANDARD", `"MaxConcurrency":40,`, `"StartAt":"P","States":{"P":{`+taskState+`,"End":true}}`), "")
		list := make([]int, 300)
		for i := range list {
			list[i] = i
		}
		input, _ := json.Marshal(list)
		x := start(t, env, arn, string(input))
		out := finished(t, env, x)
		if aws.ToString(out.Output) != string(input) {
			t.Error(out.Status, aws.ToString(out.Output), aws.ToString(out.Error), fmt.Sprint(out.Cause))
		}
	})
	t.Run("stopped", func(t *testing.T) {
		t.Parallel()
		arn := create(t, env, "stopped", distributed("STANDARD", "", `"StartAt":"P","States":{"P":{"Type":"Wait","Seconds":1000,"End":true}}`), "")
		x := start(t, env, arn, "[1,2]")
		var run *string
		testenv.Eventually(t, "children run", func() bool {
			runs, err := env.SFN().ListMapRuns(ctx, &sfn.ListMapRunsInput{ExecutionArn: &x})
			if err != nil {
				t.Fatal(err)
			}
			if len(runs.MapRuns) == 0 {
				return false
			}
			run = runs.MapRuns[0].MapRunArn
			m, err := env.SFN().DescribeMapRun(ctx, &sfn.DescribeMapRunInput{MapRunArn: run})
			return err == nil && m.ExecutionCounts.Running == 2
		})
		if _, err := env.SFN().StopExecution(ctx, &sfn.StopExecutionInput{ExecutionArn: &x}); err != nil {
			t.Fatal(err)
		}
		testenv.Eventually(t, "the map run is aborted", func() bool {
			m, err := env.SFN().DescribeMapRun(ctx, &sfn.DescribeMapRunInput{MapRunArn: run})
			return err == nil && m.Status == "ABORTED" && m.ExecutionCounts.Aborted == 2
		})
	})
}
