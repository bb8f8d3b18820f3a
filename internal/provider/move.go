package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// dockerProvider is the end of the addresses of the docker provider, from
// whichever registry it comes.
const dockerProvider = "/kreuzwerker/docker"

// movedFrom holds which of the docker provider's resources becomes which kind.
var movedFrom = map[topology.Kind]string{
	topology.KindApp: "docker_container", topology.KindVolume: "docker_volume", topology.KindRelationship: "docker_network",
}

// MoveState takes over, for a moved block, what the docker provider has in the
// state: which container or volume it is. What that is like is read from the
// engine, as after an import.
func (b *base) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: b.moveState}}
}

func (b *base) moveState(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if req.SourceTypeName != movedFrom[b.kind] || !strings.HasSuffix(req.SourceProviderAddress, dockerProvider) {
		return // Terraform is told so
	}
	var source struct{ ID, Name string }
	if err := json.Unmarshal(req.SourceRawState.JSON, &source); err != nil {
		resp.Diagnostics.AddError("Cannot read the state of "+req.SourceTypeName, err.Error())
		return
	}
	a := b.at(nameLike(source.Name))
	var kept keep
	switch b.kind {
	case topology.KindApp:
		kept.Adopted = source.ID
	case topology.KindVolume:
		kept.Adopted = source.Name
	default:
		resp.Diagnostics.AddWarning("Network "+source.Name+" is left", fmt.Sprintf(
			"%s will have a network of its own, and the state no longer has this one. When nothing uses it any more: docker network rm %s", a, source.Name))
	}
	resp.TargetState.Raw = imported(resp.TargetState.Raw.Type(), a.Name)
	if kept.Adopted != "" {
		report(&resp.Diagnostics, "adopt", a, remember(ctx, resp.TargetPrivate, kept))
	}
}
