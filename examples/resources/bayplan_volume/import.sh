# An import needs the environment and the name.
terraform import bayplan_volume.uploads default/uploads
