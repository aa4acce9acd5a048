package mailauth

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"sync"

	"kith/internal/resolve"
)

// Key sizes. The lower bound is RFC 8301 section 3.2; the upper one keeps a
// hostile key from costing milliseconds a message (the RFC asks for 4096).
const (
	minRSABits = 1024
	maxRSABits = 8192
)

// publicKey is a parsed key record (RFC 6376 section 3.6.1). It is read-only.
type publicKey struct {
	rsa     *rsa.PublicKey
	ed25519 ed25519.PublicKey
	sha256  bool // h= allows it
	email   bool // s= allows it
	testing bool // t=y
	strict  bool // t=s: i= must not be a subdomain of d=
	problem problem
}

// problem is why something did not pass: a status and words for those who mend
// mail servers. The zero value is no problem.
type problem struct {
	status Status
	reason string
}

func (p problem) bad() bool { return p.status != Unchecked }

func perm(reason string) problem { return problem{PermError, reason} }

// keyring keeps parsed keys by the text of their records, so that a busy
// sender's key is parsed once and not for every message.
type keyring struct {
	mu   sync.Mutex
	keys *resolve.Cache[string, *publicKey]
}

// keyringBytes bounds the ring: a 2048-bit key costs about 1.5 kB with its text.
const keyringBytes = 4 << 20

func newKeyring() *keyring {
	return &keyring{keys: resolve.NewCache[string, *publicKey](keyringBytes)}
}

func (k *keyring) parse(record string) *publicKey {
	k.mu.Lock()
	key, ok := k.keys.Get(record)
	k.mu.Unlock()
	if ok {
		return key
	}
	key = parseKey(record)
	k.mu.Lock()
	k.keys.Put(record, key, 1024+len(record))
	k.mu.Unlock()
	return key
}

// parseKey reads a key record. What is wrong with it stands in problem.
func parseKey(record string) *publicKey {
	key := &publicKey{sha256: true, email: true}
	tags, err := parseTags(record, false)
	if err != nil {
		key.problem = perm("key record: " + err.Error())
		return key
	}
	if v, ok := tags.find("v"); ok && (v.value != "DKIM1" || tags[0].name != "v") {
		key.problem = perm("key record has another version")
		return key
	}
	if h, ok := tags.find("h"); ok {
		key.sha256 = has(h.value, "sha256")
	}
	if s, ok := tags.find("s"); ok {
		key.email = has(s.value, "email") || has(s.value, "*")
	}
	key.testing = has(tags.get("t"), "y")
	key.strict = has(tags.get("t"), "s")
	der, err := tags.binary("p")
	switch {
	case err != nil:
		key.problem = perm("key record: p= is not base64")
	case len(der) == 0:
		key.problem = perm("key was revoked")
	case tags.get("k") == "ed25519": // RFC 8463 section 4: the bare 32 bytes
		if len(der) != ed25519.PublicKeySize {
			key.problem = perm("ed25519 key has the wrong length")
		}
		key.ed25519 = der
	case tags.get("k") == "rsa" || tags.get("k") == "":
		key.rsa, key.problem = parseRSA(der)
	default:
		key.problem = perm("key type is not known")
	}
	return key
}

// parseRSA reads a SubjectPublicKeyInfo, or the bare RSAPublicKey that RFC 6376
// names and few publish.
func parseRSA(der []byte) (*rsa.PublicKey, problem) {
	var pub *rsa.PublicKey
	if any, err := x509.ParsePKIXPublicKey(der); err == nil {
		pub, _ = any.(*rsa.PublicKey)
	} else if bare, err := x509.ParsePKCS1PublicKey(der); err == nil {
		pub = bare
	}
	switch {
	case pub == nil:
		return nil, perm("key record holds no RSA key")
	case pub.N.BitLen() < minRSABits:
		return nil, problem{Policy, "RSA key is shorter than 1024 bits"}
	case pub.N.BitLen() > maxRSABits:
		return nil, problem{Policy, "RSA key is longer than 8192 bits"}
	}
	return pub, problem{}
}

// verify checks a signature over a SHA-256 sum.
func (k *publicKey) verify(sum [sha256.Size]byte, sig []byte) bool {
	if k.ed25519 != nil {
		return ed25519.Verify(k.ed25519, sum[:], sig)
	}
	return rsa.VerifyPKCS1v15(k.rsa, crypto.SHA256, sum[:], sig) == nil
}

// keyName is where a key is published (RFC 6376 section 3.6.2.1).
func keyName(selector, domain string) string { return selector + "._domainkey." + domain }

// fetchKey looks a key up.
func (v *Verifier) fetchKey(ctx context.Context, selector, domain string) (*publicKey, problem) {
	records, err := v.dns.LookupTXT(ctx, keyName(selector, domain))
	if err != nil {
		if isNotFound(err) {
			return nil, perm("no key is published")
		}
		return nil, problem{TempError, "key could not be asked for: " + dnsReason(err)}
	}
	// Some zones answer every name with their SPF record; only what can be a
	// key counts. Two keys leave the result undefined (section 3.6.2.2).
	record, n := "", 0
	for _, r := range records {
		if strings.Contains(r, "p=") || strings.HasPrefix(r, "v=DKIM1") {
			record, n = r, n+1
		}
	}
	if n != 1 {
		return nil, perm("not exactly one key is published")
	}
	key := v.keys.parse(record)
	return key, key.problem
}

// isNotFound reports whether the DNS said that there is no such thing, as
// opposed to having said nothing useful.
func isNotFound(err error) bool {
	var d *net.DNSError
	return errors.As(err, &d) && d.IsNotFound
}

func dnsReason(err error) string {
	var d *net.DNSError
	if errors.As(err, &d) {
		return d.Err
	}
	return "lookup failed"
}
