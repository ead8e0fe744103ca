#!/usr/bin/env bash
# pyzmq 24.0.1 (libzmq 4.3.4): of 20000 messages that a PUB socket sends faster than its subscriber reads, 2000 arrive over inproc, the first ones; all sends succeed. A PUSH socket waits, and all arrive.
#
# A queue is expected to slow the sender down, or to fail, when it is full. A publisher has a mark of 1000 messages at either end, beyond which it throws away, message by message: samples of a chain, gradients or rows go missing in the middle of a stream, more of them the
# slower the reader, and what was sent before the subscriber's connection stood is gone as well. In a trial with few messages, or one with a pause in the loop, nothing is lost. Nothing is said. What to do: PUSH and PULL, numbers in the messages, or SNDHWM = 0
# and RCVHWM = 0 with memory to spare.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-zmq=24.0.1-4+b1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-zmq' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-zmq=24.0.1-4+b1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-zmq_*.deb Version | sed 's/^/python3-zmq /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import threading
import time
import zmq
print("pyzmq", zmq.__version__, "libzmq", zmq.zmq_version())
context = zmq.Context()
def arrive(sender, receiver, name, later):
    out, into = context.socket(sender), context.socket(receiver)
    out.bind("inproc://" + name)
    if receiver == zmq.SUB:
        into.subscribe(b"")
    into.connect("inproc://" + name)
    into.RCVTIMEO = 3000
    time.sleep(0.2)
    send = threading.Thread(target=lambda: [out.send(b"%d" % i) for i in range(20000)])
    send.start()
    if later:
        send.join()
    numbers = []
    try:
        while len(numbers) < 20000:
            numbers.append(int(into.recv()))
    except zmq.Again:
        pass
    send.join()
    return numbers
published, pushed = arrive(zmq.PUB, zmq.SUB, "a", True), arrive(zmq.PUSH, zmq.PULL, "b", False)
print("sent 20000; by PUB and SUB arrive", len(published), "the last of them", published[-1], "; by PUSH and PULL", len(pushed))
assert published == list(range(2000)) and pushed == list(range(20000))
context.destroy(linger=0)
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
