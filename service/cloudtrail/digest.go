package cloudtrail

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

const (
	digestKind = "cloudtrail.digest"
	// digestEvery is the time that one digest is about.
	digestEvery = time.Hour
	// keyValid is how long a key pair signs.
	keyValid = 30 * 24 * time.Hour
	keyBits  = 2048
)

// digest is the content of a digest file.
type digest struct {
	Account       string       `json:"awsAccountId"`
	Start         string       `json:"digestStartTime"`
	End           string       `json:"digestEndTime"`
	Bucket        string       `json:"digestS3Bucket"`
	Key           string       `json:"digestS3Object"`
	Fingerprint   string       `json:"digestPublicKeyFingerprint"`
	Algorithm     string       `json:"digestSignatureAlgorithm"`
	Newest        *string      `json:"newestEventTime"`
	Oldest        *string      `json:"oldestEventTime"`
	PrevBucket    *string      `json:"previousDigestS3Bucket"`
	PrevKey       *string      `json:"previousDigestS3Object"`
	PrevHash      *string      `json:"previousDigestHashValue"`
	PrevAlgorithm *string      `json:"previousDigestHashAlgorithm"`
	PrevSignature *string      `json:"previousDigestSignature"`
	Files         []digestFile `json:"logFiles"`
}

// digestFile is a log file that a digest vouches for.
type digestFile struct {
	Bucket    string `json:"s3Bucket"`
	Key       string `json:"s3Object"`
	Hash      string `json:"hashValue"`
	Algorithm string `json:"hashAlgorithm"`
	Newest    string `json:"newestEventTime"`
	Oldest    string `json:"oldestEventTime"`
}

// stamp is a time as records and digests write it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// startChain begins the chain of digests of a lane, unless there is one.
func (s *Service) startChain(tx *kv.Tx, l lane, now time.Time) error {
	_, there, err := tx.Get(l.chainKey())
	if err != nil || there {
		return err
	}
	start := now.UTC().Truncate(time.Second)
	if err := kv.Put(tx, l.chainKey(), chain{Start: start}); err != nil {
		return err
	}
	_, err = s.Tasks.Add(tx, task.Task{
		Kind: digestKind, Key: l.name(), Owner: home{l.Account, l.Home}.trailARN(l.Name), Due: start.Add(digestEvery),
		Account: l.Account, Region: l.Home, Body: l,
		Policy: task.Policy{MinBackoff: 5 * time.Second, MaxBackoff: 5 * time.Minute},
	})
	return err
}

// runDigest vouches for the log files of the hour that is over, and comes again
// when the next one is. The chain ends with its trail, and when no more log
// files come since the trail no longer logs, or wants no digests.
func (s *Service) runDigest(ctx context.Context, run *task.Run) error {
	var l lane
	if err := run.Decode(&l); err != nil {
		return task.Dead(err)
	}
	for {
		w, err := s.loadDigest(ctx, run, l)
		if err != nil || w == nil {
			return err
		}
		if end := w.chain.Start.Add(digestEvery); s.Clock.Now().Before(end) {
			return task.Again(end)
		}
		if err := s.makeDigest(ctx, l, w); err != nil {
			return errors.Join(err, s.noteDigest(ctx, l, err))
		}
		if err := run.Extend(ctx, time.Minute); err != nil {
			return err
		}
	}
}

// digestWork is what a digest is made of.
type digestWork struct {
	trail trail
	chain chain
	files []kv.Row[logFile]
}

// loadDigest reads what the next digest is made of; nil when there will be none.
func (s *Service) loadDigest(ctx context.Context, run *task.Run, l lane) (*digestWork, error) {
	var w *digestWork
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		w = nil
		t, ok, err := kv.Get[trail](tx, home{l.Account, l.Home}.trailKey(l.Name))
		if err != nil {
			return fmt.Errorf("load trail: %w", err)
		}
		c, going, err := kv.Get[chain](tx, l.chainKey())
		if err != nil {
			return fmt.Errorf("load chain: %w", err)
		}
		if !ok || t.ID != l.Trail || !going {
			return errors.Join(tx.DeleteRange(kv.Prefix(l.filesKey())), tx.Delete(l.chainKey()), run.Done(tx))
		}
		next := &digestWork{trail: t, chain: c}
		r := kv.Range{From: l.filesKey(), To: l.fileKey(c.Start.Add(digestEvery), "")}
		for row, err := range kv.Scan[logFile](tx, r) {
			if err != nil {
				return fmt.Errorf("read log files: %w", err)
			}
			next.files = append(next.files, row)
		}
		if len(next.files) == 0 && (!t.Logging || !t.Validation) {
			return errors.Join(tx.Delete(l.chainKey()), run.Done(tx))
		}
		w = next
		return nil
	})
	return w, err
}

