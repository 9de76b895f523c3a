"""What every service offers the people who run it: the record of changes. Servicers of `notify.operations.v1` are made
here and registered by the services, each over its own schema.
"""
