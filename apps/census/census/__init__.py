"""Census: how many persons live with a condition across the alliance, by sex and age; an app like any stranger's."""
