// Package config reads kith's one configuration file and refuses whatever it
// does not understand.
//
// A mail server's configuration is edited at night, from memory, over a slow
// line. So the file is strict: a key that kith does not know is an error which
// names the nearest key that it does know; a value that cannot mean anything
// is an error too, and every error is one line that says where it stands, what
// is wrong and how to mend it. Nothing is guessed and nothing is ignored. A
// program that starts has understood every line of its file.
//
// Every key has a default, the defaults stand in one literal (Default), and
// each is safe: kith watches and changes nothing (shadow), no seat listens, and
// what listens does so on loopback. A seat that is opened to the network must
// be given TLS and a list of peers, or the file is refused.
//
// The documentation of a key is a struct tag beside it. etc/kith.toml and
// docs/config.md are printed from these tags, and a test fails when they
// differ, so that neither can grow old.
//
// The file holds no secrets. Keys that must stay secret lie in files of their
// own; this package knows only where they are and never opens them.
//
// What this package never does: open a socket, start anything, create a file,
// or change a value after Load has returned.
package config
