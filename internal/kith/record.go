package kith

import "time"

// State is where one (message, recipient) stands (design section 5).
type State string

const (
	StateReceived  State = "received" // intent written, nothing known of the outcome
	StateDelivered State = "delivered"
	StateJunked    State = "junked"
	StateHeld      State = "held"
	StateDeferred  State = "deferred" // the next hop, or kith, said 4xx
	StateRefused   State = "refused"  // the next hop said 5xx
	StateInDoubt   State = "in-doubt" // an intent of a process that died, outcome unknown
	StatePassed    State = "passed"   // milter: handed back to the MTA, which delivers
)

// Record is the journal's row of one (message, recipient). It holds envelope
// facts, the reasoning and the outcome; no text of the mail but its subject,
// which is dropped with the row at the end of the retention.
type Record struct {
	ID        string        `json:"id"`
	Seat      Seat          `json:"seat"`
	QueueID   string        `json:"queue_id,omitempty"`
	Arrived   time.Time     `json:"arrived"`
	Direction Direction     `json:"direction"`
	Why       string        `json:"direction_why,omitempty"` // what the direction was concluded from
	MailFrom  string        `json:"mail_from"`
	From      string        `json:"from,omitempty"` // author's address
	Rcpt      string        `json:"rcpt"`
	Person    string        `json:"person,omitempty"`
	Login     string        `json:"login,omitempty"`
	MessageID string        `json:"message_id,omitempty"`
	Subject   string        `json:"subject,omitempty"`
	Size      int64         `json:"size"`
	Client    string        `json:"client,omitempty"` // border client's address
	Auth      string        `json:"auth,omitempty"`   // e.g. "spf=pass dkim=pass dmarc=pass"
	Gap       string        `json:"gap,omitempty"`    // why less was looked at than there is
	Judged    Judgement     `json:"judged"`
	State     State         `json:"state"`
	Reply     string        `json:"reply,omitempty"`    // the next hop's words
	Attempts  int           `json:"attempts"`           // how often this delivery was begun
	Answered  bool          `json:"answered,omitempty"` // answered from memory: the copy was confirmed before
	Took      time.Duration `json:"took,omitempty"`     // from the end of data to the verdict
}
