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

// CommonHead is the block for a seat that has one answer for all recipients (the
// milter). It says what holds for every one of them: where their verdicts
// differ, it says authentication alone, so that nobody reads in his mail what
// was thought of a colleague's copy.
func (p *Pipeline) CommonHead(env *kith.Envelope, out *Outcome, raw []byte) []byte {
	if len(out.Judgements) == 0 {
		return nil
	}
	for _, j := range out.Judgements[1:] {
		if first := out.Judgements[0]; j.Verdict.Score != first.Verdict.Score || j.Verdict.Class != first.Verdict.Class || j.Plan.Done != first.Plan.Done {
			return disarm.AuthBlock(mailauth.Field(p.opt().AuthServID, env.MailFrom, out.Auth), raw)
		}
	}
	return p.Head("", env, out, 0, raw)
}
