// What passes from view to view: a row to draw on, a file's rows. Kept by model, as long as the tab.
const rows = new Map(), files = new Map();

export const putRow = (model, row) => rows.set(model, row);

/** The row that was sent here, once. */
export function takeRow(model) {
  const row = rows.get(model);
  rows.delete(model);
  return row;
}

export const putFile = (model, file) => files.set(model, file);
export const getFile = model => files.get(model);
