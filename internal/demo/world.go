package demo

import (
	"strings"
	"time"

	// The demo's clocks stand in four zones, also where a machine knows none.
	_ "time/tzdata"
)

// Our own part of the made-up world.
const (
	ourDomain = "gartenklang.example"
	ourMX     = "mx.gartenklang.example"
	ourMXAddr = "198.51.100.10"
	office    = "198.51.100.77" // where employees sign in from

	// frontServer is the name under which the mail filter that Gartenklang had
	// before kith wrote down what it found. kith is told to believe it.
	frontServer = "filter.gartenklang.example"
)

// offices are the zones of the employees by their language: there is one office
// for each.
var offices = map[string]string{"de": hamburg, "en": leeds, "ja": osaka, "ko": seoul}

const (
	hamburg = "Europe/Berlin"
	leeds   = "Europe/London"
	osaka   = "Asia/Tokyo"
	seoul   = "Asia/Seoul"
)

// location is a time zone by name, Hamburg's by default.
func location(name string) *time.Location {
	if name == "" {
		name = hamburg
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC // not reached: the zones are built in
	}
	return l
}

// host is a mail server of somebody else, with the records that its owner
// publishes.
type host struct {
	domain string
	helo   string
	addr   string
	dkim   bool   // its mail is signed for the author's domain
	dmarc  string // policy of the domain; "" = no DMARC record
	spf    string // "" = exactly addr
	zone   string // of its owner's clock; "" = Hamburg's
}

// hosts are the domains of the made-up world. A mail comes from the host of its
// author's domain unless it says that it came by another (Via).
var hosts = []host{
	{domain: ourDomain, helo: ourMX, addr: ourMXAddr, dmarc: "reject"},

	// Those we buy from.
	{domain: "nordholz.example", helo: "mail.nordholz.example", addr: "203.0.113.11", dkim: true, dmarc: "quarantine"},
	{domain: "klangguss.example", helo: "mx1.klangguss.example", addr: "203.0.113.12"},
	{domain: "pennine-metals.example", helo: "out.pennine-metals.example", addr: "203.0.113.13", dkim: true, dmarc: "none", zone: leeds},
	{domain: "naniwa-soko.example", helo: "smtp.naniwa-soko.example", addr: "203.0.113.14", dkim: true, zone: osaka},
	{domain: "hanbit-box.example", helo: "mail.hanbit-box.example", addr: "203.0.113.15", zone: seoul},
	{domain: "steuer-behrens.example", helo: "mail.steuer-behrens.example", addr: "203.0.113.16", dkim: true, dmarc: "reject"},
	{domain: "frachtwerk.example", helo: "notify.frachtwerk.example", addr: "203.0.113.17", dkim: true, dmarc: "reject"},
	{domain: "hansebank.example", helo: "mta3.hansebank.example", addr: "203.0.113.18", dkim: true, dmarc: "reject"},
	{domain: "codeplatz.example", helo: "out-21.codeplatz.example", addr: "203.0.113.19", dkim: true, dmarc: "reject"},
	{domain: "hanseklinik.example", helo: "mail.hanseklinik.example", addr: "203.0.113.20", dkim: true},

	// Those who buy from us.
	{domain: "gaertnerei-lindhof.example", helo: "mail.gaertnerei-lindhof.example", addr: "203.0.113.31"},
	{domain: "parkhill-gardens.example", helo: "mail.parkhill-gardens.example", addr: "203.0.113.32", dkim: true, dmarc: "none", zone: leeds},
	{domain: "midori-en.example", helo: "ns.midori-en.example", addr: "203.0.113.33", zone: osaka},
	{domain: "haneul-garden.example", helo: "mail.haneul-garden.example", addr: "203.0.113.34", dkim: true, zone: seoul},
	{domain: "freemail.example", helo: "mout.freemail.example", addr: "203.0.113.35", dkim: true, dmarc: "reject"},

	// Who writes to many.
	{domain: "gartenbrief.example", helo: "mail.gartenbrief.example", addr: "203.0.113.51", dkim: true, dmarc: "none"},
	{domain: "craft-weekly.example", helo: "mail.craft-weekly.example", addr: "203.0.113.52", dkim: true, dmarc: "reject", zone: leeds},
	{domain: "zoen-times.example", helo: "mail.zoen-times.example", addr: "203.0.113.53", dkim: true, zone: osaka},
	{domain: "jeongwon-letter.example", helo: "mail.jeongwon-letter.example", addr: "203.0.113.54", dkim: true, zone: seoul},
	{domain: "klangtage.example", helo: "www.klangtage.example", addr: "203.0.113.55"},
	{domain: "rundbrief.example", helo: "post.rundbrief.example", addr: "203.0.113.60"},
	{domain: "glockenliste.example", helo: "lists.glockenliste.example", addr: "203.0.113.61", dkim: false},

	// Who means no good. Their records are in order: anybody can publish some.
	{domain: "edu-info-center.example", helo: "mail.edu-info-center.example", addr: "192.0.2.11", dkim: true, dmarc: "none"},
	{domain: "gartenk1ang.example", helo: "mail.gartenk1ang.example", addr: "192.0.2.12", dkim: true, dmarc: "none"},
	{domain: "hansebank-kundenservice.example", helo: "s1.hansebank-kundenservice.example", addr: "192.0.2.13", dkim: true, dmarc: "none"},
	{domain: "gartenklang-versand.example", helo: "mail.gartenklang-versand.example", addr: "192.0.2.14", dkim: true},
	{domain: "frachtwerk-info.example", helo: "vps8.frachtwerk-info.example", addr: "192.0.2.15"},
	{domain: "nordho1z.example", helo: "mail.nordho1z.example", addr: "192.0.2.16", dkim: true, dmarc: "none"},
	{domain: "dynamic.example", helo: "host-9-17.dynamic.example", addr: "192.0.2.17"},
}

// hostOf returns the host of a domain; nil when nobody has it.
func hostOf(domain string) *host {
	for i := range hosts {
		if strings.EqualFold(hosts[i].domain, domain) {
			return &hosts[i]
		}
	}
	return nil
}

// selector is where every domain publishes the demo's one key.
const selector = "demo"

// records returns the TXT records of the world by name, in lower case with the
// last dot. key is the DKIM key record (RFC 6376 section 3.6.1).
func records(key string) map[string]string {
	txt := make(map[string]string)
	for _, h := range hosts {
		spf := h.spf
		if spf == "" {
			spf = "v=spf1 ip4:" + h.addr + " -all" // RFC 7208 section 4.5
		}
		txt[h.domain+"."] = spf
		txt[h.helo+"."] = spf
		if h.dkim {
			txt[selector+"._domainkey."+h.domain+"."] = key
		}
		if h.dmarc != "" {
			txt["_dmarc."+h.domain+"."] = "v=DMARC1; p=" + h.dmarc // RFC 7489 section 6.3
		}
	}
	return txt
}

func domainOf(addr string) string { return addr[strings.LastIndexByte(addr, '@')+1:] }
