package mobile

import (
	"errors"
	"strings"
	"testing"

	"maru.dev/maru/service/sns/names"
	"maru.dev/maru/wire"
)

// An ARN of an application or a device names one, and is refused or written as it
// is read. No two devices of different accounts share a row.
func FuzzNames(f *testing.F) {
	for _, text := range []string{
		"arn:aws:sns:us-east-1:000000000000:app/GCM/name", "arn:aws:sns:us-east-1:000000000000:endpoint/APNS_SANDBOX/name/5e3e9847-3183-3f18-a7e8-671c3a57d4b3",
		"arn:aws:sns:us-east-1:000000000000:app/GCM/", "arn:aws:sns:::endpoint///", "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/a/b:c", "arn:aws:sqs:us-east-1:000000000000:app/GCM/name",
		"arn:aws:sns", "", "::::::", "arn:aws:sns:a\x00b:c:app/\xff/\x00",
	} {
		f.Add(text)
	}
	home := names.Home{Account: "000000000000", Region: "us-east-1"}
	f.Fuzz(func(t *testing.T, text string) {
		if app, err := parseApplication(text); err == nil {
			if got, err := parseApplication(app.ARN()); err != nil || got != app {
				t.Errorf("%q is %+v, and %q is %+v", text, app, app.ARN(), got)
			}
			if app.Home != home && strings.HasPrefix(string(app.rowKey()), string(home.Key())) {
				t.Errorf("%q is a row of %+v", text, home)
			}
		} else if _, ok := errors.AsType[wire.Error](err); !ok {
			t.Errorf("%q: %v", text, err)
		}
		device, err := parseDevice(text, "TargetArn")
		if err != nil {
			return
		}
		if got, err := parseDevice(device.ARN(), "TargetArn"); err != nil || got != device {
			t.Errorf("%q is %+v, and %q is %+v", text, device, device.ARN(), got)
		}
		if device.Home != home && strings.HasPrefix(string(device.rowKey()), string(home.Key())) {
			t.Errorf("%q is a row of %+v", text, home)
		}
	})
}

// A telephone number is digits, with a plus or without one.
func FuzzNumber(f *testing.F) {
	for _, text := range []string{"+14155552671", "14155552671", "+0", "+", "", "+1415\n", "+1 415", "+1234567890123456", "٣٤٥", "tel:+1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		digits := strings.TrimPrefix(text, "+")
		plain := len(digits) >= 2 && len(digits) <= 15 && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
		if got := checkNumber(text) == nil; got != plain || got != IsNumber(text) {
			t.Errorf("%q is a number: %t", text, got)
		}
	})
}
