package baseline

import (
	"bytes"
	_ "embed"
	"fmt"
	"math"

	"github.com/pelletier/go-toml/v2"
)

//go:embed params.toml
var shippedParams []byte

// Param holds the fitted figures of one family.
type Param struct {
	HalfLife float64 `toml:"half_life"` // days, 1…3650
	Theta    float64 `toml:"theta"`     // strength of the wider context, > 0
	Discount float64 `toml:"discount"`  // what the first sight of a value hands on, 0 ≤ d < 1
}

// Params are the figures of all families. They are read-only once made.
type Params struct {
	of       [256]Param
	fallback Param
}

// Fallback returns the figures of families without a table of their own.
func (p *Params) Fallback() Param { return p.fallback }

// Of returns the figures of a family.
func (p *Params) Of(f *Family) Param { return p.of[f.Num] }

// With returns a copy in which one family has other figures: how a fit tries
// them.
func (p *Params) With(f *Family, x Param) *Params {
	c := *p
	c.of[f.Num] = x
	return &c
}

// ReadParams reads a table of figures: [families.ID] for each family, [default]
// for those without one.
func ReadParams(text []byte) (*Params, error) {
	var file struct {
		Default  Param            `toml:"default"`
		Families map[string]Param `toml:"families"`
	}
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&file); err != nil {
		return nil, fmt.Errorf("params: %w", err)
	}
	p := &Params{fallback: file.Default}
	for _, f := range families {
		x, ok := file.Families[f.ID]
		if !ok {
			x = file.Default
		}
		if err := x.check(); err != nil {
			return nil, fmt.Errorf("params: family %s: %w", f.ID, err)
		}
		p.of[f.Num] = x
		delete(file.Families, f.ID)
	}
	for id := range file.Families {
		return nil, fmt.Errorf("params: there is no family %q; the families are listed in docs/habits.md", id)
	}
	return p, nil
}

func (x Param) check() error {
	switch {
	case !(x.HalfLife >= 1 && x.HalfLife <= 3650):
		return fmt.Errorf("half_life is %g; give days between 1 and 3650", x.HalfLife)
	case !(x.Theta > 0 && x.Theta <= 1000):
		return fmt.Errorf("theta is %g; give a figure above 0, at most 1000", x.Theta)
	case !(x.Discount >= 0 && x.Discount < 1):
		return fmt.Errorf("discount is %g; give a figure from 0 to below 1", x.Discount)
	}
	return nil
}

// DefaultParams returns the shipped figures.
func DefaultParams() *Params {
	p, err := ReadParams(shippedParams)
	if err != nil {
		panic(err) // the file is part of the program, and a test reads it
	}
	return p
}

// window is the number of half-lives after which a count weighs nothing.
const window = 12

// Horizon returns the first day that still weighs anything for a family.
func (p *Params) Horizon(f *Family, today Day) Day {
	return today - Day(math.Ceil(window*p.Of(f).HalfLife)) - p.Of(f).width()
}

// width is the length of a bucket in days: about an eighth of the half-life.
func (x Param) width() Day { return Day(max(1, math.Round(x.HalfLife/8))) }

// bucket returns the first day of the bucket in which a day lies.
func (x Param) bucket(d Day) Day {
	w := x.width()
	b := d / w
	if d < 0 && d%w != 0 {
		b--
	}
	return b * w
}

// weight is what a count of day d weighs on day t: 2^(−(t−b)/H), nothing from
// the future, nothing older than the window.
func (x Param) weight(d, t Day) float64 {
	if d > t {
		return 0
	}
	age := float64(t - x.bucket(d))
	if age > window*x.HalfLife {
		return 0
	}
	return math.Exp2(-age / x.HalfLife)
}
