"""Imports files written by other programs, serves them all, and judges /free-energy by the free energies stored beside the files.

    served_models.py BOLTZ BOLTZD FOLDER    FOLDER as for model_files.py; prints the wrong ones and how many were judged
"""
import glob, json, os, re, subprocess, sys, tempfile, time, urllib.error, urllib.request

from model_files import Machine, differ, files_of, shown, states_of


def import_all(boltz, folder, repository):
    """{name: (expected, states)} of the imported files that have free energies."""
    models = {}
    for n, path in enumerate(sorted(glob.glob(os.path.join(folder, "*", "*.expected.json")))):
        expected = json.load(open(path))
        file = expected.get("file")
        source = os.path.join(os.path.dirname(path), os.path.basename(file)) if isinstance(file, str) else path[: -len(".expected.json")] + ".mat"
        if "free_energy_by_the_program" not in expected or not os.path.exists(source):
            continue
        run = subprocess.run([boltz, "import", *files_of(source), "--out", os.path.join(repository, "m%d" % n)], capture_output=True, text=True)
        if run.returncode == 0:
            layers = list(Machine(os.path.join(run.stdout.strip(), "model.safetensors")).layers.values())
            models["m%d" % n] = (os.path.relpath(source, folder), expected["free_energy_by_the_program"], states_of({"layers": layers, **expected}, shown(layers)))
    return models


def free_energies(port, name, states):
    inputs = {layer: [s[layer] for s in states] for layer in states[0]}
    request = urllib.request.Request("http://127.0.0.1:%d/v1/models/%s/free-energy" % (port, name), json.dumps({"inputs": inputs}).encode(), {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))


def until_ready(port):
    """Waits for the models: the port answers before they are loaded."""
    for _ in range(600):
        try:
            return urllib.request.urlopen("http://127.0.0.1:%d/v2/health/ready" % port)
        except urllib.error.HTTPError:
            time.sleep(0.05)
    raise TimeoutError("not ready")


def main():
    boltz, boltzd, folder = sys.argv[1:4]
    with tempfile.TemporaryDirectory() as repository:
        models, wrong, exact = import_all(boltz, folder, repository), 0, 0
        server = subprocess.Popen([boltzd, "--model-repository", repository, "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
        try:
            port = next(int(m.group(1)) for m in (re.search(r"127\.0\.0\.1:(\d+)", line) for line in server.stderr) if m)
            until_ready(port)
            for name, (file, wanted, states) in models.items():
                reply = free_energies(port, name, states)
                if reply["method"] != "exact":
                    continue
                exact += 1
                if differ(reply["free_energy"], wanted):
                    wrong += 1
                    print("%s: served free energies %s, expected %s and a constant" % (file, reply["free_energy"], wanted))
        finally:
            server.terminate()
            server.wait()
    print("served models of other programs: %d of %d right" % (exact - wrong, exact))
    return wrong or not exact


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
