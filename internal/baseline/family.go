package baseline

import "slices"

// Level is a kind of context. The numbers stand in stored rows and are never
// used again; their order is the order in which a batch is folded and rows are
// locked: a child before its parent.
type Level uint8

const (
	Pair      Level = 1  // one author and one employee
	Author    Level = 2  // one author (From address)
	Domain    Level = 3  // the author's registrable domain
	Org       Level = 4  // everybody's mail, one row for each group of families
	Person    Level = 5  // what one employee gets
	Name      Level = 6  // one display name
	User      Level = 7  // what one employee sends
	Probation Level = 8  // an author's mail that nothing proved to be his
	Thread    Level = 9  // one Message-ID: by which line it came, so that an answer can vouch for that line
	Circle    Level = 10 // who stands beside whom on what one employee sends
	Likeness  Level = 11 // what a domain looks like: one of the forms under which a known one is found again
)

var levelNames = [...]string{
	Pair: "pair", Author: "author", Domain: "domain", Org: "organisation", Person: "person", Name: "name", User: "user",
	Probation: "probation", Thread: "thread", Circle: "circle", Likeness: "likeness",
}

// String names the level in one word, as docs/habits.md does.
func (l Level) String() string {
	if int(l) < len(levelNames) && levelNames[l] != "" {
		return levelNames[l]
	}
	return "unknown"
}

// Event says which mail teaches a family.
type Event uint8

const (
	Received Event = 1 << iota // mail that reached one of us
	Sent                       // mail that one of us signed in to send
)

// Privacy says whose a family's values are and how far they may be shown.
type Privacy string

const (
	Technical Privacy = "technical" // how programs and hosts are set up
	Relation  Privacy = "relation"  // who writes to whom
	Behaviour Privacy = "behaviour" // when and how a person writes
	Content   Privacy = "content"   // words and numbers out of a mail, hashed
)

// Family declares one habit. This list is the only place where one is declared:
// its number, chain and meaning. The parameters θ, d and H stand in params.toml,
// written by kith fit.
type Family struct {
	Num     uint8    // stands in stored rows; never used again
	ID      string   // stable name
	Chain   []Level  // contexts from narrow to wide; the first is taught, the others count presence in their children
	Closed  []string // all values of a closed family; nil = open
	Teach   Event
	Privacy Privacy
	Sees    string // what the value is, one line of plain English
	Many    int    // how many values of one mail are taught and asked; 0 = 1
	Loud    bool   // its values may be shown to people and are interned
	Group   uint8  // which row of Org it lies in
	Told    bool   // never taught: the fold counts it out of the days of the narrower rows
}

// daily reports whether a family counts days in a level's row, once each, however
// many mails; else it counts children, or their days.
func (f *Family) daily(l Level) bool { return f.Chain[0] == l && !f.Told }

// Values returns how many values of one mail count.
func (f *Family) Values() int { return max(f.Many, 1) }

// Parent returns the next wider level of the chain after l.
func (f *Family) Parent(l Level) (Level, bool) {
	if i := slices.Index(f.Chain, l); i >= 0 && i+1 < len(f.Chain) {
		return f.Chain[i+1], true
	}
	return 0, false
}

var (
	byAuthor = []Level{Author, Domain, Org}
	byPair   = []Level{Pair, Author, Domain}
)

