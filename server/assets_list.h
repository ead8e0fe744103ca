/* The web client's files: ASSET(symbol, path, file, type). Read by assets.S, which includes the bytes, and by assets.c. A new
 * file in web/ gets a line here. */
#define HTML "text/html; charset=utf-8"
#define CSS  "text/css; charset=utf-8"
#define JS   "text/javascript; charset=utf-8"

ASSET(index_html, "/", "index.html", HTML)
ASSET(style_css, "/style.css", "style.css", CSS)
ASSET(boltz_js, "/boltz.js", "boltz.js", JS)
ASSET(app_js, "/app.js", "app.js", JS)
ASSET(chains_js, "/chains.js", "chains.js", JS)
ASSET(columns_js, "/columns.js", "columns.js", JS)
ASSET(depend_js, "/depend.js", "depend.js", JS)
ASSET(dom_js, "/dom.js", "dom.js", JS)
ASSET(draw_js, "/draw.js", "draw.js", JS)
ASSET(editor_js, "/editor.js", "editor.js", JS)
ASSET(files_js, "/files.js", "files.js", JS)
ASSET(gallery_js, "/gallery.js", "gallery.js", JS)
ASSET(generate_js, "/generate.js", "generate.js", JS)
ASSET(how_js, "/how.js", "how.js", JS)
ASSET(inside_js, "/inside.js", "inside.js", JS)
ASSET(knowledge_js, "/knowledge.js", "knowledge.js", JS)
ASSET(model_js, "/model.js", "model.js", JS)
ASSET(paint_js, "/paint.js", "paint.js", JS)
ASSET(picked_js, "/picked.js", "picked.js", JS)
ASSET(plot_js, "/plot.js", "plot.js", JS)
ASSET(rowview_js, "/rowview.js", "rowview.js", JS)
ASSET(settings_js, "/settings.js", "settings.js", JS)
ASSET(store_js, "/store.js", "store.js", JS)
