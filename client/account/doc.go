// Package account keeps a provider account as a file says: what is in the file
// is compared with what is in the account, and the differences are made.
//
//	file, err := account.Decode(data)        every fault of the file at once
//	plan, err := account.Compare(ctx, c, file)   reads, changes nothing
//	for outcome := range plan.Apply(ctx) { … }   apps, templates, flows
//
// A field that the file leaves out is left alone. The provider's updates
// replace the whole object, so each is a read, a merge and a write, and is not
// made if what is there has changed since it was compared.
//
// A thing is matched by its id where the file gives one, else by its name,
// which is unique in the account. Apps cannot be listed: one without an id can
// only be made, and its id has to be put into the file then. Nothing is ever
// deleted: the provider has no way to.
//
// A plan without changes writes nothing. A change whose answer was lost is read
// back before it is reported.
package account
