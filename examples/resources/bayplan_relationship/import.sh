# An import needs the environment and the name.
terraform import bayplan_relationship.database default/database
