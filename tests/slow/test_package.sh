#!/usr/bin/env bash
# The Debian packages: built, lintian-clean, and installed, configured, upgraded and purged in a fresh root.
set -euo pipefail

command -v dpkg-shlibdeps >/dev/null && command -v cpack >/dev/null || { echo "skipped: needs dpkg-dev and cpack"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The programs under test are packaged if they were built for /usr, as scripts/test does.
build=$(dirname "$BIN_DIR")
if ! grep -q '^CMAKE_INSTALL_PREFIX:[A-Z]*=/usr$' "$build/CMakeCache.txt" || ! grep -q '^BOLTZ_SANITIZE:[A-Z]*=$' "$build/CMakeCache.txt"; then
    build=$work/build
    cmake -S "$SOURCE_DIR" -B "$build" -G Ninja -DBOLTZ_TESTS=OFF -DCMAKE_INSTALL_PREFIX=/usr >"$work/log"
    cmake --build "$build" >"$work/log" 2>&1 || { tail -n 30 "$work/log"; exit 1; }
fi
(cd "$work" && cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work/packages") >"$work/log" 2>&1 || { tail -n 30 "$work/log"; exit 1; }
packages=("$work"/packages/boltzd_*.deb "$work"/packages/boltz_*.deb)
ls -l "${packages[@]}" | awk '{print $5, $9}' | sed 's|[^ ]*/||'
dpkg-deb -c "${packages[0]}" >"$work/files"
for file in usr/bin/boltzd etc/boltzd/boltzd.conf usr/lib/systemd/system/boltzd.service usr/share/man/man1/boltzd.1.gz \
    usr/share/man/man5/boltzd.conf.5.gz usr/share/doc/boltzd/operations.md usr/share/bash-completion/completions/boltzd usr/share/zsh/vendor-completions/_boltzd; do
    grep -q " ./$file$" "$work/files" || { echo "boltzd's package lacks /$file"; exit 1; }
done
# The unit starts what the package installs, and nothing in /usr/local.
dpkg-deb --fsys-tarfile "${packages[0]}" | tar xO ./usr/lib/systemd/system/boltzd.service >"$work/unit"
grep -q '^ExecStart=/usr/bin/boltzd --config /etc/boltzd/boltzd.conf$' "$work/unit" && ! grep /usr/local "$work/unit" || { cat "$work/unit"; exit 1; }
! dpkg-deb -f "${packages[0]}" Depends | grep -q openblas || { echo "the daemon's package asks for OpenBLAS"; exit 1; }

# The shells accept the completions.
bash -c "source '$build/manuals/boltz.bash'; COMP_WORDS=(boltz tr); COMP_CWORD=1; _boltz; [ \"\${COMPREPLY[*]}\" = train ]"
bash -c "source '$build/manuals/boltzd.bash'; COMP_WORDS=(boltzd --log-fo); COMP_CWORD=1; _boltzd; [ \"\${COMPREPLY[*]}\" = --log-format ]"
if command -v man >/dev/null; then
    for page in boltzd.1 boltz.1 boltzd.conf.5; do
        MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z "$build/manuals/$page.gz" >/dev/null 2>"$work/warnings"
        [ ! -s "$work/warnings" ] || { head -n 5 "$work/warnings"; exit 1; }
    done
fi

if ! command -v lintian >/dev/null && [ "$(id -u)" -eq 0 ]; then
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends lintian >"$work/log" 2>&1 || true
fi
if command -v lintian >/dev/null; then
    lintian --tag-display-limit 0 --profile debian --fail-on error,warning "${packages[@]}" >"$work/lintian" 2>&1 || { cat "$work/lintian"; exit 1; }
    echo "lintian finds nothing"
else
    echo "lintian is not installed: left out"
fi

[ "$(id -u)" -eq 0 ] && command -v mmdebstrap >/dev/null || { echo "no mmdebstrap, or not root: installation left out"; exit 0; }
cat >"$work/inside" <<'SH'
set -e
export DEBIAN_FRONTEND=noninteractive
apt-get install -y -qq --no-install-recommends /packages/*.deb >/dev/null
boltzd --version
boltzd --config /etc/boltzd/boltzd.conf --check-config
boltz --version
echo '# mine' >>/etc/boltzd/boltzd.conf
mkdir -p /var/lib/boltzd/models/mine/1 && touch /var/lib/boltzd/models/mine/1/kept
dpkg -i /packages/boltzd_*.deb >/dev/null
tail -n 1 /etc/boltzd/boltzd.conf | grep -q mine
dpkg --purge boltzd boltz >/dev/null
test ! -e /etc/boltzd && test ! -e /usr/bin/boltzd && test -e /var/lib/boltzd/models/mine/1/kept
echo installed, upgraded, purged
SH
mmdebstrap --quiet --variant=apt --dpkgopt=force-unsafe-io --customize-hook="mkdir -p \"\$1/packages\" && cp $work/packages/*.deb \"\$1/packages\"" \
    --customize-hook="chroot \"\$1\" sh -s <$work/inside >$work/inside.log 2>&1" bookworm /dev/null 2>"$work/mm.log" ||
    { cat "$work/inside.log" 2>/dev/null || true; tail -n 5 "$work/mm.log"; grep -qs 'installed, upgraded, purged' "$work/inside.log" || [ ! -s "$work/inside.log" ] && { echo "no package mirror: installation left out"; exit 0; }; exit 1; }
grep 'installed, upgraded, purged' "$work/inside.log"
