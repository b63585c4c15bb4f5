package soak_test

import (
	"strings"
	"testing"
	"time"
)

func TestWhatGrowsIsTold(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	tests := map[string]struct {
		grow func(s *sample, n int64) // the n-th of 40 samples
		want string                   // "" means nothing is wrong
	}{
		"steady":                         {func(*sample, int64) {}, ""},
		"memory that comes and goes":     {func(s *sample, n int64) { s.memory += n % 7 * 40 * mib }, ""},
		"memory, four MiB a sample":      {func(s *sample, n int64) { s.memory += n * 4 * mib }, "memory grew"},
		"a cache that fills":             {func(s *sample, n int64) { s.memory += n * 4 * mib; s.cache += n * 4 * mib }, ""},
		"objects that stay":              {func(s *sample, n int64) { s.alive += n * mib }, "objects that live grew"},
		"a heap that fills up at first":  {func(s *sample, n int64) { s.alive += min(n, 12) * 10 * mib }, ""},
		"objects that come and go":       {func(s *sample, n int64) { s.alive += n * 7 % 5 * 20 * mib }, ""},
		"a sample in a bad moment":       {func(s *sample, n int64) { s.alive += n / 39 * 500 * mib }, ""},
		"a goroutine for each sample":    {func(s *sample, n int64) { s.goroutines += 3 * n }, "goroutines grew"},
		"files that stay open":           {func(s *sample, n int64) { s.files += 2 * n }, "open files grew"},
		"disk":                           {func(s *sample, n int64) { s.disk += n * 10 * mib }, "on disk grew"},
		"disk that a compaction returns": {func(s *sample, n int64) { s.disk += n % 10 * 50 * mib }, ""},
		"compactions that fall behind":   {func(s *sample, n int64) { s.debt = n * 10 * mib }, "bytes behind"},
		"calls that cost more and more":  {func(s *sample, n int64) { s.cpu += time.Duration(n*n*n) * 10 * time.Millisecond }, "of a processor"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var samples []sample
			for n := range int64(40) {
				s := sample{calls: 1000 * n, cpu: time.Duration(n) * time.Second, memory: 200 * mib, goroutines: 60, files: 40, disk: 300 * mib}
				tt.grow(&s, n)
				samples = append(samples, s)
			}
			got := strings.Join(judge(samples, limits(time.Hour)), "; ")
			if (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
