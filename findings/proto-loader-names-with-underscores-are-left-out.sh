#!/usr/bin/env bash
# @grpc/proto-loader 0.8.1 (npm): a request { model_name: "digits", raw_scores: true }, named as in the .proto file, is sent as no bytes at all; modelName would be sent.
#
# The names of the .proto file are expected to be those of the messages, as in Python and grpcurl. Names are made camelCase on loading unless told otherwise, and
# what a message has besides is left out, without an error on either side: an inference server is asked for the model without a name, and for no scores. Fields of one word
# (id, seed, inputs) arrive, so a first try with these passes; answers come back in camelCase, where answer.model_name is undefined. 64-bit numbers are objects besides, whose + 1 is a
# text. What to do: loadSync(file, { keepCase: true, longs: Number }).
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @grpc/proto-loader@0.8.1 >/dev/null
cat >infer.proto <<'PROTO'
syntax = "proto3";
message Request { string id = 1; string model_name = 2; string model_version = 3; int64 seed = 4; bool raw_scores = 5; }
message Answer { string model_name = 1; int64 rows = 2; }
service Inference { rpc Infer(Request) returns (Answer) {} }
PROTO
cat >try.js <<'JS'
const loader = require("@grpc/proto-loader");
console.log("@grpc/proto-loader " + require("@grpc/proto-loader/package.json").version);
const plain = loader.loadSync("infer.proto").Inference.Infer, kept = loader.loadSync("infer.proto", { keepCase: true, longs: Number }).Inference.Infer;
const request = { id: "a", model_name: "digits", model_version: "2", seed: 7, raw_scores: true };
const sent = plain.requestSerialize(request), meant = kept.requestSerialize(request);
const arrived = kept.requestDeserialize(sent), nothing = plain.requestSerialize({ model_name: "digits", raw_scores: true }).length;
const answer = plain.responseDeserialize(kept.responseSerialize({ model_name: "digits", rows: 3 }));
console.log(`bytes sent: ${sent.length}, with keepCase ${meant.length}, without the id ${nothing}; the server sees`, JSON.stringify(arrived));
console.log(`the answer's model_name: ${answer.model_name}, modelName: ${answer.modelName}, rows + 1: ${answer.rows + 1}, with keepCase and longs: ${kept.responseDeserialize(kept.responseSerialize({ rows: 3 })).rows + 1}`);
process.exit(sent.length === 5 && nothing === 0 && meant.length > 15 && arrived.id === "a" && answer.model_name === undefined && answer.modelName === "digits" && answer.rows + 1 !== 4 ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
