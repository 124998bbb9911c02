// Turns every content/*.md into dist/*.html, with an index of all of them.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { marked } = require("marked");

const SOURCE = "content";
const TARGET = "dist";

function layout(title, body) {
  return `<!doctype html>\n<meta charset="utf-8">\n<title>${title}</title>\n${body}`;
}

function build(file) {
  const text = fs.readFileSync(path.join(SOURCE, file), "utf8");
  const title = text.match(/^# (.*)$/m)[1];
  const name = file.replace(/\.md$/, ".html");
  fs.writeFileSync(path.join(TARGET, name), layout(title, marked.parse(text, { mangle: false, headerIds: false })));
  return `<li><a href="${name}">${title}</a></li>`;
}

fs.mkdirSync(TARGET, { recursive: true });
const entries = fs.readdirSync(SOURCE).sort().map(build);
fs.writeFileSync(path.join(TARGET, "index.html"), layout("Logbook", `<h1>Logbook</h1>\n<ul>\n${entries.join("\n")}\n</ul>\n`));
console.log(`${entries.length} pages written to ${TARGET}/`);
