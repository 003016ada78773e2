# For the scripts beside it: what is here, and Debian's packages where they may be installed.
# shellcheck shell=bash

# The Node that is fetched where there is none.
# shellcheck disable=SC2034
NODE=24.19.0

found() { command -v "$1" >/dev/null 2>&1; }

# Whether Debian's packages can be installed here.
may_install() { [ "$(id -u)" -eq 0 ] && found apt-get; }

# usage: install_packages PACKAGE...
# Says the end of what apt-get said where it fails.
install_packages() {
    local log
    log=$(mktemp)
    if ! { DEBIAN_FRONTEND=noninteractive apt-get update &&
        DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"; } \
        >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}
