package demo

import (
	"path/filepath"

	"kith/internal/plain"
)

// learnedAbout tells one employee, in the employee's language, what was learned.
func (p *printer) learnedAbout(h *lessons) {
	if h == nil {
		return
	}
	lang := h.about.who.Lang
	if p.Lang != "" {
		lang = p.Lang
	}
	page := plain.Portray(lang, h.about.person)
	p.line("%s", p.paint(bold, page.Title))
	p.para("", "", page.Intro)
	p.line("")
	for _, part := range page.Parts {
		p.para("  ", "  ", part.Title)
		for _, l := range part.Lines {
			p.para("  • ", "    ", l)
		}
		p.line("")
	}
	p.para("", "", page.Close)
	p.line("")
	p.commands(page, h.about.who.Address)
}

// commands says how the person can see all of it, and have it erased. The store
// belongs to one kith at a time, and a temporary folder goes when the demo ends.
func (p *printer) commands(page plain.Page, address string) {
	dir := p.Dir
	if dir == "" {
		dir = "kith-demo"
		p.line("  %s demo --once --dir %s", p.Command, dir)
	}
	conf := filepath.Join(dir, "kith.toml")
	p.line("  %s", page.See)
	p.line("    %s export --config %s %s", p.Command, conf, address)
	p.line("  %s", page.Erase)
	p.line("    %s erase --config %s %s", p.Command, conf, address)
	p.line("")
}
