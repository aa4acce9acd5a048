package facts

import (
	"time"

	"kith/internal/baseline"
	"kith/internal/border"
	"kith/internal/directory"
	"kith/internal/kith"
	"kith/internal/mail"
	"kith/internal/mailauth"
)

// Case is everything that a detector may ask about one message, gathered once
// and read-only. What differs by recipient stands in Rcpts, in the order of the
// envelope.
type Case struct {
	Envelope  *kith.Envelope
	Mail      *mail.Message
	Auth      mailauth.Result
	Direction kith.Direction
	Why       string     // what the direction was concluded from
	Hop       border.Hop // the first foreign hop: the client that our border saw

	Author     directory.Entry // who the From address is among ours; Kind KindExternal when nobody of ours
	AuthorAddr string          // From address, normalised (directory.Normalize); "" when there is none
	AuthorName string          // display name of From

	Rcpts []RcptFacts
	Dir   *directory.Directory // for look-ups by name or domain; read-only snapshot
	Gaps  []string             // what could not be asked in time ("dns", "directory", …)
	Now   time.Time

	Values Values         // what the message shows of each family of habits
	Known  *baseline.View // what was learned that bears on it; nil = nothing is known
}

// RcptFacts is what is known of one recipient.
type RcptFacts struct {
	Given string // as in the envelope
	Entry directory.Entry

	Values Values         // the families that differ by recipient
	Known  *baseline.View // Case.Known with what is known of this recipient
	Line   baseline.Value // by which line the mail came that this one answers to him; 0 = it answers none that is remembered
}
