package sum_test

import (
	"math/rand/v2"
	"testing"

	"maru.dev/maru/service/s3/sum"
)

// The checksum of a whole is the same whether its bytes come at once or in
// parts.
func TestCombineIsTheChecksumOfTheWhole(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, a := range []sum.Algorithm{sum.CRC32, sum.CRC32C, sum.CRC64NVME} {
		t.Run(string(a), func(t *testing.T) {
			for range 50 {
				whole := a.New()
				var parts []sum.Part
				for range random.IntN(6) {
					data := make([]byte, random.IntN(5000))
					for i := range data {
						data[i] = byte(random.Uint32())
					}
					whole.Write(data)
					part := a.New()
					part.Write(data)
					parts = append(parts, sum.Part{Sum: sum.Text(part.Sum(nil)), Size: int64(len(data))})
				}
				if got, ok := a.Combine(parts); !ok || got != sum.Text(whole.Sum(nil)) {
					t.Fatalf("%d parts: %q, want %q", len(parts), got, sum.Text(whole.Sum(nil)))
				}
			}
		})
	}
}

// The check values of the CRC catalogue, and of FIPS 180.
func TestAlgorithmsAreTheOnesTheyAreNamedFor(t *testing.T) {
	t.Parallel()
	for a, want := range map[sum.Algorithm]string{
		sum.CRC32: "y/Q5Jg==", sum.CRC32C: "4waSgw==", sum.CRC64NVME: "rosUhgp5mIg=",
		sum.SHA1: "98O8HYCOBHMq32eZZczDTKeuNEE=", sum.SHA256: "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
	} {
		h := a.New()
		h.Write([]byte("123456789"))
		if got := sum.Text(h.Sum(nil)); got != want {
			t.Errorf("%s is %s, want %s", a, got, want)
		}
		if !a.Valid(want) || a.Valid(want[1:]) || a.Valid("") {
			t.Errorf("%s judges the form of values wrongly", a)
		}
		if parsed, ok := sum.Parse(string(a)); !ok || parsed != a {
			t.Errorf("%s does not parse", a)
		}
	}
}

func FuzzCombine(f *testing.F) {
	f.Add("y/Q5Jg==", int64(9), "CRC32")
	f.Fuzz(func(t *testing.T, text string, size int64, name string) {
		a, ok := sum.Parse(name)
		if !ok {
			return
		}
		got, ok := a.Combine([]sum.Part{{Sum: text, Size: size}})
		if ok && !a.Valid(got) {
			t.Errorf("%q is no value of %s", got, a)
		}
		if got, ok := a.OfParts([]sum.Part{{Sum: text, Size: size}}); ok && !a.Valid(got) {
			t.Errorf("%q is no value of %s", got, a)
		}
	})
}
