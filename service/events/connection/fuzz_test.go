package connection

import "testing"

// An ARN names one connection, and is read as it is written.
func FuzzParse(f *testing.F) {
	f.Add("arn:aws:events:us-east-1:000000000000:connection/name/5e3e9847-3183-3f18-a7e8-671c3a57d4b3")
	f.Add("arn:aws:events:us-east-1:000000000000:connection/name")
	f.Add("arn:aws:events:us-east-1:000000000000:connection//x")
	f.Add("arn:aws:events:::connection/a/b/c:d")
	f.Add("arn:aws:secretsmanager:us-east-1:000000000000:secret:events!connection/a/b")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		ref, id, ok := Parse(text)
		if !ok {
			return
		}
		if got, same, ok := Parse(ref.ARN(id)); !ok || got != ref || same != id {
			t.Errorf("%q is %+v with %q, and that %+v with %q", text, ref, id, got, same)
		}
		if other := (Ref{ref.Account + "1", ref.Region, ref.Name}); string(other.Key()) == string(ref.Key()) {
			t.Errorf("%+v and %+v are one row", ref, other)
		}
	})
}
