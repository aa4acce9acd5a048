package facts

import "kith/internal/baseline"

// New reports whether the author is new to a recipient: neither has he been proven
// to write to him, nor has the recipient written to him.
func (r *RcptFacts) New() bool {
	for _, way := range []string{baseline.In, baseline.Out} {
		if n, _, _ := r.Known.Count(baseline.Pair, baseline.Standing, way); n > 0 {
			return false
		}
	}
	return true
}
