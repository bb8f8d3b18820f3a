package config

import (
	"maps"
	"time"

	"github.com/hashicorp/go-cty-funcs/cidr"
	"github.com/hashicorp/go-cty-funcs/crypto"
	"github.com/hashicorp/go-cty-funcs/encoding"
	"github.com/hashicorp/go-cty-funcs/filesystem"
	"github.com/hashicorp/go-cty-funcs/uuid"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	yaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// library returns the functions of the language, also under their full names, and
// those of the provider. Names of files are relative to the root module.
func (ev *evaluator) library() map[string]function.Function {
	if ev.functions == nil {
		ev.functions = libraryIn(ev.location, ev.now)
		maps.Copy(ev.functions, ev.protocol.functions)
	}
	return ev.functions
}

func libraryIn(at location, now time.Time) map[string]function.Function {
	all := map[string]function.Function{}
	for _, some := range []map[string]function.Function{numbers, texts, collections, conversions, codecs, hashes(at), fileFunctions(at), clock(now)} {
		maps.Copy(all, some)
	}
	rendering := maps.Clone(all) // a template cannot render others
	all["templatefile"] = templateFile(at, func() map[string]function.Function { return rendering })
	all["templatestring"] = templateString(func() map[string]function.Function { return rendering })
	for name, f := range maps.Clone(all) {
		all["core::"+name] = f
	}
	return all
}

var numbers = map[string]function.Function{
	"abs":      stdlib.AbsoluteFunc,
	"ceil":     stdlib.CeilFunc,
	"floor":    stdlib.FloorFunc,
	"log":      stdlib.LogFunc,
	"max":      stdlib.MaxFunc,
	"min":      stdlib.MinFunc,
	"parseint": stdlib.ParseIntFunc,
	"pow":      stdlib.PowFunc,
	"signum":   stdlib.SignumFunc,
	"sum":      sumFunc,
}

var texts = map[string]function.Function{
	"chomp":       stdlib.ChompFunc,
	"endswith":    compareTexts("suffix", hasSuffix),
	"format":      stdlib.FormatFunc,
	"formatdate":  stdlib.FormatDateFunc,
	"formatlist":  stdlib.FormatListFunc,
	"indent":      stdlib.IndentFunc,
	"join":        stdlib.JoinFunc,
	"lower":       stdlib.LowerFunc,
	"regex":       stdlib.RegexFunc,
	"regexall":    stdlib.RegexAllFunc,
	"replace":     replaceFunc,
	"split":       stdlib.SplitFunc,
	"startswith":  compareTexts("prefix", hasPrefix),
	"strcontains": compareTexts("substr", contains),
	"strrev":      stdlib.ReverseFunc,
	"substr":      stdlib.SubstrFunc,
	"timeadd":     stdlib.TimeAddFunc,
	"timecmp":     timeCompareFunc,
	"title":       stdlib.TitleFunc,
	"trim":        stdlib.TrimFunc,
	"trimprefix":  stdlib.TrimPrefixFunc,
	"trimspace":   stdlib.TrimSpaceFunc,
	"trimsuffix":  stdlib.TrimSuffixFunc,
	"upper":       stdlib.UpperFunc,
}

var collections = map[string]function.Function{
	"alltrue":         truth(true),
	"anytrue":         truth(false),
	"chunklist":       stdlib.ChunklistFunc,
	"coalesce":        coalesceFunc,
	"coalescelist":    stdlib.CoalesceListFunc,
	"compact":         stdlib.CompactFunc,
	"concat":          stdlib.ConcatFunc,
	"contains":        stdlib.ContainsFunc,
	"distinct":        stdlib.DistinctFunc,
	"element":         elementFunc,
	"flatten":         stdlib.FlattenFunc,
	"index":           indexFunc,
	"keys":            stdlib.KeysFunc,
	"length":          lengthFunc,
	"lookup":          lookupFunc,
	"matchkeys":       matchKeysFunc,
	"merge":           stdlib.MergeFunc,
	"one":             oneFunc,
	"range":           stdlib.RangeFunc,
	"reverse":         stdlib.ReverseListFunc,
	"setintersection": stdlib.SetIntersectionFunc,
	"setproduct":      stdlib.SetProductFunc,
	"setsubtract":     stdlib.SetSubtractFunc,
	"setunion":        stdlib.SetUnionFunc,
	"slice":           stdlib.SliceFunc,
	"sort":            stdlib.SortFunc,
	"transpose":       transposeFunc,
	"values":          stdlib.ValuesFunc,
	"zipmap":          stdlib.ZipmapFunc,
}

var conversions = map[string]function.Function{
	"can":             tryfunc.CanFunc,
	"try":             tryfunc.TryFunc,
	"tobool":          converting(cty.Bool),
	"tolist":          converting(cty.List(cty.DynamicPseudoType)),
	"tomap":           converting(cty.Map(cty.DynamicPseudoType)),
	"tonumber":        converting(cty.Number),
	"toset":           converting(cty.Set(cty.DynamicPseudoType)),
	"tostring":        converting(cty.String),
	"sensitive":       sensitiveFunc,
	"nonsensitive":    nonsensitiveFunc,
	"issensitive":     isSensitiveFunc,
	"ephemeralasnull": sameFunc,
}

var codecs = map[string]function.Function{
	"base64decode":     base64DecodeFunc,
	"base64encode":     encoding.Base64EncodeFunc,
	"base64gzip":       gzipFunc,
	"cidrhost":         cidr.HostFunc,
	"cidrnetmask":      netmaskFunc,
	"cidrsubnet":       cidr.SubnetFunc,
	"cidrsubnets":      cidr.SubnetsFunc,
	"csvdecode":        stdlib.CSVDecodeFunc,
	"jsondecode":       stdlib.JSONDecodeFunc,
	"jsonencode":       stdlib.JSONEncodeFunc,
	"textdecodebase64": textDecodeFunc,
	"textencodebase64": textEncodeFunc,
	"urlencode":        encoding.URLEncodeFunc,
	"yamldecode":       yaml.YAMLDecodeFunc,
	"yamlencode":       yaml.YAMLEncodeFunc,
}

// fileFunctions are about files and their names.
func fileFunctions(at location) map[string]function.Function {
	return map[string]function.Function{
		"abspath":    absolutePathFunc(at),
		"basename":   filesystem.BasenameFunc,
		"dirname":    filesystem.DirnameFunc,
		"file":       at.finding(filesystem.MakeFileFunc(at.dir, false)),
		"filebase64": at.finding(filesystem.MakeFileFunc(at.dir, true)),
		"fileexists": at.finding(filesystem.MakeFileExistsFunc(at.dir)),
		"fileset":    at.finding(filesystem.MakeFileSetFunc(at.dir)),
		"pathexpand": filesystem.PathExpandFunc,
	}
}

// clock are the functions that do not follow from their arguments. What differs
// from a plan to its apply is not known yet.
func clock(now time.Time) map[string]function.Function {
	return map[string]function.Function{
		"bcrypt":        function.Unpredictable(crypto.BcryptFunc),
		"plantimestamp": constantFunc(now.UTC().Format(time.RFC3339)),
		"timestamp":     function.Unpredictable(constantFunc("")),
		"uuid":          function.Unpredictable(uuid.V4Func),
		"uuidv5":        uuid.V5Func,
	}
}
