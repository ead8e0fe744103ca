"""Small machines of each kind, in repo/ of the current folder: for tests that query a daemon."""
import math, os, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from models import layer, save


def values(shape, scale=0.5):
    n = math.prod(shape)
    return shape, [scale * math.sin(1.7 * i + 0.3) for i in range(n)]


def machine(name, kind, layers, couplings, **metadata):
    sizes = {l["name"]: l["size"] for l in layers}
    tensors = {l["name"] + ".bias": values([l["size"]]) for l in layers}
    tensors.update({l["name"] + ".log_sigma": values([l["size"]], 0.1) for l in layers if l["unit"] == "gaussian"})
    tensors.update({"%s~%s.weight" % c: values([sizes[c[0]], sizes[c[1]]]) for c in couplings})
    save(name, kind, layers, couplings, tensors, **metadata)


hidden = layer("hidden", "hidden", "bernoulli", 3)
machine("tiny", "rbm", [layer("visible", "visible", "bernoulli", 4, shape=[2, 2]), hidden], [("visible", "hidden")])
machine("real", "rbm", [layer("visible", "visible", "gaussian", 3), hidden], [("visible", "hidden")])
machine("spins", "rbm", [layer("visible", "visible", "spin", 4), hidden], [("visible", "hidden")])
machine("groups", "rbm", [layer("visible", "visible", "softmax", 6, groups=2), hidden], [("visible", "hidden")])
machine("words", "rbm", [layer("visible", "visible", "multinomial", 5), hidden], [("visible", "hidden")])
machine("classes", "rbm", [layer("visible", "visible", "bernoulli", 4), hidden,
                           layer("label", "label", "softmax", 3, categories=["a", "b", "c"])],
        [("visible", "hidden"), ("label", "hidden")])
machine("deep", "dbm", [layer("visible", "visible", "bernoulli", 4), layer("hidden1", "hidden", "bernoulli", 3),
                        layer("hidden2", "hidden", "bernoulli", 2)],
        [("visible", "hidden1"), ("hidden1", "hidden2")])
machine("pair", "multimodal", [layer("image", "visible", "bernoulli", 4), layer("tags", "visible", "multinomial", 3),
                               layer("joint", "hidden", "bernoulli", 3)],
        [("image", "joint"), ("tags", "joint")])
machine("people", "rbm", [layer("visible", "visible", "gaussian", 1, categories=["age"]),
                          layer("flags", "visible", "bernoulli", 1, categories=["vip"]),
                          layer("plan", "visible", "softmax", 3, categories=["basic", "free", "pro"]), hidden],
        [("visible", "hidden"), ("flags", "hidden"), ("plan", "hidden")], table={"columns": [
            {"name": "age", "kind": "number", "layer": "visible", "unit": 0, "mean": 40.0, "sd": 15.0},
            {"name": "plan", "kind": "category", "layer": "plan", "unit": 0, "size": 3, "categories": ["basic", "free", "pro"]},
            {"name": "vip", "kind": "boolean", "layer": "flags", "unit": 0}]})
