package kith

import "time"

// Group is one of the three kinds of reason of design section 4. Unlike alone
// never acts, Asks alone never acts; both together may; Decisive may by itself.
type Group string

const (
	Unlike   Group = "unlike"
	Asks     Group = "asks"
	Decisive Group = "decisive"
)

// ComponentKind names the part of a message that a finding is about.
type ComponentKind string

const (
	PartMessage    ComponentKind = "message"
	PartSender     ComponentKind = "sender"   // the author (From)
	PartReplyTo    ComponentKind = "reply-to" // where an answer would go
	PartLink       ComponentKind = "link"
	PartAttachment ComponentKind = "attachment"
	PartText       ComponentKind = "text"
)

// Component points at one part: Index counts links or attachments from 0 in
// the order in which mail.Message lists them, and is 0 elsewhere.
type Component struct {
	Kind  ComponentKind `json:"kind"`
	Index int           `json:"index,omitempty"`
}

// EvidenceType says how a piece of evidence may be shown. It is closed, so that
// every language can say every piece.
type EvidenceType string

const (
	EvCount   EvidenceType = "count"
	EvName    EvidenceType = "name"
	EvAddress EvidenceType = "address"
	EvHost    EvidenceType = "host"
	EvFile    EvidenceType = "file"
	EvTime    EvidenceType = "time"
	EvText    EvidenceType = "text" // a machine word such as a result or a limit's name
)

// Evidence is one fact that a sentence may cite. Key is the name under which
// the sentence asks for it ("file", "claimed", "domain").
type Evidence struct {
	Key  string       `json:"key"`
	Type EvidenceType `json:"type"`
	Text string       `json:"text,omitempty"`
	N    int64        `json:"n,omitempty"`
	Time time.Time    `json:"time,omitzero"`
}

// Finding is one thing that a detector noticed. Kind is the stable id
// "area.what" (never renamed, never used again); Strength is in bits: how much
// more common the thing is in harmful than in ordinary mail, as a base-2 log
// ratio, ≥ 0.
type Finding struct {
	Kind      string     `json:"kind"`
	Group     Group      `json:"group"`
	Component Component  `json:"component"`
	Strength  float64    `json:"strength"`
	Evidence  []Evidence `json:"evidence,omitempty"`
}

// Find returns the evidence with the given key.
func (f Finding) Find(key string) (Evidence, bool) {
	for _, e := range f.Evidence {
		if e.Key == key {
			return e, true
		}
	}
	return Evidence{}, false
}
