// Package ldap reads who is who from an LDAP server (OpenLDAP, Active
// Directory, and what speaks like them) and turns it into entries of the
// directory.
//
// The room exists because nobody keeps a second list of a thousand employees
// by hand. Where an LDAP server stands, it knows who came, who left and who is
// called otherwise since Monday; kith should know it a quarter of an hour later
// without anybody telling it.
//
// Fetch asks once and returns everything or an error, nothing by halves. Its
// entries are such that directory.New takes them: each address is ours, in its
// one spelling, and belongs to one entry only. What had to be left out is
// counted in Notes. Merge puts the administrator's own list over what was
// fetched. A Keeper asks again and again, and keeps the last good answer in
// memory and in a file, so that kith starts and mail flows while the server is
// away.
//
// It promises that no password goes over a network in the clear unless the
// administrator said so; that a server which answers slowly, endlessly or with
// rubbish costs a bounded time and a bounded memory; that an empty answer never
// replaces a good list; and that each fault is one line with its mend. It never
// writes to the server, never follows a referral to a host that nobody
// configured, and never asks the server while a message waits.
package ldap