// The families. Standing is read by every sentence; the others by detectors.
var (
	Standing    = add(Family{Num: 1, ID: "standing", Chain: byPair, Closed: []string{In, Out, Own}, Teach: Received | Sent, Privacy: Relation, Sees: "that somebody wrote to one of us, or one of us to him"})
	DisplayName = add(Family{Num: 2, ID: "name", Chain: []Level{Author}, Teach: Received, Privacy: Relation, Sees: "the name an author shows", Loud: true})
	ReplyTo     = add(Family{Num: 3, ID: "reply-to", Chain: byAuthor, Teach: Received, Privacy: Technical, Sees: "where an answer would go", Loud: true})
	ReturnPath  = add(Family{Num: 4, ID: "return-path", Chain: byAuthor, Teach: Received, Privacy: Technical, Sees: "where a bounce would go", Loud: true})
	Proof       = add(Family{Num: 5, ID: "proof", Chain: byAuthor, Teach: Received, Privacy: Technical, Sees: "which checks vouch for the author"})
	Hop         = add(Family{Num: 6, ID: "hop", Chain: byAuthor, Teach: Received, Privacy: Technical, Sees: "whose server hands the author's mail to ours", Loud: true})
	Mailer      = add(Family{Num: 7, ID: "mailer", Chain: byAuthor, Teach: Received | Sent, Privacy: Technical, Sees: "the program that wrote the mail", Loud: true})
	MIMEShape   = add(Family{Num: 8, ID: "mime-shape", Chain: byAuthor, Teach: Received | Sent, Privacy: Technical, Sees: "how the parts of a mail are nested"})
	Boundary    = add(Family{Num: 9, ID: "boundary", Chain: byAuthor, Teach: Received | Sent, Privacy: Technical, Sees: "the form of the line between parts"})
	MessageID   = add(Family{Num: 10, ID: "message-id", Chain: byAuthor, Teach: Received | Sent, Privacy: Technical, Sees: "the form of the Message-ID"})
	HeaderOrder = add(Family{Num: 11, ID: "header-order", Chain: byAuthor, Teach: Received | Sent, Privacy: Technical, Sees: "the order in which the author's program writes its fields"})
	HeaderStyle = add(Family{Num: 12, ID: "header-style", Chain: byAuthor, Teach: Received | Sent, Privacy: Technical, Sees: "how the author's program folds and encodes its fields"})
	Charset     = add(Family{Num: 13, ID: "charset", Chain: byAuthor, Teach: Received | Sent, Privacy: Technical, Sees: "the character set and encoding of the text"})
	Zone        = add(Family{Num: 14, ID: "zone", Chain: byAuthor, Teach: Received | Sent, Privacy: Behaviour, Sees: "the time zone of the author's clock", Loud: true})
	Language    = add(Family{Num: 15, ID: "language", Chain: byAuthor, Teach: Received | Sent, Privacy: Content, Sees: "the language of the text", Loud: true})
	Hour        = add(Family{Num: 16, ID: "hour", Chain: []Level{Author, Org}, Closed: hours(), Teach: Received | Sent, Privacy: Behaviour, Sees: "the time of week at which the author writes"})
	LinkHost    = add(Family{Num: 17, ID: "link-host", Chain: byAuthor, Teach: Received | Sent, Privacy: Content, Sees: "where the author's links lead", Many: 8, Loud: true, Group: 1})
	Attachment  = add(Family{Num: 18, ID: "attachment", Chain: byAuthor, Teach: Received | Sent, Privacy: Content, Sees: "the kinds of files the author sends", Many: 6, Loud: true})
	FileToken   = add(Family{Num: 19, ID: "file-token", Chain: []Level{Author}, Teach: Received | Sent, Privacy: Content, Sees: "words in the names of files the author sends", Many: 6})
	Account     = add(Family{Num: 20, ID: "account", Chain: []Level{Author, Domain}, Teach: Received, Privacy: Content, Sees: "the account numbers the author names", Many: 4})
	Ask         = add(Family{Num: 21, ID: "ask", Chain: byAuthor, Teach: Received | Sent, Privacy: Content, Sees: "what the author's mails ask for", Many: 6, Loud: true})
	Salutation  = add(Family{Num: 22, ID: "salutation", Chain: []Level{Pair, Author}, Teach: Received, Privacy: Behaviour, Sees: "how the author greets one employee"})
	SignOff     = add(Family{Num: 23, ID: "sign-off", Chain: []Level{Author}, Teach: Received | Sent, Privacy: Behaviour, Sees: "how the author ends a mail"})
	Phone       = add(Family{Num: 24, ID: "phone", Chain: []Level{Author, Domain}, Teach: Received, Privacy: Content, Sees: "the telephone numbers the author names", Many: 4})
	Newness     = add(Family{Num: 25, ID: "newness", Chain: []Level{Person}, Closed: []string{KnownAuthor, NewAuthor}, Teach: Received, Privacy: Behaviour, Sees: "how many of those who write to an employee on a day are new to him", Told: true})
	NameAddress = add(Family{Num: 26, ID: "address-of-name", Chain: []Level{Name}, Teach: Received | Sent, Privacy: Relation, Sees: "the addresses that bear a name", Loud: true})
	Recipient   = add(Family{Num: 27, ID: "recipient", Chain: []Level{User}, Teach: Sent, Privacy: Relation, Sees: "to whom an employee writes", Many: 20})
	Together    = add(Family{Num: 28, ID: "recipient-pair", Chain: []Level{Circle}, Teach: Sent, Privacy: Relation, Sees: "who stands beside whom on an employee's mail", Many: 45})
	Set         = add(Family{Num: 29, ID: "recipient-set", Chain: []Level{User}, Teach: Sent, Privacy: Relation, Sees: "the whole group an employee writes to"})
	Network     = add(Family{Num: 30, ID: "network", Chain: []Level{User}, Teach: Sent, Privacy: Behaviour, Sees: "the network from which an employee sends"})
	SubjectWord = add(Family{Num: 31, ID: "subject-token", Chain: []Level{Person}, Teach: Received, Privacy: Content, Sees: "words in the subjects an employee gets", Many: 6})
	Answered    = add(Family{Num: 32, ID: "answered-line", Chain: []Level{Probation}, Teach: Sent, Privacy: Technical, Sees: "by which server a mail came that one of us answered"})
	KnownDomain = add(Family{Num: 33, ID: "known-domain", Chain: []Level{Likeness}, Teach: Received, Privacy: Relation, Sees: "the domains of those we write with, found by what they look like", Loud: true})
)

// Values of the closed families.
const (
	In          = "in"    // the author wrote to the employee
	Out         = "out"   // the employee wrote to the author
	Own         = "own"   // the author is one of us and signed in
	KnownAuthor = "known" // somebody wrote who had written before
	NewAuthor   = "new"   // somebody wrote for the first time
	None        = "-"     // taught where a mail has no value of a family with many: it counts what is known
)

var (
	families []*Family
	byNum    [256]*Family
)

func add(f Family) *Family {
	if byNum[f.Num] != nil {
		panic("family number " + f.ID + " is taken by " + byNum[f.Num].ID)
	}
	byNum[f.Num] = &f
	families = append(families, &f)
	return &f
}

// Levels returns all levels that rows can have.
func Levels() (all []Level) {
	for l := Pair; l <= Likeness; l++ {
		all = append(all, l)
	}
	return all
}

// Families returns all families in the order of their numbers.
func Families() []*Family { return slices.Clone(families) }

// FamilyNamed returns the family with an id, or nil.
func FamilyNamed(id string) *Family {
	for _, f := range families {
		if f.ID == id {
			return f
		}
	}
	return nil
}
