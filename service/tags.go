package service

import "maps"

// Retag returns a resource's tags, by key, with others added, and without those
// whose keys are to be removed. It never returns nil, and leaves tags as they are:
// they may be a cached record's.
func Retag(tags, add map[string]string, remove []string) map[string]string {
	out := make(map[string]string, len(tags)+len(add))
	maps.Copy(out, tags)
	maps.Copy(out, add)
	for _, key := range remove {
		delete(out, key)
	}
	return out
}
