// Package engine is a container engine in memory that speaks the HTTP API of
// the real one: as much of it as package docker calls, with the answers and
// errors of Docker 20.10. Nothing runs in its containers: they become what
// their image and command say, at once, and what is on their volumes is kept.
//
// It lets tests kill, lose and repeat thousands of calls, and meet thousands
// of containers, in a time in which the real engine does a few. It is no
// judge of what the real one does: the contract of package runtimetest is run
// against both.
package engine
