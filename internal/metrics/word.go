package metrics

import "sync"

const (
	maxWord  = 32 // bytes of one label value
	maxWords = 64 // values of one label
)

// vocabulary holds, for each label, the words that it has had so far.
type vocabulary struct {
	mu    sync.RWMutex
	known map[string]map[string]struct{}
}

// word returns w if it may stand as a label's value: lower-case letters,
// digits and hyphens, beginning with a letter, and among the first maxWords of
// its label. Addresses and host names have an @ or a dot and so never pass.
func (m *Metrics) word(label, w string) string {
	v := &m.words
	v.mu.RLock()
	_, ok := v.known[label][w]
	v.mu.RUnlock()
	if ok {
		return w
	}
	if !wordLike(w) {
		return "other"
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.known == nil {
		v.known = make(map[string]map[string]struct{})
	}
	if v.known[label] == nil {
		v.known[label] = make(map[string]struct{})
	}
	if _, ok := v.known[label][w]; !ok && len(v.known[label]) >= maxWords {
		return "other"
	}
	v.known[label][w] = struct{}{}
	return w
}

func wordLike(w string) bool {
	if w == "" || len(w) > maxWord || w[0] < 'a' || w[0] > 'z' {
		return false
	}
	for i := range len(w) {
		c := w[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
