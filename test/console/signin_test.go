package console

import (
	"crypto/rand"
	"testing"

	"maru.dev/maru/auth"
	"maru.dev/maru/clock"
	"maru.dev/maru/console"
	"maru.dev/maru/edge"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/platform"
	"maru.dev/maru/service"
	"maru.dev/maru/service/sqs"
)

// TestSignIn proves a key with a signature that the browser itself makes, and
// uses the session.
func TestSignIn(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser")
	}
	chrome := browser(t)
	env := testenv.NewWith(t, testenv.Options{
		Mode: platform.Enforcing, Clock: clock.System{},
		Mounts: func(d service.Deps, _ func(id string) any) []edge.Mount {
			o := console.Options{Caller: d.Caller, Store: d.Store, Clock: d.Clock, IDs: d.IDs, Log: d.Log, Enforcing: d.Enforcing}
			return []edge.Mount{{Path: console.Path, Keep: true, Handler: console.New(o)}}
		},
	}, sqs.Registration())
	key, _, err := auth.RootKey(t.Context(), env.Store(), ids.New(rand.Reader), testenv.Account)
	if err != nil {
		t.Fatal(err)
	}
	page := open(chrome, t, env.URL(), "dark", 1360, 860).see("Sign in to maru")
	page.fill("Access key id", key.ID).fill("Secret access key", "wrong").press("form .primary")
	page.see("signature we calculated does not match")
	page.fill("Secret access key", string(key.Secret)).press("form .primary").see("State machines")
	page.show("queues").see("No queue")
	page.click("New queue").fill("Name", "orders")
	page.press("dialog form .primary").see("waiting")
	page.click("Sign out").see("Sign in to maru")
}
