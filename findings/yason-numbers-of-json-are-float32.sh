#!/usr/bin/env bash
# Common Lisp's YASON 0.7.6 on SBCL 2.2.9: 0.1234567890123 of JSON is read as 0.12345679, 16777217.0 as 16777216, 0.1 as a float32, which is sent on as 0.10000000149011612; whole numbers are exact, null and false are both NIL, which is sent on as null.
#
# Numbers of JSON are expected to be doubles, as in every other language. Numbers with a point are read as the language reads those in a program, as single floats unless told: seven digits of a service's answer are left, times in seconds since 1970 are off by up to a minute, and what passes through is longer and other than what came.
# Nothing is said. What to do: (let ((*read-default-float-format* 'double-float)) (yason:parse x)).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq sbcl=2:2.2.9-1 cl-yason=0.7.6-1.1 cl-alexandria cl-trivial-gray-streams 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in sbcl cl-yason; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
cat >try.lisp <<L
(require :asdf)
(setf *print-pretty* nil)
(asdf:initialize-source-registry '(:source-registry (:tree "$PWD/root/usr/share/common-lisp/source/") :ignore-inherited-configuration))
(let ((*error-output* (make-broadcast-stream)) (*standard-output* (make-broadcast-stream))) (asdf:load-system :yason))
(defun through (x) (with-output-to-string (s) (yason:encode x s)))
(let* ((usual (yason:parse "[0.1234567890123, 16777217.0, 0.1, 1700000050.0, 12345678901234567, null, false]"))
       (told (let ((*read-default-float-format* 'double-float)) (yason:parse "[0.1234567890123, 16777217.0, 0.1]")))
       (sent (through (list (third usual) (first (last usual))))))
  (format t "usual: ~a ~a; sent on: ~a; as doubles: ~a~%" usual (mapcar #'type-of (subseq usual 0 2)) sent (through told))
  (sb-ext:exit :code (if (and (= (second usual) 16777216) (typep (first usual) 'single-float) (= (fourth usual) 1700000000) (= (fifth usual) 12345678901234567) (null (sixth usual)) (null (seventh usual))
                              (string= sent "[0.10000000149011612,null]") (string= (through told) "[0.1234567890123,16777217.0,0.1]")) 0 1)))
L
SBCL_HOME=$PWD/root/usr/lib/sbcl XDG_CACHE_HOME=$PWD/cache LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu root/usr/bin/sbcl --noinform --core root/usr/lib/sbcl/sbcl.core --no-sysinit --no-userinit --disable-debugger --load try.lisp || { echo "CHANGED"; exit 1; }
