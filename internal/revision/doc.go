// Package revision keeps what a configuration and a topology were: which digests
// are locked, what was applied when and by whom, and what a directory held at a
// git revision.
//
// It never touches a working tree or an index of git, and knows no engine: where
// the ledger's records are kept is the business of its caller.
package revision
