#!/usr/bin/env bash
# Tries what talks to Windows under wine: a label through winspool to a print
# queue, and through a serial port. The queue is one of a CUPS of its own, on
# loopback, because wine shows those; the serial port is a pseudo terminal.
#
# It is a smoke test. Wine is not Windows, and wine 8 not even of today: what
# passes here calls the system rightly, and nothing more is known. Needs Debian's
# wine64, gcc-mingw-w64-x86-64 and cups; the prefix, some 700 MB, stays in WORK.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=${WORK:-${XDG_CACHE_HOME:-$HOME/.cache}/waybill-wine}
wine=${WINE:-/usr/lib/wine/wine64}
server=$(dirname "$wine")/wineserver64
for tool in "$wine" "$server" x86_64-w64-mingw32-gcc /usr/sbin/cupsd /usr/sbin/lpadmin; do
	command -v "$tool" >/dev/null || { echo "wine: $tool is missing (apt-get install wine64 gcc-mingw-w64-x86-64 cups)"; exit 1; }
done
export WINEPREFIX="$work/prefix" WINEDEBUG=-all
mkdir -p "$work"
"$server" -p >/dev/null 2>&1 || true # one that talks to nobody, where none runs yet
if [[ ! -e $WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll ]]; then
	timeout 300 "$wine" wineboot -i
	x86_64-w64-mingw32-gcc -shared -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" tools/wine/processprng.c -ladvapi32
fi

root=$(mktemp -d)
cups=
trap '[[ -z $cups ]] || kill "$cups" 2>/dev/null || true; "$server" -k >/dev/null 2>&1 || true; rm -rf "$root"' EXIT
port=$((20000 + RANDOM % 10000)) sink=$((30000 + RANDOM % 10000))
mkdir -p "$root"/{spool/tmp,cache,state,log}
cat >"$root/cupsd.conf" <<EOF
Listen 127.0.0.1:$port
Browsing No
DefaultAuthType None
<Location />
Order allow,deny
Allow all
</Location>
<Policy default>
<Limit All>
Order allow,deny
Allow all
</Limit>
</Policy>
EOF
cat >"$root/cups-files.conf" <<EOF
ServerRoot $root
RequestRoot $root/spool
TempDir $root/spool/tmp
CacheDir $root/cache
StateDir $root/state
AccessLog $root/log/access
ErrorLog $root/log/error
PageLog $root/log/page
User $(id -un)
Group $(id -gn)
SystemGroup $(id -gn)
FileDevice Yes
EOF
# CUPS drops root's rights for its helpers, and refuses to drop them to root.
if [[ $(id -u) == 0 ]]; then
	sed -i 's/^User .*/User lp/; s/^Group .*/Group lp/; s/^SystemGroup .*/SystemGroup root/' "$root/cups-files.conf"
	chmod 755 "$root"
	chown -R root:lp "$root"
	chmod -R g+rwX "$root/spool" "$root/cache" "$root/state" "$root/log"
fi
/usr/sbin/cupsd -f -c "$root/cupsd.conf" -s "$root/cups-files.conf" &
cups=$!
for _ in $(seq 50); do
	lpadmin -h "127.0.0.1:$port" -p Zebra_ZD421 -E -v "socket://127.0.0.1:$sink" -m raw 2>/dev/null && break
	sleep 0.2
done

GOOS=windows CGO_ENABLED=0 go test -c -tags winerig -o "$root/driver.exe" ./printer/driver
GOOS=windows CGO_ENABLED=0 go test -c -tags winerig -o "$root/link.exe" ./internal/link
CGO_ENABLED=0 go test -c -tags winerig -o "$root/link.test" ./internal/link
echo "== a queue"
CUPS_SERVER=127.0.0.1:$port RIG_QUEUE=Zebra_ZD421 RIG_SINK=127.0.0.1:$sink \
	timeout 120 "$wine" "$root/driver.exe" -test.run '^TestWineSpooler$' -test.v -test.timeout 100s
echo "== a serial port"
RIG_WINE=$wine RIG_EXE=$root/link.exe timeout 120 "$root/link.test" -test.run '^TestWineSerialHost$' -test.v -test.timeout 100s
