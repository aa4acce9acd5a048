package facts

// maxAddressed bounds the recipients that are read from a header.
const maxAddressed = 1000

// Addressed returns the case of a sent mail of which this message is a copy
// (Postfix's sender_bcc_maps): its recipients are those of the header, for the
// envelope has only the address that copies go to. Nothing is known of them yet.
func (c *Case) Addressed() *Case {
	sent := *c
	sent.Rcpts, sent.Known = nil, nil
	for _, addr := range c.Mail.Addressed(maxAddressed) {
		sent.Rcpts = append(sent.Rcpts, RcptFacts{Given: addr, Entry: c.Dir.Lookup(addr)})
	}
	sent.sendingValues()
	return &sent
}
