// Package e2e tests kith between a real Postfix and a real Dovecot, and
// measures the same stack without it, so that what is kith's and what is not
// can be told apart. It has tests only, behind the tag "e2e". Run it as root:
//
//	go test -tags e2e -timeout 60m ./e2e/...
//
// The rooms: stack starts the mail system, load sends and checks, passthrough
// is the proxy that does nothing and gives the yardstick. The drills hold what
// docs promise an administrator: no accepted message is lost whatever is
// killed, and a copy doubles only where it was in doubt at a crash.
//
// KITH_E2E_MESSAGES is the number of messages of the random-kill drills (600;
// the full drill is 10000). KITH_E2E_KEEP=1 keeps the directory of each kith.
// KITH_E2E_KITH is the path of a kith to test instead of one built from here;
// the drills at named steps need the build tag "drill" in it.
// KITH_BENCH names a folder of benchmark sets, whose malformed messages are
// then sent, too.
package e2e
