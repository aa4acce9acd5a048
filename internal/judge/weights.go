package judge

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/pelletier/go-toml/v2"

	"kith/internal/kith"
)

//go:embed weights.toml
var shipped []byte

// Shipped returns the weights that are built in, as the text of weights.toml.
func Shipped() []byte { return bytes.Clone(shipped) }

// grain is the number of steps in a bit. Sixteenths are exact in binary, so
// that sums of them are, up to sums that no verdict reaches.
const grain = 16

// maxBits bounds every figure of the table: 2^64 is certainty enough, and sums
// of a few of these stay exact.
const maxBits = 64

func round(bits float64) float64 { return math.Round(bits*grain) / grain }

// Weights is the table of weights.toml. All figures are log2-odds, whole
// sixteenths, within ±maxBits.
type Weights struct {
	Prior float64 `toml:"prior"`
	Bands struct {
		Suspicious float64 `toml:"suspicious"`
		Harmful    float64 `toml:"harmful"`
	} `toml:"bands"`
	Caps struct {
		Unlike float64 `toml:"unlike"`
		Asks   float64 `toml:"asks"`
	} `toml:"caps"`
	Families map[string]float64 `toml:"families"`
	Kinds    map[string]Weight  `toml:"kinds"`
	Beliefs  Beliefs            `toml:"beliefs"`
}

// Beliefs are the figures that people wrote before anything was measured. A fit
// is drawn towards them and leaves them as they are, so that fitting twice does
// not count the same mail twice. They weigh nothing in a verdict. A kind or
// family without a belief has not been fitted: its figure is the belief.
type Beliefs struct {
	Families map[string]float64 `toml:"families"`
	Kinds    map[string]Weight  `toml:"kinds"`
}

// Belief returns what was believed of a kind before anything was measured.
func (w *Weights) Belief(kind string) Weight {
	if b, ok := w.Beliefs.Kinds[kind]; ok {
		return b
	}
	return w.Kinds[kind]
}

// BelievedCap returns what was believed of a family's cap.
func (w *Weights) BelievedCap(family string) float64 {
	if b, ok := w.Beliefs.Families[family]; ok {
		return b
	}
	return w.Families[family]
}

// Weight is what one kind of finding adds, and the family whose cap it shares. A
// kind that measures its own surprise adds Scale times that, at most Bits.
type Weight struct {
	Bits   float64 `toml:"bits"`
	Scale  float64 `toml:"scale"`
	Family string  `toml:"family"`
}

// Adds is what one finding weighs before caps, in whole sixteenths: a finding
// with a measure of its own (strength above 0) that times the scale, at most
// Bits, or the measure itself where there is no scale; a finding without one
// (0) Bits. A measure that is negative or no number adds nothing.
func (x Weight) Adds(strength float64) float64 {
	switch {
	case strength == 0:
		return x.Bits
	case !(strength > 0):
		return 0
	case x.Scale > 0:
		return round(min(strength*x.Scale, x.Bits))
	}
	return round(min(strength, maxBits))
}

// ReadWeights reads a table and checks it; an unknown key is an error.
func ReadWeights(text []byte) (Weights, error) {
	var w Weights
	dec := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if err := dec.Decode(&w); err != nil {
		return w, fmt.Errorf("weights: %w", err)
	}
	w.rounded()
	if err := w.check(); err != nil {
		return w, fmt.Errorf("weights: %w", err)
	}
	return w, nil
}

func (w *Weights) rounded() {
	for _, p := range []*float64{&w.Prior, &w.Bands.Suspicious, &w.Bands.Harmful, &w.Caps.Unlike, &w.Caps.Asks} {
		*p = round(*p)
	}
	for name, limit := range w.Families {
		w.Families[name] = round(limit)
	}
	for kind, x := range w.Kinds {
		x.Bits = round(x.Bits)
		w.Kinds[kind] = x
	}
	for name, limit := range w.Beliefs.Families {
		w.Beliefs.Families[name] = round(limit)
	}
}

// check holds the table to the invariants of the package comment.
func (w *Weights) check() error {
	if !(w.Prior >= -maxBits && w.Prior <= 0) {
		return fmt.Errorf("prior is %g; give a figure between -%d and 0", w.Prior, maxBits)
	}
	if !(w.Bands.Suspicious < w.Bands.Harmful && w.Bands.Harmful <= maxBits) {
		return fmt.Errorf("bands.suspicious is %g and bands.harmful %g; the first must be the lower one", w.Bands.Suspicious, w.Bands.Harmful)
	}
	for _, c := range []struct {
		name  string
		limit float64
	}{{"unlike", w.Caps.Unlike}, {"asks", w.Caps.Asks}} {
		if !(c.limit >= 0 && w.Prior+c.limit < w.Bands.Suspicious) {
			return fmt.Errorf("caps.%s is %g; it must be at least 0 and below %g, or this group would act alone", c.name, c.limit, w.Bands.Suspicious-w.Prior)
		}
	}
	for name, limit := range w.Families {
		if !(limit >= 0 && limit <= maxBits) {
			return fmt.Errorf("families.%s is %g; give a figure between 0 and %d", name, limit, maxBits)
		}
	}
	var wrong []error
	for _, kind := range sortedKeys(w.Kinds) {
		wrong = append(wrong, w.checkKind("kinds", kind, w.Kinds[kind]))
	}
	for _, kind := range sortedKeys(w.Beliefs.Kinds) {
		if _, ok := w.Kinds[kind]; !ok {
			wrong = append(wrong, fmt.Errorf("beliefs.kinds.%q is about a kind that kinds does not list", kind))
		}
		wrong = append(wrong, w.checkKind("beliefs.kinds", kind, w.Beliefs.Kinds[kind]))
	}
	return errors.Join(wrong...)
}

func (w *Weights) checkKind(table, kind string, x Weight) error {
	var wrong []error
	if !(x.Bits >= 0 && x.Bits <= maxBits) {
		wrong = append(wrong, fmt.Errorf("%s.%q weighs %g; nothing weighs less than 0 or more than %d", table, kind, x.Bits, maxBits))
	}
	if !(x.Scale >= 0 && x.Scale <= maxBits) {
		wrong = append(wrong, fmt.Errorf("%s.%q has the scale %g; give a figure between 0 and %d", table, kind, x.Scale, maxBits))
	}
	if _, ok := w.Families[x.Family]; !ok {
		wrong = append(wrong, fmt.Errorf("%s.%q is of family %q, which families does not list", table, kind, x.Family))
	}
	return errors.Join(wrong...)
}

// cap of a group; decisive findings have none.
func (w *Weights) capOf(g kith.Group) float64 {
	switch g {
	case kith.Unlike:
		return w.Caps.Unlike
	case kith.Asks:
		return w.Caps.Asks
	}
	return math.Inf(1)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
