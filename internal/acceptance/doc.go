// Package acceptance holds the tests of the whole product as its users run it:
// the provider's own binary, the real terraform and a real engine. It has no
// code of its own that anything else could use.
package acceptance
