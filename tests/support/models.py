"""Makes model files for tests of the tool: standard library only."""
import json, os, struct


def save(name, kind, layers, couplings, tensors, **metadata):
    """repo/NAME/1/model.safetensors; tensors: "layer.bias", "gaussian.log_sigma", "a~b.weight", "layer.offset" -> (shape, values)"""
    order = [l["name"] + ".bias" for l in layers] + [l["name"] + ".log_sigma" for l in layers if l["unit"] == "gaussian"]
    order += ["%s~%s.weight" % tuple(c) for c in couplings]
    order += [key for key in tensors if key.endswith(".offset")]
    header, data = {"__metadata__": {"format": "boltz", "format_version": "1", "model": json.dumps(
        {"kind": kind, "layers": layers, "couplings": couplings}), **{key: json.dumps(x) for key, x in metadata.items()}}}, b""
    for key in order:
        shape, values = tensors[key]
        header[key] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * len(values)]}
        data += struct.pack("<%df" % len(values), *values)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    os.makedirs("repo/%s/1" % name)
    with open("repo/%s/1/model.safetensors" % name, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def layer(name, role, unit, size, **more):
    return dict({"name": name, "role": role, "unit": unit, "size": size}, **more)
