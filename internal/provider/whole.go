package provider

import (
	"context"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// whole is the type of whole numbers. Unlike the framework's own it takes any
// number, and says of one that is none what is wrong with it, at its place.
type whole struct{ basetypes.Int64Type }

// wholeValue is a whole number, or what was given instead.
type wholeValue struct {
	basetypes.Int64Value
	given *big.Float // nil for a whole number
}

var (
	_ basetypes.Int64Typable      = whole{}
	_ xattr.ValidateableAttribute = wholeValue{}
)

func (whole) Equal(other attr.Type) bool {
	_, same := other.(whole)
	return same
}

func (whole) ValueType(context.Context) attr.Value { return wholeValue{} }

func (whole) ValueFromInt64(_ context.Context, v basetypes.Int64Value) (basetypes.Int64Valuable, diag.Diagnostics) {
	return wholeValue{Int64Value: v}, nil
}

func (t whole) ValueFromTerraform(ctx context.Context, v tftypes.Value) (attr.Value, error) {
	var n big.Float
	if v.IsKnown() && !v.IsNull() && v.As(&n) == nil {
		if _, accuracy := n.Int64(); accuracy != big.Exact {
			return wholeValue{Int64Value: basetypes.NewInt64Null(), given: &n}, nil
		}
	}
	read, err := t.Int64Type.ValueFromTerraform(ctx, v)
	number, _ := read.(basetypes.Int64Value)
	return wholeValue{Int64Value: number}, err
}

func (wholeValue) Type(context.Context) attr.Type { return whole{} }

func (v wholeValue) Equal(other attr.Value) bool {
	w, same := other.(wholeValue)
	return same && v.Int64Value.Equal(w.Int64Value) && (v.given == nil) == (w.given == nil) && (v.given == nil || v.given.Cmp(w.given) == 0)
}

// ValidateAttribute refuses what is no whole number.
func (v wholeValue) ValidateAttribute(_ context.Context, req xattr.ValidateAttributeRequest, resp *xattr.ValidateAttributeResponse) {
	if v.given != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "No whole number", fmt.Sprintf("%s is %s, and takes a whole number only.", req.Path, v.given.Text('g', 20)))
	}
}
