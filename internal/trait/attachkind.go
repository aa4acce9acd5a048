package trait

import (
	"slices"
	"strings"

	"kith/internal/mail"
)

// maxKinds is the number of kinds of attachments that are listed.
const maxKinds = 8

// AttachmentKinds lists the kinds of the files that a mail brings, each once: "pdf",
// "office", "sheet", "zip", "image", with what makes one special behind a dash
// ("office-macro", "zip-locked", "pdf-script"), and "-posing" where the name says
// another kind than the bytes.
//
// People send the same few kinds: one sends quotes as PDF, one sheets, one photos.
// A kind is a class of formats, since nobody chooses between doc and docx.
// Pictures that belong to a signature are no files that somebody sends, nor is the
// signature of S/MIME or OpenPGP.
//
// A new kind comes with a new occasion. That is rare, and harmless for most kinds;
// which kinds are not is for detectors to say.
func AttachmentKinds(m *mail.Message) []string {
	var out []string
	for i := range m.Attachments {
		a := &m.Attachments[i]
		if k := kindOf(a); k != "" && !slices.Contains(out, k) {
			out = append(out, k)
		}
		if len(out) == maxKinds {
			break
		}
	}
	return out
}

// kindOf names the kind of one file; "" for what nobody sends on purpose.
func kindOf(a *mail.Attachment) string {
	ext := ""
	if i := strings.LastIndexByte(a.Name, '.'); i >= 0 && len(a.Name)-i <= 12 {
		ext = strings.ToLower(strings.TrimSpace(a.Name[i+1:]))
	}
	named := classOfName(ext)
	if named == "" {
		named = classOfType(a.Declared)
	}
	real := classOfType(a.Sniffed)
	if real == "image" && a.Inline || named == "signature" || real == "signature" || a.Sniffed == "application/ms-tnef" {
		return "" // of a TNEF wrapper, what is in it stands beside it
	}
	kind := real
	if kind == "" || kind == "text" || kind == "zip" && named != "" && named != "image" && named != "pdf" {
		kind = named // a format made of text or of a ZIP archive is told by its name
	}
	if kind == "" {
		kind = "other"
	}
	return kind + special(a) + posing(named, real)
}

// special says what makes a file special: a password, a macro, a script inside.
func special(a *mail.Attachment) string {
	locked := slices.Contains(a.Marks, mail.MarkEncrypted)
	for i := range a.Entries {
		locked = locked || a.Entries[i].Encrypted
	}
	switch {
	case locked:
		return "-locked"
	case slices.Contains(a.Marks, mail.MarkMacro):
		return "-macro"
	case slices.Contains(a.Marks, mail.MarkPDFScript), slices.Contains(a.Marks, mail.MarkPDFLaunch):
		return "-script"
	}
	return ""
}

// posing says that a name promises what the bytes do not keep.
func posing(named, real string) string {
	switch {
	case named == "" || real == "" || named == real, real == "text", real == "zip" && named != "pdf" && named != "image":
		return ""
	case real == "office" && (named == "sheet" || named == "slides"), real == "sheet" && named == "office", named == "text" && real == "html":
		return ""
	}
	return "-posing"
}

// classOfName gives the class of a file name's ending, "" for one that is not
// listed.
func classOfName(ext string) string {
	for i := range classes {
		if ext != "" && slices.Contains(classes[i].ends, ext) {
			return classes[i].name
		}
	}
	return ""
}

// classOfType gives the class of a media type, "" for one that says nothing.
func classOfType(t string) string {
	if t == "" || t == "application/octet-stream" {
		return ""
	}
	for i := range classes {
		for _, p := range classes[i].types {
			if t == p || strings.HasSuffix(p, "/") && strings.HasPrefix(t, p) || strings.HasSuffix(p, "*") && strings.HasPrefix(t, p[:len(p)-1]) {
				return classes[i].name
			}
		}
	}
	return ""
}

