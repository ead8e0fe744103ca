// Files: CSV, npy, IDX (also .gz), pictures. All become rows of a model, checked against its layers.
import { decodeNpy } from "./boltz.js";
import { columnsOf } from "./columns.js";
import { kindOf, pictureSize } from "./model.js";
import { times } from "./dom.js";

const MOST_BYTES = 200e6;
const MISSING = new Set(["", "na", "n/a", "nan", "?", "null", "none"]);

/** Lines of a CSV as lists of texts (RFC 4180); the separator most frequent in the first line. */
function parseCsv(text) {
  text = text.replace(/^\uFEFF/, "");
  const first = text.slice(0, text.search(/[\r\n]|$/)), count = c => first.split(c).length;
  const mark = [",", ";", "\t", " "].reduce((a, b) => (count(b) > count(a) ? b : a));
  const lines = [];
  let row = [], cell = "", quoted = false;
  const end = () => {
    row.push(cell);
    if (row.length > 1 || cell.trim()) lines.push(row);
    row = [];
    cell = "";
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') { cell += '"'; i++; }
      else quoted = false;
    } else if (c === '"' && cell.trim() === "") {
      quoted = true;
      cell = "";
    } else if (c === mark) {
      row.push(cell);
      cell = "";
    } else if (c === "\n" || c === "\r") {
      if (c === "\r" && text[i + 1] === "\n") i++;
      end();
    } else {
      cell += c;
    }
  }
  end();
  lines.comma = mark !== ",";
  return lines;
}

