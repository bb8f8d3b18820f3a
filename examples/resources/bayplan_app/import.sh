# An import needs the environment and the name.
terraform import bayplan_app.web default/web
