package fit

import (
	"math"
	"slices"
)

// ceiling is what a kind may weigh at most: the upper bound of its lift, the ratio
// of its share among attacks to that among genuine mail, where it is highest
// (place by place, and for a kind with a measure of its own among its stronger
// findings). A weight above it would be a sign of something else that the model
// lacks. A kind that genuine mail never shows has no such bound.
func (p *problem) ceiling(kind int, all mailCount) float64 {
	type seen struct {
		place    int
		attack   bool
		strength float64
		weight   float64
	}
	var found []seen
	var strengths []float64
	for _, i := range p.ofKind[kind] {
		r := &p.rows[i]
		s := seen{r.place, r.attack, 0, 1}
		if r.attack {
			s.weight = all.share[i]
		}
		for _, t := range r.terms {
			if int(t.kind) == kind {
				s.strength = max(s.strength, t.strength)
			}
		}
		found, strengths = append(found, s), append(strengths, s.strength)
	}
	if len(found) == 0 {
		return mostBits
	}
	slices.Sort(strengths)
	best := 0.0
	for place := range all.genuine {
		for q := range 4 {
			from := strengths[q*len(strengths)/4]
			var a, g float64
			for _, s := range found {
				if s.place == place && s.strength >= from {
					if s.attack {
						a += s.weight
					} else {
						g += s.weight
					}
				}
			}
			if a == 0 || all.attacks[place] == 0 {
				continue
			}
			_, high := Share{int(math.Ceil(a)), int(math.Ceil(all.attacks[place]))}.Bounds()
			low, _ := Share{int(g), int(all.genuine[place])}.Bounds()
			if low == 0 {
				return mostBits
			}
			best = max(best, math.Log2(high/low))
		}
	}
	return min(best, mostBits)
}

// mailCount is how much mail of each place there is, a campaign of attacks counted
// once; share is what a row's attack counts.
type mailCount struct {
	attacks, genuine map[int]float64
	share            []float64
}

func countMail(rows []row) mailCount {
	c := mailCount{map[int]float64{}, map[int]float64{}, make([]float64, len(rows))}
	units := map[string]float64{}
	for i := range rows {
		if rows[i].attack {
			units[rows[i].sample.unit()]++
		}
	}
	for i := range rows {
		if r := &rows[i]; r.attack {
			c.share[i] = 1 / units[r.sample.unit()]
			c.attacks[r.place] += c.share[i]
		} else {
			c.genuine[r.place]++
		}
	}
	return c
}