function linesOf(text) {
  const lines = parseCsv(text);
  if (/^\s*[[{]|\0/.test(text) || !lines.length)
    throw new Error(lines.length ? "expected CSV, npy, IDX or a picture" : "no rows");
  return lines;
}

const unknown = columns => (columns.length ? `Not in the file, so unknown: ${columns.map(c => c.name).join(", ")}.` : "");

/** Cells to units by the model's columns: by name under a header, else by position. */
function rowsOfTable(lines, model) {
  const columns = columnsOf(model, model.visible), bare = model.inputs.filter(l => kindOf(l) === "picture");
  if (!columns.some(c => c.layer.role === "visible") || bare.length)
    return rowsOfNumbers(lines, model);
  const names = lines[0].map(t => t.trim()), known = names.filter(n => columns.some(c => c.name === n)).length;
  const header = known > 0 && known >= Math.min(names.length, columns.length) / 3;
  const from = header ? lines.slice(1) : lines, width = lines[0].length;
  const wanted = columns.filter(c => c.layer.role === "visible");
  if (!header && width !== columns.length && width !== wanted.length)
    throw new Error(`no header with the model's columns (${wanted.slice(0, 5).map(c => c.name).join(", ")}…); without one, expected ${wanted.length} columns, found ${width}`);
  const place = column => (header ? names.indexOf(column.name) : (width === columns.length ? columns : wanted).indexOf(column));
  const places = columns.map(place), others = header ? names.map((n, i) => i).filter(i => !columns.some(c => c.name === names[i])) : [];
  const rows = from.map((line, r) => {
    if (line.length !== width)
      throw new Error(`line ${r + 1 + (header ? 1 : 0)}: expected ${width} cells, found ${line.length}`);
    const row = {}, problems = new Map();
    for (const layer of model.visible)
      row[layer.name] = new Float32Array(layer.size).fill(NaN);
    columns.forEach((column, j) => {
      const text = places[j] < 0 ? "" : line[places[j]].trim();
      if (!text || (!column.categories?.includes(text) && (MISSING.has(text.toLowerCase()) || model.table?.missing?.includes(text))))
        return;
      const x = row[column.layer.name], fault = column.put(x, text, lines.comma);
      if (!fault)
        return;
      x.fill(NaN, column.from, column.from + column.size);
      problems.set(column.name, fault);
    });
    return { units: row, problems, other: Object.fromEntries(others.map(i => [names[i], line[i]])) };
  });
  return { rows, columns: columns.filter((c, j) => places[j] >= 0 || c.layer.role === "visible"), others: others.map(i => names[i]), note: unknown(wanted.filter(c => place(c) < 0)) };
}

/** Rows of numbers for the picture layer; values over 1 are grey levels up to 255. */
function rowsOfNumbers(lines, model) {
  const layer = model.picture ?? model.inputs[0];
  const from = lines[0].some(t => t.trim() !== "" && !Number.isFinite(Number(t))) ? lines.slice(1) : lines;
  const values = from.map(line => line.map(Number)), bad = values.findIndex(v => v.length !== layer.size);
  if (bad >= 0)
    throw new Error(`row ${bad + 1}: expected ${layer.size} numbers for ${layer.name}, found ${values[bad].length}`);
  return rowsOfArray(values.flat(), values.length, layer, model);
}

function rowsOfArray(data, n, layer, model) {
  let most = 0;
  for (const v of data)
    most = Math.max(most, Number(v));
  const scale = layer.unit === "bernoulli" && most > 1 ? model.column(layer, 0)?.scale ?? 255 : 1;
  const rows = times(n, r => {
    const units = {};
    for (const l of model.visible)
      units[l.name] = l === layer ? Float32Array.from({ length: l.size }, (_, i) => Number(data[r * l.size + i]) / scale) : new Float32Array(l.size).fill(NaN);
    return { units, problems: new Map(), other: {} };
  });
  const columns = columnsOf(model, model.inputs.filter(l => l !== layer));
  return { rows, columns, others: [], note: unknown(columns) };
}

/** IDX, the format of MNIST. */
function decodeIdx(buffer) {
  const view = new DataView(buffer), rank = view.getUint8(3), shape = times(rank, i => view.getUint32(4 + 4 * i));
  if (view.getUint8(2) !== 8)
    throw new Error("IDX: expected bytes (type 0x08)");
  return { shape, data: new Uint8Array(buffer, 4 + 4 * rank) };
}

/** A picture's grey levels (as the server's) in the layer's shape; transparent is white, 1. */
async function rowOfPicture(file, layer, model) {
  if (!model.picture)
    throw new Error(`${file.name} is a picture, and the model has none`);
  const { width, height, channels } = pictureSize(layer);
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
  const canvas = new OffscreenCanvas(width, height), context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const x = [];
  for (let i = 0; i < data.length; i += 4)
    if (channels === 3) x.push(data[i], data[i + 1], data[i + 2]);
    else x.push((19595 * data[i] + 38470 * data[i + 1] + 7471 * data[i + 2] + 32768) >> 16);
  const levels = x.map(v => v / 255);
  const found = rowsOfArray(layer.unit === "spin" ? levels.map(v => 2 * v - 1) : levels, 1, layer, model);
  if (bitmap.width !== width || bitmap.height !== height)
    found.note += ` Scaled from ${bitmap.width} × ${bitmap.height} to ${width} × ${height}.`;
  return found;
}

/** Rows of a file: { name, rows: [{ units, problems, other }], columns, inputs }. */
export async function readRows(file, model) {
  if (file.size > MOST_BYTES)
    throw new Error(`${file.name}: ${Math.round(file.size / 1e6)} MB, but this page reads at most ${MOST_BYTES / 1e6} MB; boltz score reads larger files`);
  const layer = model.picture ?? model.inputs[0];
  let buffer = await file.arrayBuffer(), bytes = new Uint8Array(buffer);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    buffer = await new Response(new Blob([buffer]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
    bytes = new Uint8Array(buffer);
  }
  let found;
  if (bytes[0] === 0x93 && bytes[1] === 0x4e)
    found = rowsOfShaped(decodeNpy(buffer), layer, model);
  else if (bytes[0] === 0 && bytes[1] === 0 && bytes.length > 8)
    found = rowsOfShaped(decodeIdx(buffer), layer, model);
  else if (file.type.startsWith("image/") || (bytes[0] === 0x89 && bytes[1] === 0x50))
    found = await rowOfPicture(file, layer, model);
  else
    found = rowsOfTable(linesOf(new TextDecoder(bytes[0] === 0xff ? "utf-16le" : bytes[0] === 0xfe ? "utf-16be" : "utf-8").decode(bytes)), model);
  if (!found.rows.length)
    throw new Error(`${file.name}: no rows`);
  return { name: file.name, ...found };
}

function rowsOfShaped({ shape, data }, layer, model) {
  const n = shape.length === 1 ? 1 : shape[0], size = shape.slice(shape.length === 1 ? 0 : 1).reduce((a, b) => a * b, 1);
  if (size !== layer.size)
    throw new Error(`expected rows of ${layer.size} numbers for ${layer.name}, found ${size} (shape ${shape.join(" × ")})`);
  return rowsOfArray(data, n, layer, model);
}

export function textRows(text, model) {
  return { name: "pasted", ...rowsOfTable(linesOf(text), model) };
}
