package facts

import "kith/internal/mail"

// maxAddressed bounds the recipients that are read from a header.
const maxAddressed = 1000

// Addressed returns the case of a sent mail of which this message is a copy
// (Postfix's sender_bcc_maps): its recipients are those of the header, for the
// envelope has only the address that copies go to. Nothing is known of them yet.
func (c *Case) Addressed() *Case {
	sent := *c
	sent.Rcpts, sent.Known = nil, nil
	for _, list := range [][]mail.Address{c.Mail.To, c.Mail.Cc} {
		for _, a := range list {
			if a.Addr != "" && len(sent.Rcpts) < maxAddressed {
				sent.Rcpts = append(sent.Rcpts, RcptFacts{Given: a.Addr, Entry: c.Dir.Lookup(a.Addr)})
			}
		}
	}
	sent.sendingValues()
	return &sent
}
