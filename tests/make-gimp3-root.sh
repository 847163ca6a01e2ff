#!/usr/bin/env bash
# Makes a Debian 13 root with GIMP 3 in a folder, for the tests that need one: tests/make-gimp3-root.sh FOLDER
# About a minute, 0.7 GB. Needs root and mmdebstrap.
set -euo pipefail
root=$1
[ -x "$root/usr/bin/gimp-console-3.0" ] && exit 0
mirror=$(apt-get indextargets --format '$(REPO_URI)' | sort -u | grep -v security | head -n 1)
rm -rf "$root.part"
mmdebstrap --quiet --variant=apt --aptopt='Apt::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --include=gimp,fonts-dejavu-core trixie "$root.part" "deb $mirror trixie main"
mv "$root.part" "$root"
