package bind

import (
	"archive/zip"
	"bytes"
	"go/format"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const openAPI = `{"openapi":"3.0.0","info":{"title":"Order","version":"1"},"paths":{},"components":{"schemas":{
	"AWSEvent":{"type":"object","required":["detail","detail-type","class"],"properties":{
		"detail":{"$ref":"#/components/schemas/Order"},"detail-type":{"type":"string"},"time":{"type":"string","format":"date-time"},"class":{"type":"string"}}},
	"Order":{"type":"object","properties":{"id":{"type":"integer"},"price":{"type":"number"},"paid":{"type":"boolean"},"any":{},
		"lines":{"type":"array","items":{"type":"object","properties":{"sku":{"type":"string"}}}},"address":{"type":"object","properties":{"zip":{"type":"string"}}}}}}}}`

const draft4 = `{"$schema":"http://json-schema.org/draft-04/schema#","title":"order placed","type":"object","properties":{
	"who":{"$ref":"#/definitions/person"},"2nd":{"type":["string","null"]},"mixed":{"type":["string","integer"]}},"definitions":{"person":{"type":"object","properties":{"name":{"type":"string"}}}}}`

// unzip returns the files of a binding.
func unzip(t *testing.T, language, content string) map[string]string {
	t.Helper()
	raw, err := Source(language, "shop.orders@OrderPlaced", content)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Source(language, "shop.orders@OrderPlaced", content)
	if err != nil || !bytes.Equal(raw, again) {
		t.Errorf("the same schema gives other code: %v", err)
	}
	r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

func TestGoIsGo(t *testing.T) {
	t.Parallel()
	for _, content := range []string{openAPI, draft4} {
		for name, text := range unzip(t, "Go1", content) {
			if _, err := parser.ParseFile(token.NewFileSet(), name, text, 0); err != nil {
				t.Errorf("%v in\n%s", err, text)
			}
			if _, err := format.Source([]byte(text)); err != nil {
				t.Error(err)
			}
		}
	}
	text := unzip(t, "Go1", openAPI)["schema/shop_orders_order_placed/shop_orders_order_placed.go"]
	for _, want := range []string{"type Order struct", "Lines []OrderLinesItem `json:\"lines,omitempty\"`", "Detail Order `json:\"detail\"`", "Time *time.Time", "Address *OrderAddress", "Any any", "Paid bool"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestTypeScriptAndJavaHoldTheMembers(t *testing.T) {
	t.Parallel()
	ts := unzip(t, "TypeScript3", openAPI)["schema/shop_orders_order_placed/index.ts"]
	for _, want := range []string{"export interface AWSEvent {", `"detail": Order;`, `"time"?: string;`, `"lines"?: Array<OrderLinesItem>;`} {
		if !strings.Contains(ts, want) {
			t.Errorf("no %s in\n%s", want, ts)
		}
	}
	java := unzip(t, "Java8", openAPI)
	for file, want := range map[string]string{"AWSEvent": "private String class_;", "Order": "public java.util.List<OrderLinesItem> getLines()"} {
		if text := java["schema/shop_orders_order_placed/"+file+".java"]; !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestPythonReadsAndWritesEvents(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no Python here")
	}
	dir := t.TempDir()
	for name, text := range unzip(t, "Python36", openAPI) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", `
from schema.shop_orders_order_placed.types import AWSEvent
e = {"detail": {"id": 1, "lines": [{"sku": "a"}]}, "detail-type": "t", "class": "c"}
o = AWSEvent.from_dict(e)
assert o.detail.lines[0].sku == "a" and o.class_ == "c", o
assert o.to_dict() == e, o.to_dict()`)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func FuzzSource(f *testing.F) {
	f.Add("Go1", openAPI)
	f.Add("Python36", draft4)
	f.Fuzz(func(t *testing.T, language, content string) {
		raw, err := Source(language, "s", content)
		if err != nil || language != "Go1" {
			return
		}
		r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			t.Fatal(err)
		}
		in, err := r.File[0].Open()
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(in)
		if _, err := parser.ParseFile(token.NewFileSet(), "s.go", text, 0); err != nil {
			t.Errorf("%v in\n%s", err, text)
		}
	})
}
