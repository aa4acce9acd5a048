package directory

import "kith/internal/kith"

// Entry is one person or box of ours, or the answer "nobody of ours".
type Entry struct {
	Address    string // main address, normalised; "" when unknown
	Name       string
	Names      []string // further names the person goes by
	Aliases    []string // further addresses, normalised
	Roles      []string // "executive", "finance", "assistant", "developer", …
	Manager    string
	Lang       string // "en", "de", "ja", "ko"; "" = the organisation's
	Kind       kith.RcptKind
	Discovered bool // seen, not listed
}
