#!/bin/sh
# Make the configure script from configure.ac.
set -e
cd "$(dirname "$0")"
mkdir -p m4
autoreconf --force --install --warnings=all
