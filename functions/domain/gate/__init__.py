"""What the gate decides: CloudFormation's events to the custom resource before an alias."""
