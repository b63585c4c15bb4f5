package cloudtrail

import (
	"context"
	"fmt"
	"maps"
	"net"
	"strings"
	"sync"
	"sync/atomic"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
)

// maxCached is how many accounts' trails are remembered at once.
const maxCached = 10_000

// trailCache remembers the trails of accounts, for the question that each data
// event asks: does anybody want you? It is dropped whenever a trail changes.
type trailCache struct {
	store *kv.Store
	known atomic.Pointer[map[string]*watchful]
	mu    sync.Mutex // held while known is replaced
}

// watchful are the trails of an account that log.
type watchful struct {
	trails []trail
	data   map[string]bool // resource types whose data events some trail selects
}

// of returns an account's trails.
func (c *trailCache) of(ctx context.Context, account string) (*watchful, error) {
	if known := c.known.Load(); known != nil {
		if w, ok := (*known)[account]; ok {
			return w, nil
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	w := &watchful{data: map[string]bool{}}
	err := c.store.View(context.WithoutCancel(ctx), func(tx *kv.Tx) (err error) {
		w.trails, err = logging(tx, account)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range w.trails {
		for _, kind := range w.trails[i].Selectors.DataTypes() {
			w.data[kind] = true
		}
	}
	next := map[string]*watchful{}
	if known := c.known.Load(); known != nil && len(*known) < maxCached {
		next = maps.Clone(*known)
	}
	next[account] = w
	c.known.Store(&next)
	return w, nil
}

// drop forgets all. It waits for who is reading, so that nothing older than the
// change is remembered after it.
func (c *trailCache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known.Store(nil)
}

// logging reads the trails of an account that log.
func logging(tx *kv.Tx, account string) ([]trail, error) {
	var out []trail
	for row, err := range kv.Scan[trail](tx, kv.Prefix(trailsKey(account))) {
		if err != nil {
			return nil, fmt.Errorf("load trails: %w", err)
		}
		if row.Value.Logging {
			out = append(out, row.Value)
		}
	}
	return out, nil
}

// putTrail writes a trail, and has every node know of it.
func putTrail(tx *kv.Tx, t *trail) error {
	tx.Wake(trailsTopic())
	return kv.Put(tx, t.home().trailKey(t.Name), *t)
}

// unknown is the answer to the name of a trail that is not there.
func unknown(h home, name string) error {
	return &api.TrailNotFoundException{Message: "Unknown trail: " + name + " for the user: " + h.Account}
}

// loadTrail finds the trail of a name or ARN: one of this region or, by its
// shadow, one that covers all of them.
func loadTrail(tx *kv.Tx, h home, nameOrARN string) (*trail, error) {
	name, region := nameOrARN, h.Region
	if strings.HasPrefix(nameOrARN, "arn:") {
		a, err := arn.Parse(nameOrARN)
		rest, ok := strings.CutPrefix(a.Resource, "trail/")
		if err != nil || a.Service != "cloudtrail" || !ok {
			return nil, &api.CloudTrailARNInvalidException{Message: "Invalid ARN: " + nameOrARN}
		}
		if a.Account != h.Account {
			return nil, unknown(h, nameOrARN)
		}
		name, region = rest, a.Region
	}
	if problem := nameProblem(name); problem != "" {
		return nil, &api.InvalidTrailNameException{Message: problem}
	}
	t, ok, err := kv.Get[trail](tx, home{h.Account, region}.trailKey(name))
	if err != nil {
		return nil, fmt.Errorf("load trail: %w", err)
	}
	if ok && (region == h.Region || t.MultiRegion) {
		return &t, nil
	}
	if ok || strings.HasPrefix(nameOrARN, "arn:") {
		return nil, unknown(h, nameOrARN)
	}
	for row, err := range kv.Scan[trail](tx, kv.Prefix(trailsKey(h.Account))) {
		if err != nil {
			return nil, fmt.Errorf("load trails: %w", err)
		}
		if row.Value.MultiRegion && row.Value.Name == name {
			return &row.Value, nil
		}
	}
	return nil, unknown(h, nameOrARN)
}

// loadOwn is loadTrail for changes, which a trail takes at home only.
func loadOwn(tx *kv.Tx, h home, nameOrARN string) (*trail, error) {
	t, err := loadTrail(tx, h, nameOrARN)
	if err != nil {
		return nil, err
	}
	if t.Region != h.Region {
		return nil, &api.InvalidHomeRegionException{
			Message: "The trail " + t.arn() + " can only be changed in its home region, " + t.Region + ".",
		}
	}
	return t, nil
}

// nameProblem tells what is wrong with a trail's name; empty if nothing is.
func nameProblem(name string) string {
	alnum := func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	}
	switch {
	case len(name) < 3:
		return fmt.Sprintf("Trail name too short. Minimum allowed length: 3 characters. Specified name length: %d characters.", len(name))
	case len(name) > 128:
		return fmt.Sprintf("Trail name too long. Maximum allowed length: 128 characters. Specified name length: %d characters.", len(name))
	case !alnum(name[0]):
		return "Trail name must starts with a letter or number."
	case !alnum(name[len(name)-1]):
		return "Trail name must ends with a letter or number."
	case net.ParseIP(name) != nil:
		return "Trail name must not be formatted as an IP address (for example, 192.168.5.4)."
	}
	for i := range len(name) {
		mark := strings.IndexByte("._-", name[i]) >= 0
		if !mark && !alnum(name[i]) {
			return "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_)."
		}
		if mark && strings.IndexByte("._-", name[i-1]) >= 0 {
			return "Trail name must not contain adjacent periods, hyphens or underscores."
		}
	}
	return ""
}
