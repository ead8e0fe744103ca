// Cells that do not fit their row: each is hidden in turn and inferred from the others.
import { percent } from "./dom.js";
import { byLayer, inputsOf } from "./model.js";

const MOST_COLUMNS = 40, LEAST_PROBABILITY = 0.05, DEVIATIONS = 3.5, ENOUGH = 20;

/** { look(rows) }: fills row.strange, from column to sentence; resolves to true if rows were new. */
export function strangeCells(api, model, table) {
  const columns = table.columns.filter(c => c.kind === "category" || c.kind === "number" || c.kind === "boolean");
  const usable = columns.length > 1 && columns.length <= MOST_COLUMNS;
  const residuals = new Map(columns.map(c => [c, []]));
  let busy = false;

  function judge(row, column, x) {
    const given = row.units[column.layer.name];
    if (column.kind === "number") {
      const found = column.value(given), expected = column.value(x), list = residuals.get(column);
      list.push(Math.abs(found - expected));
      if (list.length > 500)
        list.shift();
      row.expected.set(column, expected);
      return;
    }
    const k = column.kind === "category" ? given.indexOf(Math.max(...given)) : column.from;
    const p = column.kind === "category" ? x[k] : given[k] > 0.5 ? x[k] : 1 - x[k];
    if (p < LEAST_PROBABILITY)
      row.strange.set(column.name, `found ${column.text(given)}, which has probability ${percent(p)} given the rest; expected ${column.text(x)}`);
  }

  /* For a normal, 1.4826 times the median absolute residual is the standard deviation. */
  function numbers(row) {
    for (const [column, expected] of row.expected) {
      const list = [...residuals.get(column)].sort((a, b) => a - b), deviation = 1.4826 * list[list.length >> 1];
      const found = column.value(row.units[column.layer.name]);
      if (list.length >= ENOUGH && deviation > 0 && Math.abs(found - expected) > DEVIATIONS * deviation)
        row.strange.set(column.name, `found ${column.text(row.units[column.layer.name])}, expected ${expected.toFixed(2)} ± ${deviation.toFixed(2)}`);
    }
  }

  return {
    async look(rows) {
      const todo = rows.filter(r => !r.strange);
      if (!usable || busy || !todo.length)
        return false;
      busy = true;
      try {
        const asked = [];
        for (const row of todo)
          for (const column of columns) {
            if (Number.isNaN(row.units[column.layer.name][column.from]))
              continue;
            const x = row.units[column.layer.name].slice().fill(NaN, column.from, column.from + column.size);
            const units = { ...row.units, [column.layer.name]: x };
            if (model.inputs.some(l => units[l.name].some(v => !Number.isNaN(v))))
              asked.push({ row, column, units });
          }
        const made = asked.length ? byLayer(model, (await api.reconstruct(model.name, { inputs: inputsOf(model, asked.map(a => a.units)), steps: 10 })).reconstruction) : {};
        for (const row of todo) {
          row.strange = new Map();
          row.expected = new Map();
        }
        asked.forEach((a, i) => judge(a.row, a.column, made[a.column.layer.name][i]));
        todo.forEach(numbers);
        return true;
      } finally {
        busy = false;
      }
    },
  };
}
