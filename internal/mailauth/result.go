package mailauth

// Status is a result word of RFC 8601 section 2.7.
type Status string

const (
	None      Status = "none"
	Pass      Status = "pass"
	Fail      Status = "fail"
	SoftFail  Status = "softfail"
	Neutral   Status = "neutral"
	Policy    Status = "policy"
	TempError Status = "temperror"
	PermError Status = "permerror"
	Unchecked Status = "" // nobody looked (authentication off, client unknown, …)
)

// Source says who did the checking.
type Source string

const (
	SourceSelf    Source = "kith"   // checked here
	SourceHeader  Source = "header" // a trusted Authentication-Results field of the border hop
	SourceNothing Source = ""
)

// Signature is the result of one DKIM signature.
type Signature struct {
	Status           Status
	Domain, Selector string // d=, s=
	Reason           string // for people who mend mail servers; never shown to employees
}

// Result is what authentication found for one message. It belongs to the
// message, not to a recipient. The zero value means nobody looked.
type Result struct {
	Source     Source
	AuthServID string // of the trusted header, when Source is SourceHeader

	SPF       Status
	SPFDomain string // the domain that SPF spoke for (MAIL FROM, or HELO for the null sender)

	DKIM        []Signature // in the order in which they stand in the header
	DMARC       Status
	DMARCPolicy string // "none", "quarantine", "reject", "" = no record
	FromDomain  string // the author's domain that DMARC looked at
	ARC         Status
	ARCSealer   string // d= of the newest seal, when ARC was looked at

	// Aligned lists the domains that vouch for the author: an SPF or DKIM domain
	// in alignment with FromDomain, strict where the owner's record asks for it
	// (RFC 9989 section 4.4), or one that a trusted ARC sealer saw so aligned.
	Aligned []string
}

// Proven reports whether the author's domain is vouched for.
func (r Result) Proven() bool { return len(r.Aligned) > 0 }

// DKIMStatus sums the signatures up in one word: pass when any passes, else the
// first that is not none.
func (r Result) DKIMStatus() Status {
	s := None
	if r.Source == SourceNothing {
		return Unchecked
	}
	for _, g := range r.DKIM {
		if g.Status == Pass {
			return Pass
		}
		if s == None {
			s = g.Status
		}
	}
	return s
}
