#!/bin/sh
# Keeps certificates in files fresh: renews what is missing, near its end, or revoked. Meant for cron; see README.md.
#
#   renew.sh NAME...      writes $DIRECTORY/NAME.pem: key, certificate, intermediates
#
# Exit code: 0 all are fine, 1 one at least could not be renewed (the others were).
set -eu
umask 077

: "${CHANCERY_URL:?is not set, e.g. https://ca.example.com:8443}"
: "${CHANCERY_CA:?is not set: the file that the server calls listener-ca.pem}"
: "${CHANCERY_TOKEN_FILE:?is not set: a file with the token}"
: "${DIRECTORY:=/etc/chancery/certificates}"
: "${DAYS:=30}"        # renew when fewer are left
: "${RELOAD:=}"        # a command, run once when anything changed

work=$(mktemp -d "$DIRECTORY/.renew.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# From a file, so that the token is in no list of processes.
printf 'Authorization: Bearer %s\n' "$(cat "$CHANCERY_TOKEN_FILE")" >"$work/headers"
api() {
  curl --silent --show-error --fail-with-body --max-time 60 --retry 3 --cacert "$CHANCERY_CA" -H "@$work/headers" "$@"
}

# Whether the server has no valid certificate with the serial number of that file.
revoked() {
  serial=$(openssl x509 -in "$1" -noout -serial) || return 0
  found=$(api --get "$CHANCERY_URL/v1/certificates" \
    --data-urlencode "serial=${serial#serial=}" --data-urlencode status=valid) || return 1
  case $found in *'"items":[]'*) return 0 ;; *) return 1 ;; esac
}

due() {
  [ ! -s "$1" ] || ! openssl x509 -in "$1" -noout -checkend $((DAYS * 86400)) >/dev/null || revoked "$1"
}

renew() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key.pem" -out "$work/csr.pem" \
    -subj / -addext "subjectAltName=DNS:$1" 2>/dev/null &&
    api -o "$work/chain.pem" -H 'Content-Type: application/x-pem-file' -H 'Accept: application/x-pem-file' \
      --data-binary "@$work/csr.pem" "$CHANCERY_URL/v1/certificates?profile=tls-server&days=90" &&
    openssl x509 -in "$work/chain.pem" -noout -checkend 0 >/dev/null &&
    cat "$work/key.pem" "$work/chain.pem" >"$work/new.pem" &&
    mv "$work/new.pem" "$DIRECTORY/$1.pem" # one step: nobody ever reads half of it, or a key without its certificate
}

changed=0 failed=0
for name in "$@"; do
  due "$DIRECTORY/$name.pem" || continue
  if renew "$name"; then
    changed=1
    echo "renewed $name: $(openssl x509 -in "$DIRECTORY/$name.pem" -noout -enddate)"
  else
    failed=1
    echo "could not renew $name" >&2
    cat "$work/chain.pem" >&2 2>/dev/null || :
  fi
done
if [ "$changed" = 1 ] && [ -n "$RELOAD" ]; then sh -c "$RELOAD" || failed=1; fi
exit "$failed"
