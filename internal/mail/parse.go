package mail

// parser holds the state of one Parse. It walks the bytes once, from the first
// to the last: the delimiters of all open multiparts are looked for at the same
// time, so that an unclosed inner part ends where an outer one says, and the
// cost does not grow with the number of levels left open.
type parser struct {
	m      *Message
	raw    []byte
	lim    Limits
	open   []boundary // of the multiparts being read, outermost first
	budget *budget
	loose  bool   // take lines that only begin with a delimiter as one
	hint   string // the first charset that the message names, for raw bytes in headers
}

// budget is what a message and the messages inside it share.
type budget struct {
	parts    int // still allowed
	depth    int // still allowed
	messages int // still allowed: messages inside messages
}

// maxMessages bounds messages inside messages apart from Limits.Depth: the bytes
// of each are walked once more.
const maxMessages = 10

// Parse reads header and MIME structure. It never fails: a message that cannot
// be read as meant is read as well as can be, and Oddities says so. raw must
// not be changed afterwards; the message refers to it. It looks at no content
// (see Look) and takes some ten microseconds for an ordinary mail.
func Parse(raw []byte, lim Limits) *Message {
	return parse(raw, lim, &budget{parts: lim.Parts, depth: lim.Depth, messages: maxMessages})
}

func parse(raw []byte, lim Limits, b *budget) *Message {
	m := &Message{Raw: raw, lim: lim}
	p := &parser{m: m, raw: raw, lim: lim, budget: b}
	defer p.rescue()
	p.structure()
	p.fill()
	m.sortOddities()
	return m
}

// rescue turns a fault of ours into a fact about the message: mail flows. The
// tests and the fuzzers hold that it is never needed.
func (p *parser) rescue() {
	if r := recover(); r != nil {
		p.m.note(Oddity{ID: "could-not-look", Detail: "parse", Ambiguous: true})
		if p.m.Root == nil {
			p.m.Root = &Part{Path: "0", End: len(p.raw), Type: "text/plain", of: p.m}
		}
	}
}

func (p *parser) structure() {
	p.m.Root, _ = p.entity(0, "", "text/plain")
	p.m.Header = p.m.Root.Header
	if !isMultipart(p.m.Root) {
		p.m.Root.Path = "0"
	}
}
