package docker

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
)

// layerLine is one line of the engine's account of a pull.
type layerLine struct {
	ID       string `json:"id"` // of a layer, or the image's tag
	Status   string `json:"status"`
	Progress struct {
		Current int64 `json:"current"`
		Total   int64 `json:"total"`
	} `json:"progressDetail"`
	Error string `json:"error"`
}

// follow reads the engine's account of a pull to its end and reports how far
// it is. A pull that fails after it began says so only there.
func follow(stream io.Reader, report func(apply.Pulled)) error {
	if report == nil {
		report = func(apply.Pulled) {}
	}
	report(apply.Pulled{})
	begun := layers{}
	for d := json.NewDecoder(stream); ; {
		var line layerLine
		err := d.Decode(&line)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case line.Error != "":
			return errors.New(line.Error)
		case begun.note(line):
			report(begun.sum())
		}
	}
}

// layers is how far each layer of an image has come, by its id.
type layers map[string]apply.Pulled

// note takes a line in and reports whether it changed something. What comes
// after the download, as unpacking, counts other things than its bytes.
func (l layers) note(line layerLine) bool {
	before, begun := l[line.ID]
	now := before
	switch line.Status {
	case "Downloading":
		now.Done, now.Total = line.Progress.Current, max(line.Progress.Current, line.Progress.Total)
	case "Download complete", "Pull complete":
		now.Done = before.Total
	}
	if now != before || begun {
		l[line.ID] = now
	}
	return now != before
}

func (l layers) sum() apply.Pulled {
	var all apply.Pulled
	for _, layer := range l {
		all.Done += layer.Done
		all.Total += layer.Total
	}
	return all
}
