// Package web is kith's HTTP door. It answers three questions, all by GET and
// none with a side effect: /metrics (the figures of package metrics), /healthz
// (is the process alive) and /readyz (can it do its work: is the store
// writable, does the next hop answer).
//
// The door stands on loopback; package config refuses anything else. It
// expects to be attacked all the same, since every page that a browser on this
// machine opens can send requests to loopback: it answers only to requests
// that name this machine by an address or as localhost (which ends DNS
// rebinding), sends headers that forbid framing, scripts and caching, bounds
// time and size of everything it reads, and shows nothing about any mail.
package web
