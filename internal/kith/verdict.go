package kith

// Class is what a message is, for one recipient (design section 4).
type Class string

const (
	Normal        Class = "normal"
	Newsletter    Class = "newsletter"
	Graymail      Class = "graymail"
	Spam          Class = "spam"
	Credential    Class = "credential"
	Impersonation Class = "impersonation"
	Payment       Class = "payment"
	Malware       Class = "malware"
	Lateral       Class = "lateral"
	Callback      Class = "callback"
)

// Harmful reports whether a class is one of harm.
func (c Class) Harmful() bool {
	switch c {
	case Credential, Impersonation, Payment, Malware, Lateral, Callback:
		return true
	}
	return false
}

// Band is said to people where data are too few for a probability.
type Band string

const (
	Calm       Band = "calm"       // nothing that a person need look at
	Suspicious Band = "suspicious" // worth a second look
	Harm       Band = "harmful"
)

// Contribution is a finding with what it added to the log-odds, in bits, after
// the caps of its group. The contributions of a verdict and its Prior sum to
// its Score exactly: the sum can be checked by hand (requirement C55).
type Contribution struct {
	Finding Finding `json:"finding"`
	Bits    float64 `json:"bits"`
}

// Verdict is the judgement of one message for one recipient (or for several
// recipients with equal evidence).
type Verdict struct {
	Class       Class          `json:"class"`
	Band        Band           `json:"band"`
	Probability float64        `json:"probability"`       // of harm, 0…1
	Prior       float64        `json:"prior"`             // log2-odds before any finding
	Score       float64        `json:"score"`             // log2-odds with all findings
	Reasons     []Contribution `json:"reasons"`           // strongest first
	Line        float64        `json:"line,omitempty"`    // the score from which this person is warned here, where it took the warning away
	Changed     []string       `json:"changed,omitempty"` // kinds of findings without each of which the band would be lower
}

// Action is what may be done to a component, from lightest to heaviest
// (design section 5). The order of the constants is the order of weight.
type Action int

const (
	ActNone Action = iota
	ActAnnotate
	ActBanner
	ActUnspoof
	ActLockLink
	ActDoubleLockLink
	ActFlatten
	ActStrip
	ActJunk
	ActHold
	ActReject
)

var actionNames = [...]string{"none", "annotate", "banner", "unspoof", "lock-link", "double-lock-link",
	"flatten-attachment", "strip-attachment", "junk", "hold", "reject"}

func (a Action) String() string {
	if a < 0 || int(a) >= len(actionNames) {
		return "none"
	}
	return actionNames[a]
}

// ParseAction is the inverse of String.
func ParseAction(s string) (Action, bool) {
	for i, n := range actionNames {
		if n == s {
			return Action(i), true
		}
	}
	return ActNone, false
}

// MarshalText makes an Action its name in JSON and TOML.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText is the inverse of MarshalText; an unknown name reads as none.
func (a *Action) UnmarshalText(b []byte) error {
	*a, _ = ParseAction(string(b))
	return nil
}

// Mode says whether plans are carried out.
type Mode string

const (
	Shadow  Mode = "shadow"
	Enforce Mode = "enforce"
)

// Step is one action on one component.
type Step struct {
	Action    Action    `json:"action"`
	Component Component `json:"component"`
	Because   string    `json:"because,omitempty"` // kind of the finding that asks for it
}

// Plan is what policy decided for one recipient. Steps are what should be done;
// in Shadow they are what would have been. Done is the action that this program
// really carries out for the plan: none in Shadow, and none heavier than the
// seats can do.
type Plan struct {
	Mode  Mode   `json:"mode"`
	Steps []Step `json:"steps,omitempty"`
	Done  Action `json:"done"`
}

// Heaviest returns the weightiest action of the plan.
func (p Plan) Heaviest() Action {
	h := ActNone
	for _, s := range p.Steps {
		if s.Action > h {
			h = s.Action
		}
	}
	return h
}

// Judgement is everything decided for one recipient of a message.
type Judgement struct {
	Rcpt    string   `json:"rcpt"`             // as given in the envelope
	Person  string   `json:"person,omitempty"` // the directory's address of the person or box behind it
	Kind    RcptKind `json:"kind"`
	Verdict Verdict  `json:"verdict"`
	Plan    Plan     `json:"plan"`
}

// RcptKind tells people from boxes (design section 13): only a person has
// prompts, a budget and a page.
type RcptKind string

const (
	KindPerson   RcptKind = "person"
	KindShared   RcptKind = "shared"
	KindList     RcptKind = "list"
	KindDevice   RcptKind = "device"
	KindCatchAll RcptKind = "catch-all"
	KindExternal RcptKind = "external"
	KindUnknown  RcptKind = "unknown" // ours, but not listed and not yet seen signing in
)
