"""From the template of an application to the same with gates, or all that hinders them."""
