package learn

import (
	"path/filepath"
	"strings"
)

// maildirNames are what the folder with a person's mail is called in their home.
var maildirNames = []string{"Maildir", ".maildir", ".Maildir", "maildir", "mail", "Mail", ".mail", "mdbox", "mails"}

// ownerOfMaildir finds whose mail lies under an absolute path, by the layouts in
// use: …/DOMAIN/USER/Maildir, …/DOMAIN/USER, …/USER@DOMAIN/…, /home/USER/Maildir
// with a domain given. "" when the path does not say.
func ownerOfMaildir(path, domain string) string {
	levels := strings.Split(strings.Trim(filepath.ToSlash(path), "/"), "/")
	if a := addressIn(levels); a != "" {
		return a
	}
	n := len(levels)
	if n > 1 && isMaildirName(levels[n-1]) {
		n--
	}
	if n == 0 || levels[n-1] == "" {
		return ""
	}
	user := levels[n-1]
	switch {
	case n > 1 && domainLike(levels[n-2]) && !domainLike(user):
		return user + "@" + levels[n-2]
	// vhosts/DOMAIN/U/USER and the like, where a directory would be too full.
	case n > 2 && domainLike(levels[n-3]) && len(levels[n-2]) <= 2 && strings.HasPrefix(user, levels[n-2]):
		return user + "@" + levels[n-3]
	case domain != "" && loginLike(user):
		return user + "@" + domain
	}
	return ""
}

// ownerOfFile is for mbox files and folders of messages, which say less: an
// address among the levels, or a spool file that is named like its user.
func ownerOfFile(path, domain string) string {
	levels := strings.Split(strings.Trim(filepath.ToSlash(path), "/"), "/")
	n := len(levels)
	levels[n-1] = strings.TrimSuffix(levels[n-1], ".mbox")
	if a := addressIn(levels); a != "" {
		return a
	}
	if domain != "" && n > 1 && levels[n-2] == "mail" && loginLike(levels[n-1]) {
		return levels[n-1] + "@" + domain // /var/mail/ann, /var/spool/mail/ann
	}
	return ""
}

// ownerOfLogin is for IMAP; "ann*master" is ann, looked at by a master user.
func ownerOfLogin(login, domain string) string {
	login, _, _ = strings.Cut(login, "*")
	switch {
	case strings.Contains(login, "@"):
		return login
	case login != "" && domain != "":
		return login + "@" + domain
	}
	return ""
}

func isMaildirName(s string) bool {
	for _, n := range maildirNames {
		if s == n {
			return true
		}
	}
	return false
}

// addressIn returns the last level that is an address.
func addressIn(levels []string) string {
	for i := len(levels) - 1; i >= 0; i-- {
		local, domain, ok := strings.Cut(levels[i], "@")
		if ok && loginLike(local) && domainLike(domain) {
			return levels[i]
		}
	}
	return ""
}

// domainLike reports whether s can be a domain with at least two labels.
func domainLike(s string) bool {
	labels := strings.Split(s, ".")
	if len(labels) < 2 || len(s) > 253 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.Trim(l, "-") != l {
			return false
		}
		for _, r := range l {
			if r <= ' ' || strings.ContainsRune("/@\\:_,;*?\"'", r) {
				return false
			}
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != "" // mail.2023 is no domain
}

func loginLike(s string) bool {
	return s != "" && s[0] != '.' && !strings.ContainsAny(s, " @/\\:;,\"'")
}
