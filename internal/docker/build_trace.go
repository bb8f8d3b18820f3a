package docker

import (
	"cmp"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
)

// The numbers of what is read of BuildKit's StatusResponse, and of the Vertex and
// VertexLog in it (api/services/control/control.proto of moby/buildkit).
const (
	traceVertex = 1
	traceLog    = 3

	vertexDigest    = 1
	vertexName      = 3
	vertexStarted   = 5
	vertexCompleted = 6
	vertexError     = 7

	logVertex  = 1
	logMessage = 4
)

// trace takes in a part of BuildKit's account. What cannot be read of it is
// passed over: how a build ends is said elsewhere.
func (a *buildAccount) trace(text []byte) {
	each(text, func(number protowire.Number, message []byte) {
		part := fieldsOf(message)
		switch number {
		case traceVertex:
			digest, started, done := part[vertexDigest], len(part[vertexStarted]) > 0, len(part[vertexCompleted]) > 0
			if started && !done {
				a.report(apply.Pulled{Step: oneLine(string(part[vertexName]))})
			}
			if len(part[vertexError]) > 0 {
				a.failed = cmp.Or(a.failed, string(digest)) // others end because of the first
			}
		case traceLog:
			vertex := string(part[logVertex])
			a.logs[vertex] = tail(a.logs[vertex] + string(part[logMessage]))
		}
	})
}

// each calls f with the fields of a message that hold bytes.
func each(text []byte, f func(protowire.Number, []byte)) {
	for len(text) > 0 {
		number, kind, n := protowire.ConsumeTag(text)
		if n < 0 {
			return
		}
		text = text[n:]
		if kind != protowire.BytesType {
			if n = protowire.ConsumeFieldValue(number, kind, text); n < 0 {
				return
			}
			text = text[n:]
			continue
		}
		value, n := protowire.ConsumeBytes(text)
		if n < 0 {
			return
		}
		f(number, value)
		text = text[n:]
	}
}

func fieldsOf(message []byte) map[protowire.Number][]byte {
	out := map[protowire.Number][]byte{}
	each(message, func(number protowire.Number, value []byte) { out[number] = value })
	return out
}
