package fit

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"kith/internal/kith"
)

// Source says from which set samples come.
type Source struct {
	Name   string `json:"name"`   // of the folder
	Events string `json:"events"` // event file
	Digest string `json:"digest"` // SHA-256 of the event file, in hex
}

// Found is a finding without its evidence.
type Found struct {
	Kind     string     `json:"k"`
	Group    kith.Group `json:"g"`
	Strength float64    `json:"s,omitempty"` // the detector's own measure; 0 = it has none
}

// Sample is one judged (message, recipient), or one sent message, beside its
// truth. Addresses are hashed.
type Sample struct {
	Event    string    `json:"e"`
	At       time.Time `json:"t"`
	Author   string    `json:"a,omitempty"`
	Rcpt     string    `json:"r,omitempty"` // "" for a sent message, which is judged as a whole
	Sent     bool      `json:"sent,omitempty"`
	Scored   bool      `json:"q,omitempty"`
	Truth    Truth     `json:"y"`
	Kind     string    `json:"kind,omitempty"`
	Template string    `json:"template,omitempty"`
	Campaign string    `json:"campaign,omitempty"`
	Found    []Found   `json:"f,omitempty"`

	origin string // name of its set
}

// set names the set that a sample is of.
func (s *Sample) set() string { return s.origin }

// Scored returns the scored samples whose truth counts, in the order of the sets.
func (s *Samples) Scored() []*Sample {
	var out []*Sample
	for i := range s.Sets {
		for j := range s.Sets[i].Samples {
			x := &s.Sets[i].Samples[j]
			if x.origin = s.Sets[i].Source.Name; x.Scored && x.Truth != Other {
				out = append(out, x)
			}
		}
	}
	return out
}

// unit is what counts as one attack: a campaign, or a mail that stands alone.
func (s *Sample) unit() string {
	if s.Campaign != "" {
		return s.origin + " campaign " + s.Campaign
	}
	return s.origin + " event " + s.Event
}

// Set is the samples of one set, in the order of their time.
type Set struct {
	Source  Source
	Samples []Sample
}

// Samples is what weights are fitted on.
type Samples struct {
	Sets []Set
	// Maker names the build that judged. Samples of another build may lack what its
	// detectors did not know.
	Maker string
}

// hidden is the form in which an address stands in samples.
func hidden(address string) string {
	if address == "" {
		return ""
	}
	h := sha256.Sum256([]byte("kith fit " + strings.ToLower(address)))
	return hex.EncodeToString(h[:6])
}

const samplesForm = 1

type samplesHead struct {
	Form  int      `json:"kith_samples"`
	Maker string   `json:"maker"`
	Sets  []Source `json:"sets"`
	Count []int    `json:"count"`
}

// Write writes samples as compressed JSON lines.
func (s *Samples) Write(w io.Writer) error {
	z := gzip.NewWriter(w)
	enc := json.NewEncoder(z)
	head := samplesHead{Form: samplesForm, Maker: s.Maker}
	for i := range s.Sets {
		head.Sets = append(head.Sets, s.Sets[i].Source)
		head.Count = append(head.Count, len(s.Sets[i].Samples))
	}
	if err := enc.Encode(head); err != nil {
		return err
	}
	for i := range s.Sets {
		for j := range s.Sets[i].Samples {
			if err := enc.Encode(&s.Sets[i].Samples[j]); err != nil {
				return err
			}
		}
	}
	return z.Close()
}

// Bounds of a file of samples.
const (
	maxSamples = 20_000_000
	maxSample  = 1 << 20 // bytes of one line
)

// ReadSamples reads what Write wrote.
func ReadSamples(r io.Reader) (*Samples, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("samples: %w; collect them again", err)
	}
	sc := bufio.NewScanner(z)
	sc.Buffer(make([]byte, 64<<10), maxSample)
	next := func(into any) error {
		if !sc.Scan() {
			return errors.Join(sc.Err(), io.ErrUnexpectedEOF)
		}
		return json.Unmarshal(sc.Bytes(), into)
	}
	var head samplesHead
	if err := next(&head); err != nil || head.Form != samplesForm || len(head.Count) != len(head.Sets) {
		return nil, errors.New("samples: this is no file of samples of this version; collect them again")
	}
	out, total := &Samples{Maker: head.Maker}, 0
	for i, src := range head.Sets {
		if head.Count[i] < 0 || total+head.Count[i] > maxSamples {
			return nil, fmt.Errorf("samples: more than %d; collect them again", maxSamples)
		}
		total += head.Count[i]
		set := Set{Source: src}
		for n := range head.Count[i] {
			var x Sample
			if err := next(&x); err != nil {
				return nil, fmt.Errorf("samples: %s, number %d: %w; collect them again", src.Name, n+1, err)
			}
			set.Samples = append(set.Samples, x)
		}
		out.Sets = append(out.Sets, set)
	}
	return out, nil
}
