package mail

// Limits bound one look at one message. Every limit that cuts a look short is
// named in Message.Truncated: a truncated look is a fact that a detector sees.
type Limits struct {
	HeaderBytes    int   // of one header (top or part)
	Fields         int   // fields of one header
	Depth          int   // nested multiparts and messages
	Parts          int   // parts in all
	Addresses      int   // in one address list
	TextBytes      int   // decoded text looked at, in all
	Links          int   // links kept
	AttachBytes    int64 // decoded bytes of one attachment that is opened
	ArchiveDepth   int   // archives inside archives
	ArchiveEntries int   // files listed in all archives of a message
	ArchiveBytes   int64 // bytes unpacked in all archives of a message
}

// DefaultLimits is what ships. Each number is above what ordinary mail needs
// by an order of magnitude and below what costs a worker its deadline.
func DefaultLimits() Limits {
	return Limits{
		HeaderBytes: 512 << 10, Fields: 4000, Depth: 50, Parts: 1000, Addresses: 10000,
		TextBytes: 4 << 20, Links: 2000, AttachBytes: 32 << 20,
		ArchiveDepth: 4, ArchiveEntries: 5000, ArchiveBytes: 64 << 20,
	}
}
