package mailauth

import (
	"context"
	"net"
	"net/netip"
	"strings"

	"blitiri.com.ar/go/spf"

	"kith/internal/resolve"
)

// spfResult is what SPF found, and the domain that it is about.
type spfResult struct {
	status Status
	domain string
}

// spfDomain is the domain that SPF asks about: that of MAIL FROM, or of HELO
// for the null sender (RFC 7208 section 2.4). "" means that there is none.
func spfDomain(in Input) string {
	if in.MailFrom != "" {
		if !strings.Contains(in.MailFrom, "@") {
			return ""
		}
		return domainOf(in.MailFrom)
	}
	helo := normalDomain(in.helo())
	if !strings.Contains(helo, ".") {
		return ""
	}
	return helo
}

// checkSPF evaluates SPF for the border client. The library counts the ten
// look-ups and two void look-ups of RFC 7208 section 4.6.4. A panic in it
// becomes temperror.
func (v *Verifier) checkSPF(ctx context.Context, in Input, domain string) (got spfResult) {
	got = spfResult{Unchecked, domain}
	addr := in.Client.Addr.Unmap()
	if !addr.IsValid() || addr.IsLoopback() || addr.IsUnspecified() {
		return got // nobody knows who brought it
	}
	if domain == "" {
		got.status = None // RFC 7208 section 4.3
		return got
	}
	defer func() {
		if recover() != nil {
			got.status = TempError
		}
	}()
	local := "postmaster" // RFC 7208 section 4.3
	if i := strings.LastIndexByte(in.MailFrom, '@'); i > 0 {
		local = in.MailFrom[:i]
	}
	// The library cuts a sender at its first "@", which in a quoted local part
	// would hand it a domain that nobody checked.
	local = strings.ReplaceAll(local, "@", "_")
	result, _ := spf.CheckHostWithSender(net.IP(addr.AsSlice()), in.helo(), local+"@"+domain,
		spf.WithContext(ctx), spf.WithResolver(familyDNS{v.dns, addr}))
	got.status = status(string(result))
	return got
}

// familyDNS asks for addresses of the client's family only, as RFC 7208
// section 5 says. An IPv6 client needs both: "exists" always asks for A.
type familyDNS struct {
	*resolve.Resolver
	client netip.Addr
}

func (d familyDNS) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	if d.client.Is4() {
		return d.LookupIPv4(ctx, host)
	}
	return d.Resolver.LookupIPAddr(ctx, host)
}
