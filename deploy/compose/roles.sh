#!/bin/sh
# A role for each service, which may make its own schema and nothing else. Run by the postgres image on a new database.
set -eu
for service in notifications billing sms email letters documents; do
    psql -v ON_ERROR_STOP=1 -v role="notify_$service" -v schema="$service" -v password="$POSTGRES_PASSWORD" \
        --username postgres --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE SCHEMA :"schema" AUTHORIZATION :"role";
SQL
done
