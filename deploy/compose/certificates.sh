#!/usr/bin/env bash
# Make what the Compose system needs and git must never see: a certificate authority, one
# certificate per service, passwords. What is there stays; `--renew` makes new certificates.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
secrets=${PARKFLOW_SECRETS:-$here/secrets}
days=825
services="ingest validation history forecasting forecasting-training dispatch carbon-accounting alerting console simulator"

command -v openssl >/dev/null || { echo "openssl is needed: apt-get install openssl" >&2; exit 1; }
umask 077
mkdir -p "$secrets"
cd "$secrets"
chmod -f u+w ./* || true
if [ "${1:-}" = --renew ]; then rm -f ./*.crt ./*.key; fi

if [ ! -s ca.crt ]; then
  openssl ecparam -name prime256v1 -genkey -noout -out ca.key
  openssl req -x509 -new -key ca.key -sha256 -days "$days" -subj "/CN=Parkflow Compose" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" -out ca.crt
  rm -f ./*-tls.crt
fi

for service in $services; do
  [ -s "$service-tls.crt" ] && continue
  openssl ecparam -name prime256v1 -genkey -noout -out "$service-tls.key"
  openssl req -new -key "$service-tls.key" -subj "/CN=$service" -out "$service.csr"
  openssl x509 -req -in "$service.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -sha256 -days "$days" \
    -extfile <(printf 'subjectAltName=DNS:%s,DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\nkeyUsage=digitalSignature\n' "$service") \
    -out "$service-tls.crt" 2>/dev/null
  rm -f "$service.csr"
done

password() { [ -s "$1" ] || openssl rand -hex 24 >"$1"; }
password database_password
password grafana_password
password mqtt_ingest_password
password mqtt_devices_password
password console_password
printf 'postgresql://parkflow:%s@timescaledb:5432/parkflow' "$(cat database_password)" >database_url
printf 'mqtt://devices:%s@mqtt:1883' "$(cat mqtt_devices_password)" >mqtt_devices_url

# The console's users: name:role:sha256 of the password.
printf 'operator:operator:%s\n' "$(tr -d '\n' <console_password | openssl dgst -sha256 -r | cut -d' ' -f1)" >console_users

# The broker keeps salted hashes: $7$ is PBKDF2 with SHA-512.
hash_of() {
  local salt hex
  salt=$(openssl rand -base64 12)
  hex=$(openssl base64 -d -A <<<"$salt" | od -An -v -tx1 | tr -d ' \n')
  printf '%s:$7$101$%s$' "$1" "$salt"
  openssl kdf -keylen 64 -kdfopt digest:SHA512 -kdfopt "pass:$(cat "$2")" \
    -kdfopt "hexsalt:$hex" -kdfopt iter:101 -binary PBKDF2 | openssl base64 -A
  echo
}
[ -s mqtt_passwords ] || { hash_of ingest mqtt_ingest_password; hash_of devices mqtt_devices_password; } >mqtt_passwords

# The folder is closed to others; the files are read inside containers by other users.
chmod 0444 ./*
chmod 0400 ca.key
chmod 0700 .
