// The server of the single-stage image: files out of dist/, on $PORT.
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");

const ROOT = path.resolve("dist");
const PORT = Number(process.env.PORT || 8080);

const server = http.createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const file = path.join(ROOT, pathname.endsWith("/") ? pathname + "index.html" : pathname);
  if (!file.startsWith(ROOT + path.sep) || !fs.existsSync(file)) {
    response.writeHead(404).end("not found\n");
    return;
  }
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
  fs.createReadStream(file).pipe(response);
});

process.on("SIGTERM", () => process.exit(0));
process.on("SIGINT", () => process.exit(0));
server.listen(PORT, () => console.log(`listening on ${PORT}`));
