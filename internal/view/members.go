package view

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
)

// writeMembers writes a struct as writeJSON does, but one member after the other,
// and of a list one element after the other: as one, what has many is in memory
// several times.
func writeMembers(w io.Writer, object any) error {
	out := bufio.NewWriter(w) // which keeps an error of writing until it is flushed
	of, before := reflect.ValueOf(object), "{"
	for i := range of.NumField() {
		name, omitted, _ := strings.Cut(of.Type().Field(i).Tag.Get("json"), ",")
		if omitted != "" && of.Field(i).IsZero() {
			continue
		}
		_, _ = out.WriteString(before + "\n  \"" + name + "\": ")
		if err := writeMember(out, of.Field(i)); err != nil {
			return err
		}
		before = ","
	}
	_, _ = out.WriteString("\n}\n")
	return out.Flush()
}

// writeMember writes the value of a member.
func writeMember(out *bufio.Writer, value reflect.Value) error {
	if value.Kind() != reflect.Slice || value.Len() == 0 {
		return writeIndented(out, "  ", value)
	}
	before := "["
	for _, element := range value.Seq2() {
		_, _ = out.WriteString(before + "\n    ")
		if err := writeIndented(out, "    ", element); err != nil {
			return err
		}
		before = ","
	}
	_, err := out.WriteString("\n  ]")
	return err
}

func writeIndented(out *bufio.Writer, prefix string, value reflect.Value) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent(prefix, "  ")
	if err := e.Encode(value.Interface()); err != nil {
		return err
	}
	_, err := out.Write(bytes.TrimSuffix(text.Bytes(), []byte("\n")))
	return err
}
