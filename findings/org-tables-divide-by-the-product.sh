#!/usr/bin/env bash
# Emacs 28.2: in a table of Org $4=$1/$2*$3 of 8, 2, 4 is 1, not 16, as is calc-eval of "8/2*4"; -3^2 is -9 and 8-2+4 is 10.
#
# Division and multiplication are expected to bind alike, from the left, as in awk, spreadsheets and languages. Calc, which computes the formulas of tables, lets the product go first: a / b * c divides by both, so that a rate times a time, a loss per row times rows, is off by the square of the last factor. Subtraction and addition are as elsewhere.
# The manuals say so where they list the operators. Nothing is said. What to do: ($1/$2)*$3.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
wanted='emacs-nox=1:28.2+1-15+deb12u4 emacs-common=1:28.2+1-15+deb12u4 emacs-el=1:28.2+1-15+deb12u4 emacs-bin-common=1:28.2+1-15+deb12u4'
# shellcheck disable=SC2086 # words wanted
missing=$(apt-get install -s --no-install-recommends $wanted 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'emacs-(nox|common|el|bin-common)' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq $wanted $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f emacs-nox_*.deb Version | sed 's/^/emacs-nox /'
share=$PWD/root/usr/share/emacs/28.2
export EMACSDATA=$share/etc EMACSLOADPATH=$share/lisp: LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu HOME=$PWD
cat >table.org <<'T'
| 8 | 2 | 4 |  |  |
#+TBLFM: $4=$1/$2*$3::$5=($1/$2)*$3
T
cat >try.el <<'L'
(require 'org)
(require 'calc)
(find-file "table.org")
(goto-char (point-max))
(search-backward "#+TBLFM")
(org-table-calc-current-TBLFM)
(let ((row (split-string (progn (goto-char (point-min)) (buffer-substring (point) (line-end-position))) "[ |]+" t))
      (alone (calc-eval "8/2*4"))
      (power (calc-eval "-3^2"))
      (less (calc-eval "8-2+4")))
  (princ (format "table, 8/2*4 and (8/2)*4: %s; calc: 8/2*4 = %s, -3^2 = %s, 8-2+4 = %s\n" row alone power less))
  (kill-emacs (if (and (equal row '("8" "2" "4" "1" "16")) (equal alone "1") (equal power "-9") (equal less "10")) 0 1)))
L
root/usr/bin/emacs-nox --dump-file="$(find root -name '*.pdmp' | head -n 1)" -Q --batch -L "$share/lisp" -L "$share/lisp/org" -L "$share/lisp/calc" -l try.el 2>messages || { cat messages; echo "CHANGED"; exit 1; }
