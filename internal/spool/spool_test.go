package spool

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestRoundTripBelowAndAboveMemory(t *testing.T) {
	for _, n := range []int{0, 1, 99, 100, 101, 1 << 20} {
		r := &Room{Dir: t.TempDir(), Memory: 100, Message: 2 << 20, Total: 4 << 20}
		in := bytes.Repeat([]byte("0123456789abcdef\r\n"), n/18+1)[:n]
		f := r.New()
		if _, err := f.ReadFrom(bytes.NewReader(in)); err != nil {
			t.Fatal(n, err)
		}
		if !bytes.Equal(f.Bytes(), in) || f.Digest() != sha256.Sum256(in) || f.Size() != int64(n) {
			t.Errorf("%d bytes came back otherwise", n)
		}
		if left, _ := os.ReadDir(r.Dir); len(left) != 0 {
			t.Errorf("%d bytes: a file has a name", n)
		}
		f.Close()
		if r.Used() != 0 {
			t.Errorf("%d bytes: %d still counted", n, r.Used())
		}
	}
}

func TestLimits(t *testing.T) {
	r := &Room{Dir: t.TempDir(), Memory: 10, Message: 1000, Total: 1500}
	a, b := r.New(), r.New()
	if _, err := a.ReadFrom(strings.NewReader(strings.Repeat("x", 1001))); !errors.Is(err, ErrTooBig) {
		t.Errorf("too big: %v", err)
	}
	a.Close()
	a = r.New()
	a.ReadFrom(strings.NewReader(strings.Repeat("x", 900)))
	if _, err := b.ReadFrom(strings.NewReader(strings.Repeat("x", 900))); !errors.Is(err, ErrFull) {
		t.Errorf("full: %v", err)
	}
	b.Close()
	a.Close()
	r.Dir = "/nonexistent"
	c := r.New()
	if _, err := c.ReadFrom(strings.NewReader(strings.Repeat("x", 900))); !errors.Is(err, ErrFull) {
		t.Errorf("no folder: %v", err)
	}
	c.Close()
	if r.Used() != 0 {
		t.Errorf("%d bytes leaked", r.Used())
	}
}
