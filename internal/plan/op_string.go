package plan

import "fmt"

func (o EnsureImage) String() string    { return fmt.Sprintf("ensure image %q", o.Image) }
func (o BuildImage) String() string     { return fmt.Sprintf("build image %q", o.Image) }
func (o EnsureProbe) String() string    { return "ensure the health probe" }
func (o CreateNetwork) String() string  { return fmt.Sprintf("create network %q", o.Network.Name) }
func (o CreateVolume) String() string   { return fmt.Sprintf("create volume %q", o.Volume.Name) }
func (o RemoveVolume) String() string   { return fmt.Sprintf("remove volume %q", o.Name) }
func (o CreateVault) String() string    { return fmt.Sprintf("create vault %q", o.Vault.Name) }
func (o RemoveVault) String() string    { return fmt.Sprintf("remove vault %q", o.Name) }
func (o FillVault) String() string      { return fmt.Sprintf("fill vault %q with its secrets", o.Vault) }
func (o Mark) String() string           { return fmt.Sprintf("create marker %q", o.Marker.Name) }
func (o Unmark) String() string         { return fmt.Sprintf("remove marker %q", o.Name) }
func (o CreateInstance) String() string { return fmt.Sprintf("create instance %q", o.Name) }
func (o StartInstance) String() string  { return fmt.Sprintf("start instance %q", o.Name) }
func (o StopInstance) String() string   { return fmt.Sprintf("stop instance %q", o.Name) }
func (o PauseInstance) String() string  { return fmt.Sprintf("pause instance %q", o.Name) }
func (o ResumeInstance) String() string { return fmt.Sprintf("resume instance %q", o.Name) }
func (o RemoveInstance) String() string { return fmt.Sprintf("remove instance %q", o.Name) }
func (o UpdateInstance) String() string { return fmt.Sprintf("update instance %q", o.Name) }

func (o ChangePassword) String() string {
	return fmt.Sprintf("change the password in instance %q", o.Name)
}
func (o UnpauseInstance) String() string { return fmt.Sprintf("unpause instance %q", o.Name) }

func (o WatchInstance) String() string {
	if o.For == 0 {
		return fmt.Sprintf("look whether instance %q still serves", o.Name)
	}
	return fmt.Sprintf("watch instance %q for %s", o.Name, o.For)
}

func (o RemoveNetwork) String() string {
	if o.IfUnused {
		return fmt.Sprintf("remove network %q if unused", o.Name)
	}
	return fmt.Sprintf("remove network %q", o.Name)
}

func (o Connect) String() string {
	return fmt.Sprintf("connect %q to network %q", o.Instance, o.Network)
}

func (o Disconnect) String() string {
	return fmt.Sprintf("disconnect %q from network %q", o.Instance, o.Network)
}

func (o AwaitInstance) String() string {
	return fmt.Sprintf("wait until instance %q is %s", o.Name, o.Condition)
}

func (o RenameInstance) String() string {
	return fmt.Sprintf("rename instance %q to %q", o.From, o.To)
}

func (EnsureImage) op()     {}
func (BuildImage) op()      {}
func (EnsureProbe) op()     {}
func (CreateNetwork) op()   {}
func (RemoveNetwork) op()   {}
func (Connect) op()         {}
func (Disconnect) op()      {}
func (CreateVolume) op()    {}
func (RemoveVolume) op()    {}
func (CreateVault) op()     {}
func (RemoveVault) op()     {}
func (FillVault) op()       {}
func (Mark) op()            {}
func (Unmark) op()          {}
func (CreateInstance) op()  {}
func (StartInstance) op()   {}
func (AwaitInstance) op()   {}
func (StopInstance) op()    {}
func (WatchInstance) op()   {}
func (PauseInstance) op()   {}
func (UnpauseInstance) op() {}
func (ResumeInstance) op()  {}
func (ChangePassword) op()  {}
func (RemoveInstance) op()  {}
func (RenameInstance) op()  {}
func (UpdateInstance) op()  {}
