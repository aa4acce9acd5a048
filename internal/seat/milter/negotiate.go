package milter

import (
	gomilter "github.com/d--j/go-milter"

	"kith/internal/kith"
)

// wantedProtocol is asked for where the MTA offers it. No reply but the last:
// an MTA waits for each reply that was not waived. RCPT is not answered either,
// as kith refuses no single recipient. SMFIP_HDR_LEADSPC keeps the white space
// after the colon, without which "simple" DKIM header signatures (RFC 6376
// section 3.4.1) would fail.
const wantedProtocol = gomilter.OptNoReplies | gomilter.OptNoUnknown | gomilter.OptHeaderLeadingSpace

// wantedActions is what enforce needs; shadow asks for none of it.
const wantedActions = gomilter.OptAddHeader | gomilter.OptChangeHeader

// wantedMacros names the macros that are read, and no more: each stage's macros
// are a packet of their own. The recipient comes with its event, so its stage
// asks only for the queue id. Postfix has a queue id from the first accepted
// recipient on, Sendmail from the start.
var wantedMacros = [...]struct {
	stage gomilter.MacroStage
	names []gomilter.MacroName
}{
	{gomilter.StageConnect, []gomilter.MacroName{"j", "{daemon_name}", "{client_addr}"}},
	{gomilter.StageHelo, []gomilter.MacroName{"{tls_version}"}},
	{gomilter.StageMail, []gomilter.MacroName{"{auth_authen}", "{auth_type}"}},
	{gomilter.StageRcpt, []gomilter.MacroName{"i"}},
	{gomilter.StageData, []gomilter.MacroName{"i"}},
	{gomilter.StageEOH, []gomilter.MacroName{"i"}},
	{gomilter.StageEOM, []gomilter.MacroName{"i"}},
}

// negotiate takes what is both wanted and offered, so that an old MTA is served
// by more replies instead of being turned away.
func (s *Server) negotiate(mtaVersion, ourVersion uint32, mtaActions, _ gomilter.OptAction, mtaProtocol, _ gomilter.OptProtocol, _ gomilter.DataSize) (uint32, gomilter.OptAction, gomilter.OptProtocol, gomilter.DataSize, error) {
	actions := gomilter.OptSetMacros
	if s.opt.Mode() == kith.Enforce {
		actions |= wantedActions
	}
	return min(mtaVersion, ourVersion), mtaActions & actions, mtaProtocol & wantedProtocol, gomilter.DataSize64K, nil
}

// library returns the protocol server of one listener.
func (s *Server) library(role Role) *gomilter.Server {
	opts := []gomilter.Option{
		gomilter.WithNegotiationCallback(s.negotiate),
		gomilter.WithDynamicMilter(func(_ uint32, _ gomilter.OptAction, protocol gomilter.OptProtocol, _ gomilter.DataSize) gomilter.Milter {
			return &session{server: s, listener: role, leadingSpace: protocol&gomilter.OptHeaderLeadingSpace != 0}
		}),
	}
	for _, w := range wantedMacros {
		opts = append(opts, gomilter.WithMacroRequest(w.stage, w.names))
	}
	return gomilter.NewServer(opts...)
}