// makeDigest writes, signs and stores the next digest, and forgets the files
// that it vouches for.
func (s *Service) makeDigest(ctx context.Context, l lane, w *digestWork) error {
	pair, err := s.signingKey(ctx, l.Home)
	if err != nil {
		return err
	}
	d := w.digest(l, pair)
	content, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("write digest: %w", err)
	}
	signature, err := pair.sign(d, content)
	if err != nil {
		return err
	}
	err = s.putObject(ctx, &w.trail, d.Key, content, map[string]string{"signature": signature, "signature-algorithm": d.Algorithm})
	if err != nil {
		return err
	}
	now := s.now()
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		for _, f := range w.files {
			if err := tx.Delete(f.Key); err != nil {
				return err
			}
		}
		st, _, err := kv.Get[status](tx, l.statusKey())
		if err != nil {
			return err
		}
		st.Digested, st.DigestError = now, ""
		if err := kv.Put(tx, l.statusKey(), st); err != nil {
			return err
		}
		return kv.Put(tx, l.chainKey(), chain{
			Start: w.chain.Start.Add(digestEvery), Bucket: d.Bucket, Key: d.Key, Hash: hashOf(content), Signature: signature,
		})
	})
}

// digest is the content of the next digest.
func (w *digestWork) digest(l lane, pair *keyPair) *digest {
	end := w.chain.Start.Add(digestEvery)
	t := &w.trail
	d := &digest{
		Account: t.Account, Start: stamp(w.chain.Start), End: stamp(end), Bucket: t.Bucket,
		Key: t.objectKey("CloudTrail-Digest", l.Region, end) + t.Account + "_CloudTrail-Digest_" + l.Region + "_" + t.Name + "_" + t.Region + "_" +
			end.UTC().Format("20060102T150405Z") + ".json.gz",
		Fingerprint: pair.Fingerprint, Algorithm: "SHA256withRSA", Files: []digestFile{},
	}
	if c := &w.chain; c.Key != "" {
		d.PrevBucket, d.PrevKey, d.PrevHash, d.PrevSignature, d.PrevAlgorithm = &c.Bucket, &c.Key, &c.Hash, &c.Signature, new("SHA-256")
	}
	var oldest, newest time.Time
	for _, row := range w.files {
		f := row.Value
		d.Files = append(d.Files, digestFile{f.Bucket, f.Key, f.Hash, "SHA-256", stamp(f.Newest), stamp(f.Oldest)})
		if oldest.IsZero() || f.Oldest.Before(oldest) {
			oldest = f.Oldest
		}
		if f.Newest.After(newest) {
			newest = f.Newest
		}
	}
	if len(w.files) > 0 {
		d.Oldest, d.Newest = new(stamp(oldest)), new(stamp(newest))
	}
	return d
}

// sign signs a digest: its end, its place, its content and the signature of the
// one before.
func (k *keyPair) sign(d *digest, content []byte) (string, error) {
	private, err := x509.ParsePKCS1PrivateKey(k.Private)
	if err != nil {
		return "", fmt.Errorf("read signing key: %w", err)
	}
	previous := "null"
	if d.PrevSignature != nil {
		previous = *d.PrevSignature
	}
	sum := sha256.Sum256([]byte(d.End + "\n" + d.Bucket + "/" + d.Key + "\n" + hashOf(content) + "\n" + previous))
	signature, err := rsa.SignPKCS1v15(nil, private, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign digest: %w", err)
	}
	return hex.EncodeToString(signature), nil
}

// noteDigest keeps why a digest failed, for GetTrailStatus.
func (s *Service) noteDigest(ctx context.Context, l lane, why error) error {
	code, _ := task.Reason(why)
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		st, _, err := kv.Get[status](tx, l.statusKey())
		if err != nil {
			return err
		}
		st.DigestError = code
		return kv.Put(tx, l.statusKey(), st)
	})
}

// signingKey returns the key pair that signs in a region now, and makes one when
// there is none, or the last one is no longer valid.
func (s *Service) signingKey(ctx context.Context, region string) (*keyPair, error) {
	now := s.Clock.Now().UTC()
	var valid *keyPair
	find := func(tx *kv.Tx) error {
		valid = nil
		// One that is valid only from later on is of before the clock was set back.
		r := kv.Range{From: signingKeys(region), To: signingKeys(region).With(now.Add(1)), Reverse: true, Limit: 1}
		for row, err := range kv.Scan[keyPair](tx, r) {
			if err != nil {
				return fmt.Errorf("load signing key: %w", err)
			}
			if now.Before(row.Value.To) {
				valid = &row.Value
			}
		}
		return nil
	}
	if err := s.Store.View(ctx, find); err != nil || valid != nil {
		return valid, err
	}
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("make signing key: %w", err)
	}
	public := x509.MarshalPKCS1PublicKey(&private.PublicKey)
	fingerprint := sha256.Sum256(public)
	made := keyPair{
		Private: x509.MarshalPKCS1PrivateKey(private), Public: public, Fingerprint: hex.EncodeToString(fingerprint[:16]),
		From: now.Truncate(time.Second), To: now.Truncate(time.Second).Add(keyValid),
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := find(tx); err != nil || valid != nil {
			return err // another node was first
		}
		valid = &made
		return kv.Put(tx, signingKeys(region).With(made.From), made)
	})
	return valid, err
}
