package config

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/msgpack"
)

// functionPrefix begins the names of the provider's own functions.
const functionPrefix = "provider::" + providerName + "::"

// newFunction returns a function of the provider's, which is asked over its protocol.
func (p *protocol) newFunction(ctx context.Context, name string, f *tfprotov6.Function) (function.Function, error) {
	returns, err := ctyType(f.Return.Type)
	if err != nil {
		return function.Function{}, fmt.Errorf("function %s: %w", name, err)
	}
	spec := &function.Spec{Type: function.StaticReturnType(returns)}
	for _, one := range f.Parameters {
		takes, err := ctyType(one.Type)
		if err != nil {
			return function.Function{}, fmt.Errorf("function %s: %s: %w", name, one.Name, err)
		}
		spec.Params = append(spec.Params, function.Parameter{
			Name: one.Name, Type: takes, AllowNull: one.AllowNullValue, AllowUnknown: one.AllowUnknownValues,
		})
	}
	spec.Impl = func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		req := &tfprotov6.CallFunctionRequest{Name: name}
		for i, arg := range args {
			packed, err := msgpack.Marshal(arg, spec.Params[i].Type)
			if err != nil {
				return cty.NilVal, function.NewArgError(i, err)
			}
			req.Arguments = append(req.Arguments, &tfprotov6.DynamicValue{MsgPack: packed})
		}
		resp, err := p.server.CallFunction(ctx, req)
		if err != nil {
			return cty.NilVal, err
		}
		if resp.Error != nil {
			return cty.NilVal, refused(resp.Error)
		}
		raw, err := resp.Result.Unmarshal(f.Return.Type)
		if err != nil {
			return cty.NilVal, err
		}
		return fromProvider(raw, returns)
	}
	return function.New(spec), nil
}

// refused is what a function says of its arguments.
func refused(e *tfprotov6.FunctionError) error {
	if e.FunctionArgument != nil {
		return function.NewArgError(int(*e.FunctionArgument), errors.New(e.Text))
	}
	return errors.New(e.Text)
}
