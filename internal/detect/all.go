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
	&knownName,
	&lookAlikeKnown,

	// What is unlike the author, or unlike what this person gets.
	&firstContact,
	&newReplyTo,
	&newProof,
	&newLine,
	&newReturnPath,
	&newName,
	&newMailer,
	&newMIMEShape,
	&newMessageID,
	&newHeaderOrder,
	&newHeaderStyle,
	&newZone,
	&newLanguage,
	&newSalutation,
	&oddHour,

	// What it carries.
	&encodedScript,
	&doubleExtension,
	&typeMismatch,
	&script,
	&macro,
	&lockedArchive,
	&encodedBlob,
	&attachmentNewKind,

	// Where it leads, what it says.
	&linkMismatch,
	&linkDetour,
	&linkNewHost,
	&hiddenText,
	&asksMoney,
	&newAccount,
	&asksPassword,
	&asksPressure,
	&asksCall,

	// What one of us sends.
	&newRecipients,
	&newNetwork,

	// The message itself.
	&ambiguous,
	&couldNotLook,
}
