package budget

import "math"

// Scores are counted in quarters of a bit between −16 and +16.
const (
	perBit = 4
	lowest = -16.0
	bins   = 32 * perBit
)

// scores is a fading histogram of log2-odds.
type scores struct {
	N    float64   `json:"n"`
	Bins []float64 `json:"bins"`
}

func (h *scores) add(score float64) {
	if h.Bins == nil {
		h.Bins = make([]float64, bins)
	}
	i := int(math.Floor((score - lowest) * perBit))
	h.Bins[max(0, min(i, bins-1))]++
	h.N++
}

// fade multiplies all counts.
func (h *scores) fade(by float64) {
	h.N = 0
	for i := range h.Bins {
		if h.Bins[i] *= by; h.Bins[i] < 1e-4 {
			h.Bins[i] = 0
		}
		h.N += h.Bins[i]
	}
}

// above returns the score that at most the given share of mails reaches, by the
// counts where they reach so far, else by an exponential tail over the highest
// hundredth. ok is false with too few mails to say.
func (h *scores) above(share float64) (score float64, ok bool) {
	if h.N < 200 {
		return 0, false
	}
	const tail = 0.01
	over, start := 0.0, bins
	for i := bins - 1; i >= 0 && (over+h.Bins[i])/h.N <= max(share, tail); i-- {
		over += h.Bins[i]
		start = i
	}
	edge := lowest + float64(start)/perBit
	if share >= tail {
		return edge, true
	}
	// mean excess of the tail over its edge
	sum := 0.0
	for i := start; i < bins; i++ {
		sum += h.Bins[i] * (lowest + (float64(i)+0.5)/perBit - edge)
	}
	if over == 0 {
		return edge, true
	}
	mean := max(sum/over, 0.5/perBit)
	return edge + mean*math.Log(over/h.N/share), true
}
