package template

import "testing"

const message = `{"messageId":"m","body":"{\"id\":7,\"name\":\"a \\\"b\\\"\",\"list\":[{\"x\":1},{\"x\":2}],\"big\":12345678901234567890}","attributes":{"SenderId":"s"},"data":"eyJrIjoxfQ=="}`

func TestFill(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ template, want string }{
		"static":          {`"Hello"`, `"Hello"`},
		"path":            {`<$.attributes.SenderId>`, `"s"`},
		"dynamic string":  {`"Hello, <$.attributes.SenderId>"`, `"Hello, s"`},
		"object":          {`{"k":<$.body.id>,"s":"<$.body.name>","t":<aws.pipes.event.ingestion-time>}`, `{"k":7,"s":"a \"b\"","t":"now"}`},
		"index":           {`{"x":<$.body.list[1].x>}`, `{"x":2}`},
		"wildcard":        {`{"x":<$.body.list[*].x>}`, `{"x":[1,2]}`},
		"whole number":    {`{"x":<$.body.big>}`, `{"x":12345678901234567890}`},
		"object in text":  {`{"x":"got <$.body.list[0]>"}`, `{"x":"got {\"x\":1}"}`},
		"body as it is":   {`{"x":<$.data>}`, `{"x":{"k":1}}`},
		"base64":          {`{"x":<$.data.k>}`, `{"x":1}`},
		"missing":         {`{"x":<$.nope>,"y":"-<$.nope>-"}`, `{"x":null,"y":"--"}`},
		"free text":       {`id <$.body.id> of <aws.pipes.pipe-name>`, `id 7 of p`},
		"no variable":     {`{"x":"a < b > c"}`, `{"x":"a < b > c"}`},
		"escaped quote":   {`{"x":"\"<$.messageId>\""}`, `{"x":"\"m\""}`},
		"reserved string": {`{"arn":"<aws.pipes.pipe-arn>"}`, `{"arn":"arn"}`},
		"event":           {`{"b":<aws.pipes.event.json>}`, `{"b":{"attributes":{"SenderId":"s"},"body":{"big":12345678901234567890,"id":7,"list":[{"x":1},{"x":2}],"name":"a \"b\""},"data":{"k":1},"messageId":"m"}}`},
	}
	event, err := Decode([]byte(message))
	if err != nil {
		t.Fatal(err)
	}
	vars := Variables{"aws.pipes.event.ingestion-time": "now", "aws.pipes.pipe-name": "p", "aws.pipes.pipe-arn": "arn"}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Fill(tt.template, event, vars, 1<<20); got != tt.want {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
		})
	}
}

func FuzzFill(f *testing.F) {
	f.Add(`{"k":<$.body.id>,"s":"<$.body.name>"}`, message)
	f.Add(`<$.a[*].b[0]> <aws.pipes.event>`, `[1]`)
	f.Fuzz(func(t *testing.T, template, event string) {
		v, err := Decode([]byte(event))
		if err != nil {
			return
		}
		if got := Fill(template, v, Variables{"aws.pipes.pipe-name": "p"}, 1000); len(got) > 1000+len(event)*6+100 {
			t.Errorf("%d bytes", len(got))
		}
	})
}
