package cloudtrail

import (
	"context"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// ListPublicKeys returns the keys that digests of this region were signed with
// in a span of time: PKCS #1, in DER.
//
// Spec: CloudTrail API Reference, ListPublicKeys.
func (s *Service) ListPublicKeys(ctx context.Context, in *api.ListPublicKeysInput) (*api.ListPublicKeysOutput, error) {
	if wire.Value(in.NextToken) != "" {
		return nil, &api.InvalidTokenException{Message: "Reserved for future use."}
	}
	region := call.From(ctx).Region
	if _, err := s.signingKey(ctx, region); err != nil {
		return nil, err
	}
	from, to := s.Clock.Now(), s.Clock.Now()
	set(&from, in.StartTime)
	set(&to, in.EndTime)
	if from.After(to) {
		return nil, &api.InvalidTimeRangeException{Message: "The start time cannot be after the end time."}
	}
	out := &api.ListPublicKeysOutput{PublicKeyList: []api.PublicKey{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		out.PublicKeyList = out.PublicKeyList[:0]
		for row, err := range kv.Scan[keyPair](tx, kv.Prefix(signingKeys(region))) {
			if err != nil {
				return err
			}
			if k := row.Value; !k.From.After(to) && k.To.After(from) {
				out.PublicKeyList = append(out.PublicKeyList, api.PublicKey{
					Value: k.Public, ValidityStartTime: &k.From, ValidityEndTime: &k.To, Fingerprint: &k.Fingerprint,
				})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
