package revision

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// longestReference is how many bytes a reference has at most.
const longestReference = 511

var (
	lockSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
		{Type: "image", LabelNames: []string{"reference"}}, {Type: "build", LabelNames: []string{"address"}},
	}}
	lockBuildSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "digest", Required: true}, {Name: "images"}}}
	lockEntrySchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "digest"}, {Name: "platforms"}, {Name: "local"}}}

	lockReference = regexp.MustCompile(`^[A-Za-z0-9\[][A-Za-z0-9._:/\[\]-]*$`) // of at most longestReference
	lockDigest    = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	lockPlatform  = regexp.MustCompile(`^[a-z0-9_]+(/[a-z0-9_.-]+){1,2}$`)
)

// ParseLock reads what a lock file of that name holds. Errors say the line.
func ParseLock(name string, src []byte) (Lock, error) {
	if len(src) > lockLimit {
		return Lock{}, fmt.Errorf("%s is no lock file: it has more than %d bytes", name, lockLimit)
	}
	if err := plainTokens(name, src); err != nil {
		return Lock{}, err
	}
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	if diags.HasErrors() {
		return Lock{}, lockDiagnosed(diags)
	}
	content, diags := file.Body.Content(lockSchema)
	if diags.HasErrors() {
		return Lock{}, lockDiagnosed(diags)
	}
	lock := Lock{Present: true, Images: map[string]LockEntry{}, Builds: map[string]LockedBuild{}}
	for _, block := range content.Blocks {
		parse := lock.parseImage
		if block.Type == "build" {
			parse = lock.parseBuild
		}
		if err := parse(block); err != nil {
			return Lock{}, err
		}
	}
	return lock, nil
}

func (l Lock) parseImage(block *hcl.Block) (err error) {
	reference := block.Labels[0]
	if _, twice := l.Images[reference]; twice {
		return lockError(block.DefRange, "%q is locked twice", reference)
	}
	if len(reference) > longestReference || !lockReference.MatchString(reference) {
		return lockError(block.DefRange, "%q is no image reference that needs a lock", reference)
	}
	l.Images[reference], err = parseEntry(block)
	return err
}

func (l Lock) parseBuild(block *hcl.Block) error {
	address := block.Labels[0]
	if _, twice := l.Builds[address]; twice {
		return lockError(block.DefRange, "%q is locked twice", address)
	}
	if a, err := topology.ParseAddress(address); err != nil || a.Kind != topology.KindApp {
		return lockError(block.DefRange, "%q is no app's address", address)
	}
	content, diags := block.Body.Content(lockBuildSchema)
	if diags.HasErrors() {
		return lockDiagnosed(diags)
	}
	var b LockedBuild
	err := read(content, []lockedAttribute{
		{"digest", b.setDigest},
		{"images", b.setImages},
	})
	l.Builds[address] = b
	return err
}

// lockNesting is how deep brackets are in a lock file.
const lockNesting = 2

// plainTokens refuses what no lock file has, such as expressions and nesting
// without end, before anything follows it.
func plainTokens(name string, src []byte) error {
	tokens, diags := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	if diags.HasErrors() {
		return lockDiagnosed(diags)
	}
	depth := 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack:
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack:
			depth--
		case hclsyntax.TokenIdent, hclsyntax.TokenEqual, hclsyntax.TokenComma, hclsyntax.TokenComment, hclsyntax.TokenNewline,
			hclsyntax.TokenOQuote, hclsyntax.TokenQuotedLit, hclsyntax.TokenCQuote, hclsyntax.TokenEOF:
		default:
			return lockError(t.Range, "%q has no place in a lock file", t.Bytes)
		}
		if depth > lockNesting {
			return lockError(t.Range, "%q has no place in a lock file", t.Bytes)
		}
	}
	return nil
}

