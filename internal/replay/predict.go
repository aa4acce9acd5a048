package replay

import (
	"encoding/json"
	"io"

	"kith/internal/kith"
	"kith/internal/pipeline"
)

// delivered is the prediction for one recipient of an arriving message.
type delivered struct {
	ID      string   `json:"id"`
	Rcpt    string   `json:"rcpt"`
	Score   float64  `json:"score"`  // log2 of the odds that it is harmful
	Action  string   `json:"action"` // the heaviest of the plan; in shadow too
	Class   string   `json:"class"`
	Reasons []reason `json:"reasons,omitempty"`
	*clutter
}

// clutter is said beside it where a set asks what an employee wants.
type clutter struct {
	Unwanted float64 `json:"unwanted"`
	Pull     bool    `json:"pull"`
	Folder   *string `json:"folder"`
}

// submitted is the prediction for one recipient of a sent message. Score asks
// whether the account is taken over, Doubt whether this recipient is meant.
type submitted struct {
	ID       string   `json:"id"`
	Rcpt     string   `json:"rcpt"` // "*" speaks of the mail as a whole
	Score    float64  `json:"score"`
	Doubt    float64  `json:"doubt"` // 0…1
	Suggest  []string `json:"suggest"`
	Decision string   `json:"decision"` // send, nudge, hold
	Reasons  []reason `json:"reasons,omitempty"`
}

type reason struct {
	Kind string  `json:"kind"`
	Bits float64 `json:"bits"`
}

// predict writes what was said of a message, a line for each recipient.
func (r *Replay) predict(w io.Writer, ev *Event, out *pipeline.Outcome) (lines int, err error) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i, j := range out.Judgements {
		var line any
		if ev.Kind == Submit {
			line = submittedLine(ev, ev.Rcpts[i], j)
		} else {
			line = r.deliveredLine(ev, ev.Rcpts[i], j)
		}
		if err := enc.Encode(line); err != nil {
			return lines, err
		}
		lines++
	}
	return lines, nil
}

func (r *Replay) deliveredLine(ev *Event, rcpt string, j kith.Judgement) delivered {
	v := j.Verdict
	d := delivered{ID: ev.ID, Rcpt: rcpt, Score: v.Score, Action: j.Plan.Heaviest().String(), Class: classWord(v), Reasons: reasons(v)}
	if r.o.Clutter {
		// Nobody has asked for a folder yet, and unwanted is all that is not calm.
		d.clutter = &clutter{Unwanted: v.Probability, Pull: v.Band == kith.Harm}
	}
	return d
}

func submittedLine(ev *Event, rcpt string, j kith.Judgement) submitted {
	v := j.Verdict
	s := submitted{ID: ev.ID, Rcpt: rcpt, Score: v.Score, Doubt: v.Probability, Suggest: []string{}, Decision: "send", Reasons: reasons(v)}
	switch v.Band {
	case kith.Harm:
		s.Decision = "hold"
	case kith.Suspicious:
		s.Decision = "nudge"
	}
	return s
}

// classWord is the class in the words of the sets: "spam" and "harmful" are
// said only where kith says so itself, by the band that acts.
func classWord(v kith.Verdict) string {
	switch {
	case v.Band == kith.Harm && v.Class.Harmful():
		return "harmful"
	case v.Band == kith.Suspicious:
		return "suspicious"
	}
	return string(v.Class)
}

func reasons(v kith.Verdict) []reason {
	out := make([]reason, len(v.Reasons))
	for i, c := range v.Reasons {
		out[i] = reason{Kind: c.Finding.Kind, Bits: c.Bits}
	}
	return out
}
