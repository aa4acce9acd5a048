package pipeline

import (
	"kith/internal/disarm"
	"kith/internal/kith"
	"kith/internal/mailauth"
)

// Head is the one block of fields that enforce puts in front of recipient i's
// copy. id is X-Kith-Id's value, raw the message as received.
func (p *Pipeline) Head(id string, env *kith.Envelope, out *Outcome, i int, raw []byte) []byte {
	b := disarm.Block{ID: id, Verdict: out.Judgements[i].Verdict, AuthResults: mailauth.Field(p.opt().AuthServID, env.MailFrom, out.Auth)}
	if out.Folder(i) != "" {
		b.Carried = kith.ActJunk
	}
	return disarm.HeaderBlock(b, raw)
}
