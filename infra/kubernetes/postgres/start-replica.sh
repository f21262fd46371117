#!/usr/bin/env bash
# A copy of the primary at the first start, then a standby that streams from it through a slot of its own. Arguments: settings of the server.
set -euo pipefail
export PGSSLMODE=verify-full PGSSLROOTCERT=/tls/ca.crt PGSSLCERT=/tls/tls.crt PGSSLKEY=/tls/tls.key
slot=${SLOT:-replica}
if [[ ! -s $PGDATA/PG_VERSION ]]; then
  rm -rf "$PGDATA.copying"
  psql --host "$PRIMARY" --dbname postgres --no-psqlrc --quiet --command \
    "SELECT pg_create_physical_replication_slot('$slot') WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '$slot')" >/dev/null
  pg_basebackup --host "$PRIMARY" --pgdata "$PGDATA.copying" --wal-method stream --slot "$slot" --write-recovery-conf --checkpoint fast
  mv "$PGDATA.copying" "$PGDATA"
fi
exec postgres "$@"
