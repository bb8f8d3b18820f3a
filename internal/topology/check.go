package topology

import "fmt"

// FieldError is what is wrong with one field of one address, or with one key
// of a map there.
type FieldError struct {
	Address Address
	Field   string // the root attribute
	Key     string // of a map, or ""
	Err     error
	Hint    string // what to do, or ""
}

func (e *FieldError) Error() string {
	field := e.Field
	if e.Key != "" {
		field += fmt.Sprintf("[%q]", e.Key)
	}
	return fmt.Sprintf("%s: %s: %v", e.Address, field, e.Err)
}

// Unwrap returns what is wrong, without the place.
func (e *FieldError) Unwrap() error { return e.Err }

// check gathers what is wrong with one address.
type check struct {
	at   Address
	errs []*FieldError
}

func (c *check) add(field, key string, err error) { c.addHint(field, key, err, "") }

func (c *check) addHint(field, key string, err error, hint string) {
	if err != nil {
		c.errs = append(c.errs, &FieldError{Address: c.at, Field: field, Key: key, Err: err, Hint: hint})
	}
}
