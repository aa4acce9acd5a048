package detect

// All is every detector, in the order of docs/detectors.md. It is a catalogue:
// nobody changes it at run time.
var All = []*Detector{
	// Who sent it.
	&ownDomainForged,
	&ownDomainUnproven,
	&ownDomainByList,
	&lookAlikeDomain,
	&lookAlikeReply,
	&nearDomain,
	&leaderName,
	&colleagueName,
	&addressAsName,
	&replyElsewhere,

	// What it carries.
	&encodedScript,
	&doubleExtension,
	&typeMismatch,
	&script,
	&macro,
	&lockedArchive,
	&encodedBlob,

	// Where it leads, what it says.
	&linkMismatch,
	&linkDetour,
	&hiddenText,

	// The message itself.
	&ambiguous,
	&couldNotLook,
}
