#!/usr/bin/env bash
# Installs the real servers that the tests in this folder start: as root, on Debian 12, as often as you like. No service is started or
# left to start: the tests run their own instances, on loopback, in temporary folders. Add what a new test needs to the lists below.
set -euo pipefail

packages=(
  dovecot-imapd dovecot-lmtpd             # IMAP and LMTP
  exim4-daemon-light                      # SMTP relay
  ceph-common ceph-mon ceph-osd radosgw   # S3
  clamav-daemon                           # the virus scanner
  postgresql                              # the ledger for several workers
  courier-base courier-authlib-userdb     # a second IMAP server (see below)
  isync                                   # mbsync, which the bench compares with
  openssl
)
# Packages that cannot be installed beside the others (Debian has one IMAP server at a time): only unpacked, where they are in nobody's way.
unpacked=(courier-imap)
unpack_folder=/opt/faultline-peers

[ "$(id -u)" -eq 0 ] || { echo 'install.sh must run as root' >&2; exit 1; }

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
for package in "${unpacked[@]}"; do
  [ -f "$unpack_folder/$package/.complete" ] || missing+=("$package")
done
if [ "${#missing[@]}" -eq 0 ]; then
  echo 'the real servers are installed'
  exit 0
fi
echo "installing: ${missing[*]}"

# Debian asks this script before it starts a service (invoke-rc.d): "forbidden", for as long as we install.
policy=/usr/sbin/policy-rc.d
kept=
if [ -e "$policy" ]; then kept=$(mktemp) && cp -a "$policy" "$kept"; fi
restore() { if [ -n "$kept" ]; then cp -a "$kept" "$policy" && rm -f "$kept"; else rm -f "$policy"; fi; }
trap restore EXIT
printf '#!/bin/sh\nexit 101\n' > "$policy"
chmod 755 "$policy"

export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
apt() { apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold "$@"; }

# PostgreSQL's package makes a system cluster, which nobody needs here.
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
fi

apt update >/dev/null
apt install --no-install-recommends "${packages[@]}" >/dev/null

for package in "${unpacked[@]}"; do
  folder="$unpack_folder/$package"
  [ -f "$folder/.complete" ] && continue
  rm -rf "$folder"
  mkdir -p "$folder"
  download=$(mktemp -d)
  (cd "$download" && apt-get -q -o APT::Sandbox::User=root download "$package" >/dev/null && dpkg-deb -x ./*.deb "$folder")
  rm -rf "$download"
  touch "$folder/.complete"
done
echo 'the real servers are installed'
