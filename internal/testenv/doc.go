// Package testenv gives tests a real container engine to run against: a running
// one or one it installs, images that keep the contract of the official ones
// where none can be pulled, a project of their own that is cleaned up, and a
// proxy in front of the engine that counts calls and injects faults.
//
// A test that needs an engine calls [Require] and fails, never skips, without
// one. Names come from [Project], so tests run in parallel with each other and
// with other processes.
//
// The package must not be imported by anything that is shipped, must not touch
// an engine object that carries no project label of its own, and must not take
// part in what it tests: it imports no other package of this module.
package testenv
