# An import needs the environment and the name.
terraform import bayplan_service.db default/db
