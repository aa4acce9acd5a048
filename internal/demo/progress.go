package demo

import (
	"fmt"
	"strconv"
	"time"

	"github.com/schollz/progressbar/v3"
)

// begin introduces.
func (p *printer) begin() {
	p.para("", "", "Gartenklang makes wind chimes in Hamburg, Leeds, Osaka and Seoul. It is made up, and so are its "+
		"twelve people and all who write to them.")
	p.line("")
}

// learning tells that the mail of the months before is about to be read.
func (p *printer) learning(total int64) {
	p.para("", "", fmt.Sprintf("First kith reads the mail that they already have: %s mails of three months in their mailboxes.", number(int(total))))
	p.line("")
	p.count(int(total), "learning")
}

// count begins to show how far something is.
func (p *printer) count(total int, what string) {
	p.total = total
	if p.Live {
		p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(p.Out), progressbar.OptionSetDescription(what),
			progressbar.OptionSetWidth(50), progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(false),
			progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(30*time.Millisecond))
	}
}

// learned tells that n mails were read.
func (p *printer) learned(n int64) {
	switch {
	case p.bar != nil:
		p.bar.Set64(n)
	case n%1000 == 0:
		p.line("  %s of %s mails are read", number(int(n)), number(p.total))
	}
}

// learnt tells that all were.
func (p *printer) learnt() {
	if p.bar != nil {
		p.bar.Finish()
		p.bar = nil
	}
}

// studied tells what came of the mail of the months before.
func (p *printer) studied(h *lessons) {
	p.para("  ", "  ", fmt.Sprintf("learned from %s of them in %.1f seconds, %s to %s", number(h.Messages), h.took.Seconds(), h.from.Format("2 January"), h.to.Format("2 January 2006")))
	p.para("  ", "  ", fmt.Sprintf("One incident a week is among it, %d in all: %d lie in Junk, which is not read; of the other %d kith sees by itself that there is nothing to learn from them.",
		h.incidents, h.junked, h.incidents-h.junked))
	p.line("")
}

// playing tells that the mail of today is about to come.
func (p *printer) playing(total int) {
	p.para("", "", fmt.Sprintf("Now kith runs on what it learned, and %d mails of today go through its real seats.", total))
	p.line("")
	p.count(total, "mail")
}

// step tells that n mails are through.
func (p *printer) step(n int) {
	switch {
	case p.bar != nil:
		p.bar.Set(n)
	case n%20 == 0 || n == p.total:
		p.line("  %d of %d mails are through", n, p.total)
	}
}

// number writes a number as English does.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
