"""What a Python user would serve the features of one row with: aiohttp and PyTorch. PORT WEIGHTS.npz; POST /raw (float32 in and out),
/json ({"inputs": [[...]]}). One process; start two that share the port."""
import socket
import sys

import numpy as np
import torch
from aiohttp import web

torch.set_num_threads(1)
arrays = np.load(sys.argv[2])
w, c = torch.from_numpy(arrays["w"]), torch.from_numpy(arrays["c"])


def features(x):
    with torch.no_grad():
        return torch.sigmoid(torch.addmm(c, x, w))


async def raw(request):
    body = await request.read()
    x = torch.frombuffer(bytearray(body), dtype=torch.float32).reshape(-1, len(w))
    return web.Response(body=features(x).numpy().tobytes(), content_type="application/octet-stream")


async def json(request):
    x = torch.tensor((await request.json())["inputs"], dtype=torch.float32)
    return web.json_response({"features": features(x).tolist()})

app = web.Application()
app.add_routes([web.post("/raw", raw), web.post("/json", json)])
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
web.run_app(app, sock=listener, access_log=None, print=None)