func parseEntry(block *hcl.Block) (LockEntry, error) {
	content, diags := block.Body.Content(lockEntrySchema)
	if diags.HasErrors() {
		return LockEntry{}, lockDiagnosed(diags)
	}
	var e LockEntry
	if err := read(content, []lockedAttribute{{"digest", e.setDigest}, {"platforms", e.setPlatforms}, {"local", e.setLocal}}); err != nil {
		return LockEntry{}, err
	}
	err := e.check(block)
	return e, err
}

func (b *LockedBuild) setDigest(v cty.Value) error {
	if v.Type() != cty.String || v.IsNull() {
		return errors.New("want text")
	}
	digest, is := strings.CutPrefix(v.AsString(), "build:")
	if !is || !lockDigest.MatchString(digest) {
		return fmt.Errorf("%q is none", v.AsString())
	}
	b.Digest = v.AsString()
	return nil
}

func (b *LockedBuild) setImages(v cty.Value) (err error) {
	b.Images, err = idsIn(v)
	return err
}

// lockedAttribute is an attribute of a block, and what takes its value.
type lockedAttribute struct {
	name string
	set  func(cty.Value) error
}

// read hands on the values of attributes that are there.
func read(content *hcl.BodyContent, wanted []lockedAttribute) error {
	for _, one := range wanted {
		attribute, ok := content.Attributes[one.name]
		if !ok {
			continue
		}
		v, diags := attribute.Expr.Value(nil)
		if diags.HasErrors() {
			return lockDiagnosed(diags)
		}
		if err := one.set(v); err != nil {
			return lockError(attribute.Range, "%s: %w", one.name, err)
		}
	}
	return nil
}

// check returns what is wrong with an entry as a whole.
func (e *LockEntry) check(block *hcl.Block) error {
	switch {
	case (e.Digest == "") == (len(e.Local) == 0):
		return lockError(block.DefRange, "%q is to have either a digest or a local image", block.Labels[0])
	case e.Digest == "" && e.Platforms != nil:
		return lockError(block.DefRange, "%q has platforms, and no digest", block.Labels[0])
	}
	return nil
}

func (e *LockEntry) setDigest(v cty.Value) (err error) {
	e.Digest, err = matching(v, lockDigest)
	return err
}

func (e *LockEntry) setPlatforms(v cty.Value) error {
	if !v.Type().IsTupleType() {
		return errors.New("want a list")
	}
	for it := v.ElementIterator(); it.Next(); {
		_, element := it.Element()
		platform, err := matching(element, lockPlatform)
		if err != nil {
			return err
		}
		e.Platforms = append(e.Platforms, platform)
	}
	slices.Sort(e.Platforms)
	e.Platforms = slices.Compact(e.Platforms)
	return nil
}

func (e *LockEntry) setLocal(v cty.Value) (err error) {
	e.Local, err = idsIn(v)
	return err
}

// idsIn reads image ids by platform.
func idsIn(v cty.Value) (map[string]string, error) {
	if !v.Type().IsObjectType() {
		return nil, errors.New("want image ids by platform")
	}
	out := map[string]string{}
	for it := v.ElementIterator(); it.Next(); {
		key, element := it.Element()
		platform, err := matching(key, lockPlatform)
		if err != nil {
			return nil, err
		}
		if out[platform], err = matching(element, lockDigest); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// matching returns a value as text of a form.
func matching(v cty.Value, form *regexp.Regexp) (string, error) {
	if v.Type() != cty.String || v.IsNull() || !v.IsKnown() {
		return "", errors.New("want text")
	}
	if !form.MatchString(v.AsString()) {
		return "", fmt.Errorf("%q is none", v.AsString())
	}
	return v.AsString(), nil
}

func lockError(at hcl.Range, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", at.Filename, at.Start.Line, fmt.Errorf(format, args...))
}

// lockDiagnosed is the first of the errors that were found.
func lockDiagnosed(diags hcl.Diagnostics) error {
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			return lockError(*d.Subject, "%s: %s", d.Summary, d.Detail)
		}
	}
	return diags
}