// classes are the kinds, with the endings and media types of each. A type that ends
// in a slash or a star stands for all that begin so; the first that fits counts.
var classes = [...]struct {
	name  string
	ends  []string
	types []string
}{
	{"pdf", []string{"pdf"}, []string{"application/pdf", "application/x-pdf"}},
	{"sheet", []string{"xls", "xlsx", "xlsm", "xlsb", "xlt", "xltx", "ods", "csv", "tsv"}, []string{"application/vnd.ms-excel*", "application/vnd.openxmlformats-officedocument.spreadsheetml*", "application/vnd.oasis.opendocument.spreadsheet", "text/csv", "text/tab-separated-values"}},
	{"slides", []string{"ppt", "pptx", "pptm", "pps", "ppsx", "odp", "key"}, []string{"application/vnd.ms-powerpoint*", "application/vnd.openxmlformats-officedocument.presentationml*", "application/vnd.oasis.opendocument.presentation"}},
	{"office", []string{"doc", "docx", "docm", "dot", "dotx", "dotm", "odt", "rtf", "pages", "one", "hwp", "hwpx"}, []string{"application/msword", "application/vnd.ms-word*", "application/vnd.openxmlformats-officedocument*", "application/vnd.oasis.opendocument*", "application/rtf", "text/rtf", "application/x-ole-storage", "application/onenote", "application/x-hwp*", "application/hwp*"}},
	{"calendar", []string{"ics", "ical", "vcs"}, []string{"text/calendar", "application/ics"}},
	{"card", []string{"vcf", "vcard"}, []string{"text/vcard", "text/x-vcard", "text/directory"}},
	{"signature", []string{"asc", "p7s", "sig"}, []string{"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-keys"}},
	{"html", []string{"html", "htm", "xhtml", "shtml", "mht", "mhtml", "svg"}, []string{"text/html", "application/xhtml+xml", "image/svg+xml"}},
	{"image", []string{"png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp", "heic", "emz", "wmz", "emf", "wmf"}, []string{"image/"}},
	{"audio", []string{"mp3", "wav", "ogg", "m4a", "flac", "amr"}, []string{"audio/"}},
	{"video", []string{"mp4", "mov", "avi", "mkv", "webm", "wmv"}, []string{"video/"}},
	{"message", []string{"eml", "msg"}, []string{"message/", "application/vnd.ms-outlook"}},
	{"disk-image", []string{"iso", "img", "vhd", "vhdx", "dmg", "udf"}, []string{"application/x-iso9660-image", "application/x-apple-diskimage", "application/x-vhd"}},
	{"shortcut", []string{"lnk", "url", "webloc", "desktop", "library-ms", "search-ms", "rdp"}, []string{"application/x-ms-shortcut", "application/x-mswinurl"}},
	{"program", []string{"exe", "dll", "scr", "com", "msi", "msix", "appx", "pif", "cpl", "jar", "apk", "deb", "rpm", "elf"}, []string{"application/vnd.microsoft.portable-executable", "application/x-msdownload", "application/x-dosexec", "application/x-executable", "application/x-elf", "application/x-mach-binary", "application/java-archive", "application/x-ms-installer", "application/x-msi"}},
	{"script", []string{"js", "jse", "vbs", "vbe", "wsf", "wsh", "hta", "ps1", "bat", "cmd", "chm", "sh", "py", "pl", "rb", "php"}, []string{"text/javascript", "application/javascript", "application/x-javascript", "text/x-sh", "application/x-sh", "text/x-python", "text/x-perl", "text/x-php", "text/vbscript", "application/hta", "text/x-script", "application/x-encoded-script", "application/vnd.ms-htmlhelp"}},
	{"patch", []string{"patch", "diff"}, []string{"text/x-patch", "text/x-diff"}},
	{"zip", []string{"zip", "rar", "7z", "gz", "tgz", "tar", "bz2", "xz", "zst", "cab", "ace", "arj", "lzh", "z"}, []string{"application/zip", "application/x-zip*", "application/x-rar*", "application/vnd.rar", "application/x-7z-compressed", "application/gzip", "application/x-gzip", "application/x-tar", "application/x-bzip2", "application/x-xz", "application/zstd", "application/vnd.ms-cab-compressed"}},
	{"text", []string{"txt", "log", "md", "json", "xml", "yml", "yaml", "conf", "c", "h", "dts"}, []string{"text/", "application/json", "application/xml"}},
}
